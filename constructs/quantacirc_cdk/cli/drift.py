"""``qcdk drift``: how what runs differs from a stack."""

import argparse

from quantacirc_cdk.cli.apply import add_lock_timeout
from quantacirc_cdk.cli.options import Commands, add_command
from quantacirc_cdk.cli.plan import add_destination, add_stack, print_report, say, stack_of

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
    add_destination(parser)
    add_lock_timeout(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.operations.duration import seconds_of
    from quantacirc_cdk.operations.infrastructure import DONE, DRIFTED, drift

    seconds = seconds_of(arguments.lock_timeout, "--lock-timeout")
    stack = stack_of(arguments)
    report = drift(stack, seconds, say)
    if report is None:
        say(f"{stack.name}: no drift")
        return DONE
    print_report(stack, report, arguments.format)
    return DRIFTED
