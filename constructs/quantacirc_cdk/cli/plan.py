"""``qcdk plan``: what Terraform will do to a stack, kept as a file for ``qcdk apply``."""

import argparse
import sys
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_out, add_project, path

if TYPE_CHECKING:
    from quantacirc_cdk.diff import Report
    from quantacirc_cdk.operations.infrastructure import Stack

DETAILS = """\
Runs terraform plan in dist/terraform/stacks/STACK, with the backend that the stack declares, and shows the effects in
the words of `qcdk diff`. The folder build/infrastructure/STACK gets the plan, a summary in Markdown, and a record with
the hash of the plan: `qcdk apply` applies exactly this plan. It changes nothing and takes no lock: credentials that can
read the state and the cloud are enough. Values of variables come from *.auto.tfvars.json beside the stack, or from
TF_VAR_name."""

EXAMPLES = """\
  qcdk plan prod-aws
  qcdk plan prod-aws --format markdown >comment.md

exit status:
  0    planned, with or without changes
  2    no plan: wrong usage, or Terraform refuses; the message says why
  130  interrupted; nothing was changed
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "plan", "Plan a Terraform stack, for `qcdk apply`", DETAILS, EXAMPLES)
    add_stack(parser)
    add_destination(parser)
    parser.set_defaults(run=run)


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Add the stack, and where it is."""
    parser.add_argument("stack", metavar="STACK", help="name of the stack, such as prod-aws")
    add_project(parser)
    add_out(parser)


def add_destination(parser: argparse.ArgumentParser) -> None:
    """Add the folder to write to, and the format of the report."""
    parser.add_argument(
        "--destination",
        metavar="DIR",
        type=path,
        help="folder to write to (default: build/infrastructure/STACK in the project)",
    )
    add_format(parser, "text", "json", "markdown")


def stack_of(arguments: argparse.Namespace) -> "Stack":
    """Return the stack that the arguments name."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.operations.infrastructure import find

    output = (arguments.out or project_root(arguments.project) / "dist").resolve()
    return find(output, arguments.stack, arguments.destination)


def say(message: str) -> None:
    """Print a message on standard error."""
    from quantacirc_cdk.cli import colour

    kind, separator, text = message.partition(": ")
    if separator and kind in ("error", "note", "warning"):
        colour.error(text, kind=kind)
    else:
        print(message, file=sys.stderr, flush=True)


def print_report(stack: "Stack", report: "Report", form: str) -> None:
    """Print what a plan of a stack changes; as Markdown, the summary that the plan has written."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.diff import FORMATS
    from quantacirc_cdk.operations.infrastructure import SUMMARY

    if form == "markdown":
        sys.stdout.write((stack.planned / SUMMARY).read_text(encoding="utf-8"))
    else:
        text = FORMATS[form](report)
        sys.stdout.write(colour.painted(text, colour.differences()) if form == "text" else text)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.operations.infrastructure import plan

    stack = stack_of(arguments)
    report = plan(stack, say)
    print_report(stack, report, arguments.format)
    say(f"planned: {stack.planned}")
    return 0
