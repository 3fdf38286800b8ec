"""``qcdk graph``: the topology of an environment as a picture or as data."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project, path

if TYPE_CHECKING:
    from quantacirc_cdk.model import Environment, Project

DETAILS = """\
Shows the components, their connections with the subjects of the bus, the public addresses, and what runs in the
cluster, in the cloud and elsewhere. It reads only the model."""

EXAMPLES = """\
  qcdk graph prod >prod.mmd                      Mermaid, which GitHub and GitLab render
  qcdk graph prod --destination build/prod.svg   an image; the ending selects the format
  qcdk graph prod --format json | jq .nodes      for other programs
"""

FORMATS = ("mermaid", "json", "svg", "png")
ENDINGS = {".mmd": "mermaid", ".mermaid": "mermaid", ".json": "json", ".svg": "svg", ".png": "png"}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "graph", "Draw the topology of an environment", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", nargs="?", help="default: the only environment")
    add_format(
        parser,
        *FORMATS,
        default=None,
        help="default: that of the ending of --destination, else mermaid; png needs the extra quantacirc-cdk[png]",
    )
    parser.add_argument("--destination", metavar="FILE", type=path, help="file to write (default: standard output)")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.cli.written import write_file
    from quantacirc_cdk.errors import PropsError
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.site import Site
    from quantacirc_cdk.report import graph

    form = _format(arguments.format, arguments.destination)
    if form == "png" and arguments.destination is None and sys.stdout.isatty():
        raise PropsError("a PNG on a terminal, expected --destination FILE, or a pipe")
    root = project_root(arguments.project)
    project = load_project(root)
    found = graph.FORMATS[form](Site(project.system, _environment(project, arguments.environment)))
    data = found if isinstance(found, bytes) else found.encode()
    if arguments.destination is not None:
        write_file(arguments.destination, data, root)
    elif isinstance(found, bytes):
        sys.stdout.buffer.write(found)
    else:
        sys.stdout.write(found)
    return 0


def _format(given: str | None, destination: Path | None) -> str:
    from quantacirc_cdk.errors import PropsError

    if given is not None:
        return given
    if destination is None:
        return "mermaid"
    if destination.suffix not in ENDINGS:
        raise PropsError(
            f'--destination: no format has the ending "{destination.suffix}", expected one of {", ".join(ENDINGS)}, '
            "or --format"
        )
    return ENDINGS[destination.suffix]


def _environment(project: "Project", name: str | None) -> "Environment":
    from quantacirc_cdk.errors import ModelError, Problem

    if name is None and len(project.environments) != 1:
        names = ", ".join(sorted(project.environments))
        raise ModelError(Problem(what="which environment is not given", expected=f"one of {names}"))
    (found,) = project.select([name] if name else None).values()
    return found
