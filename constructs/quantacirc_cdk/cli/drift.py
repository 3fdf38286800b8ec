"""``qcdk drift``: how what runs differs from a stack."""

import argparse
import sys

from quantacirc_cdk.cli.apply import add_lock_timeout
from quantacirc_cdk.cli.options import Commands, add_command, add_format, path
from quantacirc_cdk.cli.plan import add_stack, say, stack_of

DETAILS = """\
Compares what runs with dist/terraform/stacks/STACK, and shows in the words of `qcdk diff` what an apply would do. A
change that was merged and not yet applied counts as well. It changes nothing. It takes the lock of the state, so that
it neither reads what an apply has half done nor misses a lock that a killed apply has left."""

EXAMPLES = """\
  qcdk drift prod-aws
  qcdk drift prod-aws --format markdown >issue.md

exit status:
  0    no drift
  1    drift; the folder of --destination gets a summary
  2    no answer: wrong usage, a locked state, or Terraform refuses; the message says why
  130  interrupted; nothing was changed
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "drift", "Compare what runs with a Terraform stack", DETAILS, EXAMPLES)
    add_stack(parser)
    parser.add_argument(
        "--destination",
        metavar="DIR",
        type=path,
        help="folder to write to (default: build/infrastructure/STACK in the project)",
    )
    add_lock_timeout(parser)
    add_format(parser, "text", "json", "markdown")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.diff import FORMATS
    from quantacirc_cdk.operations.duration import seconds_of
    from quantacirc_cdk.operations.infrastructure import DONE, DRIFTED, SUMMARY, drift

    seconds = seconds_of(arguments.lock_timeout, "--lock-timeout")
    stack = stack_of(arguments)
    report = drift(stack, seconds, say)
    if report is None:
        say(f"{stack.name}: no drift")
        return DONE
    if arguments.format == "markdown":
        sys.stdout.write((stack.planned / SUMMARY).read_text(encoding="utf-8"))
    else:
        text = FORMATS[arguments.format](report)
        sys.stdout.write(colour.painted(text, colour.differences()) if arguments.format == "text" else text)
    return DRIFTED
