"""``qcdk set``: change values of the model's files, and keep comments and layout."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_command, add_project

DETAILS = """\
Changes apps/system.yaml, or the file of an environment. VALUE is YAML; KEY= removes the key. The model is checked
before the file is replaced: a change that is not valid leaves the file as it is, and ends with exit status 2."""

EXAMPLES = """\
  qcdk set components.api.size=large
  qcdk set --environment prod replicas.min=3 high_availability=true
  qcdk set --environment prod 'owners=[a@shop.example]'
  qcdk set --environment prod --check size=large
                                      exit 1 when the file would change
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "set", "Change values of the model, keeping comments", DETAILS, EXAMPLES)
    parser.add_argument("assignments", metavar="KEY=VALUE", nargs="+", help="dotted key and its new value")
    parser.add_argument("--environment", metavar="ENV", help="file to change (default: apps/system.yaml)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file would change")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model.change import assignments, change, document_of, file_of

    root = project_root(arguments.project)
    shown = file_of(root, arguments.environment)
    changes = assignments(arguments.assignments, document_of(root, shown))
    changed = change(root, shown, changes, check=arguments.check)
    print(f"{shown}: {('would change' if arguments.check else 'changed') if changed else 'unchanged'}")
    return 1 if changed and arguments.check else 0
