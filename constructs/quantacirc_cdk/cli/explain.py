"""``qcdk explain``: what a key of the model means, and where it is set."""

import argparse
import json

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project

DETAILS = """\
Prints the meaning, type and default of a dotted key of apps/system.yaml or of apps/environments/, and each value that
it has, with file and line. A value that an environment inherits has the file of the base. The key can be one that an
error message names, with an index of a list; the model need not be valid."""

EXAMPLES = """\
  qcdk explain                          the keys of both files
  qcdk explain network.nat
  qcdk explain components.api.exposed
  qcdk explain replicas --format json   the same as JSON
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "explain", "Explain a key of the model", DETAILS, EXAMPLES)
    parser.add_argument(
        "key",
        metavar="KEY",
        nargs="?",
        default="",
        help="dotted key, such as components.api.size; without it the files",
    )
    add_format(parser, "text", "json")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from dataclasses import asdict

    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model.edit import inline
    from quantacirc_cdk.model.explanation import explain
    from quantacirc_cdk.text.terminal import printable

    found = explain(project_root(arguments.project), arguments.key)
    if arguments.format == "json":
        print(json.dumps([asdict(one) for one in found], indent=2))
        return 0
    for index, one in enumerate(found):
        where = "apps/system.yaml" if one.document == "system" else "apps/environments/"
        lines = [
            f"{one.key} in {where}" if one.key else where,
            f"  {one.description}",
            f"  type: {one.type}",
            f"  default: {one.default}",
        ]
        lines += [f"  keys: {', '.join(one.keys)}"] if one.keys else []
        lines += [f"  {each.of}: {inline(each.value)}  # {each.origin}" for each in one.settings]
        print(("\n" if index else "") + "\n".join(printable(line) for line in lines if line.strip()))
    return 0
