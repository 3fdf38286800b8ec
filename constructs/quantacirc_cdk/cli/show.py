"""``qcdk show``: print a merged environment with the origin of each value."""

import argparse
import json

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project

DETAILS = """\
An environment can extend another one; this command prints the merged result. Each value is followed by the file and
line that set it, or by "default"."""

EXAMPLES = """\
  qcdk show prod                      the merged values with their origin
  qcdk show prod --format json        only the values, for other programs
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "show", "Print an environment with the origin of each value", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    add_format(parser, "text", "json", help="json: the values, without origins (default: text)")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.origins import with_origins

    project = load_project(project_root(arguments.project))
    environment = project.select([arguments.environment])[arguments.environment]
    if arguments.format == "json":
        print(json.dumps(environment.model_dump(mode="json"), indent=2))
    else:
        text = "\n".join(with_origins(environment, project.sources[arguments.environment]))
        print(colour.painted(text, colour.ORIGINS))
    return 0
