"""``qcdk init``: start a project."""

import argparse
from pathlib import Path

from quantacirc_cdk.cli.options import Commands, add_command, path

DETAILS = """\
Writes a model with a service and a database, one local and one cloud environment, tests and a README. With --from, the
model is what your files describe, as `qcdk import` reads them, with one local environment. DIR must be empty, or
absent."""

EXAMPLES = """\
  qcdk init shop                      a service with a database
  qcdk init shop --from compose.yaml  a project made of a Compose file
  qcdk init shop --bare               the model alone
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "init", "Start a project", DETAILS, EXAMPLES)
    parser.add_argument("folder", metavar="DIR", nargs="?", type=path, default=Path(), help="default: this folder")
    parser.add_argument("--name", help="name of the system (default: that of the folder)")
    parser.add_argument(
        "--from", metavar="FILE", dest="sources", action="append", default=[], type=path, help="repeatable"
    )
    parser.add_argument("--bare", action="store_true", help="write the model alone: no tests, no README")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.scaffold import start
    from quantacirc_cdk.text.terminal import printable

    name = arguments.name or arguments.folder.resolve().name
    written = start(arguments.folder, name, sources=arguments.sources, bare=arguments.bare)
    print(printable(f"{arguments.folder}/: {len(written)} files: {', '.join(written)}"))
    return 0
