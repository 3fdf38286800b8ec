"""``qcdk set``: change values of the model's files, and keep comments and layout."""

import argparse

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project

DETAILS = """\
Changes apps/system.yaml, or the file of an environment. VALUE is YAML; KEY= removes the key. A name with dots is in
quotes: 'labels."example.com/team"=web'. The model is checked before the file is replaced: a change that is not valid
leaves the file as it is, and ends with exit status 2."""

EXAMPLES = """\
  qcdk set components.api.size=large
  qcdk set prod replicas.min=3 high_availability=true
  qcdk set prod 'owners=[a@shop.example]'
  qcdk set --check prod size=large    exit with 1 if the file would change
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "set", "Change values of the model, keeping comments", DETAILS, EXAMPLES)
    parser.usage = "%(prog)s [--check] [--project DIR] [ENV] KEY=VALUE [KEY=VALUE ...]"
    parser.add_argument(
        "words",
        metavar="KEY=VALUE",
        nargs="+",
        help="dotted key and its new value; first, the environment whose file changes (default: apps/system.yaml)",
    )
    parser.add_argument("--environment", metavar="ENV", help=argparse.SUPPRESS)
    add_check(parser, "the file would change")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError, Problem
    from quantacirc_cdk.model.change import assignments, change, document_of, file_of, holds
    from quantacirc_cdk.model.edit import REMOVED
    from quantacirc_cdk.model.explanation import explain
    from quantacirc_cdk.model.problems import dotted

    root = project_root(arguments.project)
    environment, words = arguments.environment, arguments.words
    if environment is None and "=" not in words[0]:
        environment, *words = words
    shown = file_of(root, environment)
    if not words:
        raise ModelError(Problem(what=f"nothing to set in {shown}", expected="KEY=VALUE, such as replicas.min=2"))
    document = document_of(root, shown)
    changes = assignments(words, document)
    for place in (place for place, value in changes.items() if value is REMOVED and not holds(document, place)):
        explain(root, dotted(place))  # A misspelt key is refused, and not "unchanged".
    changed = change(root, shown, changes, check=arguments.check)
    print(f"{shown}: {('would change' if arguments.check else 'changed') if changed else 'unchanged'}")
    return 1 if changed and arguments.check else 0
