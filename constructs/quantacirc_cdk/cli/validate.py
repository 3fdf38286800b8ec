"""``qcdk validate``: check only the model's files."""

import argparse
import json

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project

DETAILS = """\
Checks apps/system.yaml and apps/environments/ without synthesizing them: for editors, and for pre-commit. `qcdk synth`
also finds what only the output shows, such as a pod that no node has room for."""

EXAMPLES = """\
  qcdk validate                       every problem with file and line; exit 2 when there is one
  qcdk validate --format json         the problems as JSON
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "validate", "Check the model's files, without output", DETAILS, EXAMPLES)
    add_format(parser, "text", "json")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from dataclasses import asdict

    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.text.english import counted

    try:
        project = load_project(project_root(arguments.project))
    except ModelError as error:
        if arguments.format != "json":
            raise
        print(json.dumps({"problems": [asdict(problem) for problem in error.problems]}, indent=2))
        return error.exit_status
    if arguments.format == "json":
        print(json.dumps({"problems": []}, indent=2))
    else:
        system, environments = project.system, ", ".join(project.environments)
        print(f"{system.name}: {counted(len(system.components), 'component')} in {environments}: valid")
    return 0
