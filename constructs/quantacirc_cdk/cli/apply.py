"""``qcdk apply``: apply the plan of a stack that was reviewed."""

import argparse
import os
import sys

from quantacirc_cdk.cli.options import Commands, add_command, path
from quantacirc_cdk.cli.plan import add_stack, say, stack_of

DETAILS = """\
Applies the plan that `qcdk plan` has written, and no other: it refuses a plan that was changed, a plan of other files
than those of the stack, and a plan whose state has changed since. It shows the effects, asks for confirmation if the
environment requires approval, waits for the lock of the state, and shows each step. Ctrl-C and the signal of a
cancelled job let Terraform finish what it has begun and write the state; a second Ctrl-C stops it at once."""

EXAMPLES = """\
  qcdk plan prod-aws && qcdk apply prod-aws
  qcdk apply prod-aws --yes --lock-timeout 30m

exit status:
  0    applied, or nothing to apply
  2    refused, or wrong usage; nothing was changed
  3    changed in part: the message names what is not complete, and the next step
  130  interrupted: before any change, or after the steps that had begun
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "apply", "Apply the plan of a Terraform stack", DETAILS, EXAMPLES)
    add_stack(parser)
    parser.add_argument(
        "--planned",
        dest="destination",
        metavar="DIR",
        type=path,
        help="folder that `qcdk plan` has written (default: build/infrastructure/STACK in the project)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for approval (implied if CI is set)")
    add_lock_timeout(parser)
    parser.add_argument(
        "--emergency",
        metavar="REASON",
        help="apply outside of the change windows, and print the reason (default: $EMERGENCY_REASON)",
    )
    parser.set_defaults(run=run)


def add_lock_timeout(parser: argparse.ArgumentParser) -> None:
    """Add ``--lock-timeout TIME``."""
    parser.add_argument(
        "--lock-timeout",
        metavar="TIME",
        default="10m",
        help="maximum time to wait for the lock of the state (default: 10m)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.cli.deploy import emergency_of
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.diff.report import environment_of
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.duration import seconds_of
    from quantacirc_cdk.operations.infrastructure import INTERRUPTED, REFUSED, apply, read_planned, show
    from quantacirc_cdk.operations.kubectl import OperationError
    from quantacirc_cdk.operations.windows import closed

    seconds, emergency = seconds_of(arguments.lock_timeout, "--lock-timeout"), emergency_of(arguments)
    environments = load_project(project_root(arguments.project)).environments
    environment = environments.get(environment_of("terraform", arguments.stack))
    stack = stack_of(arguments)
    record = read_planned(stack)
    if not record.changes:
        say(f"{stack.name}: nothing to apply")
        return 0
    if environment is not None and (problem := closed(environment.change_windows, environment.name)):
        if not emergency:
            raise OperationError(problem)
        say(f"warning: no change window is open; emergency: {emergency}")
    sys.stdout.write(colour.compared(show(stack, say)))
    sys.stdout.flush()
    asks = environment is None or environment.approval
    if asks and not arguments.yes and not os.environ.get("CI"):
        if not sys.stdin.isatty():
            say(f"error: {stack.name} requires approval: add --yes")
            return REFUSED
        print(f"Apply? Type {stack.name} to continue: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != stack.name:
            say("error: not confirmed; nothing was changed")
            return REFUSED
    try:
        return apply(stack, seconds, say)
    except KeyboardInterrupt:
        return INTERRUPTED
