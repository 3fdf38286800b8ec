"""``qcdk deploy``: deploy an environment, and roll back if it does not become healthy."""

import argparse
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_dry_run, add_format, add_names, add_project, path

if TYPE_CHECKING:
    from quantacirc_cdk.cli.rollout_display import Display
    from quantacirc_cdk.diff import Report as Difference
    from quantacirc_cdk.operations.release import Options, Outcome, Voice

DETAILS = """\
Runs helm upgrade --install of the chart in dist/helm with the environment's values. First it checks the tools, the
kube context (it must be the environment's, otherwise nothing is sent), versions, your permissions, unfinished releases,
the quota, kinds that the cluster lacks and images that their registry lacks. It shows the changes and their effects,
and lets the API check every object. Then it deploys, shows the progress of each component, and checks the health. If
the release does not become ready, it rolls back. It records who deployed what, from which commit, in the ConfigMap
<system>-deployments."""

STATUSES = """
exit status:
  0    deployed and ready; with --dry-run: all checks passed
  1    not ready in time; rolled back to the previous revision
  2    refused, or wrong usage; nothing was changed
  3    neither ready nor rolled back: the message describes the state and the next step
  130  interrupted: before any change, or rolled back to the previous revision
"""

EXAMPLES = f"""\
  qcdk deploy staging                     check, deploy, wait, check again
  qcdk deploy prod --dry-run              only check; the API checks every object
  qcdk deploy prod --yes --timeout 15m --format json >deployment.json
{STATUSES}"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "deploy", "Deploy an environment with helm", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    add_dry_run(parser)
    parser.add_argument(
        "--without-platform",
        action="store_true",
        help="do not deploy Namespace, PriorityClasses, StorageClass, quota and LimitRange: an administrator does",
    )
    parser.add_argument(
        "--emergency",
        metavar="REASON",
        help="deploy outside of the change windows, and keep the reason in the record (default: $EMERGENCY_REASON)",
    )
    add_release_options(
        parser,
        undo="write the revision that runs now to FILE before the first change, for `qcdk rollback --undo-file FILE`; "
        "FILE is removed again when the release was rolled back",
    )
    add_project(parser)
    parser.set_defaults(run=run)


def add_release_options(parser: argparse.ArgumentParser, *, undo: str) -> None:
    """Add the options that deploy and rollback share."""
    parser.add_argument("--yes", action="store_true", help="do not ask for approval (implied if CI is set)")
    parser.add_argument(
        "--timeout", metavar="TIME", default="10m", help="maximum time until the components are ready (default: 10m)"
    )
    parser.add_argument(
        "--patience",
        metavar="TIME",
        default="2m",
        help="maximum time that a pod may fail to start, at most half of --timeout (default: 2m)",
    )
    add_names(
        parser, "--accept", "RISK", "accept risks that were refused, by the names in the message, such as data-loss"
    )
    add_format(parser, "text", "json", help="json: print only the result (default: text)")
    parser.add_argument("--undo-file", metavar="FILE", type=path, help=undo)
    parser.add_argument(
        "--request-timeout", metavar="TIME", default="15s", help="maximum time for one response (default: 15s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.cli.rollout_display import display
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.deploy import deploy, plan
    from quantacirc_cdk.operations.release import Run

    options = release_options(arguments)
    project = load_project(project_root(arguments.project))
    with display() as shown:
        run = Run(project, arguments.environment, options, voice(arguments, shown), "deploy")
        if arguments.dry_run:
            planned = plan(run)
            message = f"{run.target.release} could be deployed to {run.target.context}; nothing was changed"
            return finish_dry(arguments, shown, planned.changes, message)
        outcome = deploy(run)
    return finish(arguments, outcome)


def release_options(arguments: argparse.Namespace) -> "Options":
    """Return the options of the release."""
    from quantacirc_cdk.operations.duration import seconds_of
    from quantacirc_cdk.operations.release import Options
    from quantacirc_cdk.operations.rollout import POLL_SECONDS

    return Options(
        seconds=max(1, seconds_of(arguments.timeout, "--timeout")),
        accepted=tuple(arguments.accept),
        patience_seconds=seconds_of(arguments.patience, "--patience"),
        request_seconds=max(1, seconds_of(arguments.request_timeout, "--request-timeout")),
        emergency=emergency_of(arguments),
        undo_file=arguments.undo_file,
        platform=not getattr(arguments, "without_platform", False),
        poll_seconds=float(os.environ.get("POLL_SECONDS", POLL_SECONDS)),
    )


def emergency_of(arguments: argparse.Namespace) -> str:
    """Return the reason for a change outside of the change windows; empty without one."""
    from quantacirc_cdk.errors import PropsError

    # A pipeline has it from a variable, so that nobody edits its files in an emergency.
    emergency = getattr(arguments, "emergency", None)
    if emergency is None:
        emergency = os.environ.get("EMERGENCY_REASON", "")
    elif not emergency.strip():
        raise PropsError('--emergency: found "", expected the reason, which the record keeps')
    return str(emergency).strip()


def voice(arguments: argparse.Namespace, shown: "Display") -> "Voice":
    """Return the output of the run: steps go to standard error, changes to standard output."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.operations.release import NOTHING, Voice

    def show(changes: "Difference") -> None:
        if changes.before == NOTHING:
            shown.say(f"{arguments.environment} is deployed for the first time: {len(changes.objects)} objects")
        elif arguments.format != "json":
            sys.stdout.write(colour.compared(changes))
            sys.stdout.flush()

    def confirm(question: str) -> bool:
        if arguments.yes or os.environ.get("CI"):
            return True
        if not sys.stdin.isatty():
            shown.say(f"{arguments.environment} requires approval: add --yes")
            return False
        print(f"{question} Type {arguments.environment} to continue: ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip() == str(arguments.environment)

    return Voice(say=shown.say, progress=shown.progress, show=show, confirm=confirm)


def finish(arguments: argparse.Namespace, outcome: "Outcome") -> int:
    """Print the outcome, and return the exit status."""
    from quantacirc_cdk.cli import colour

    with contextlib.suppress(OSError):  # A closed terminal must not change the status.
        for message in outcome.messages:
            if outcome.status == 0:
                print(message, file=sys.stderr, flush=True)
            else:
                colour.error(message)
    if arguments.format == "json":
        entry = outcome.entry.as_data() if outcome.entry else {}
        print(json.dumps({**entry, "status": int(outcome.status), "said": list(outcome.messages)}, indent=2))
    return int(outcome.status)


def finish_dry(arguments: argparse.Namespace, shown: "Display", changes: "Difference", message: str) -> int:
    """Print what a deployment would do."""
    shown.say(message)
    if arguments.format == "json":
        from quantacirc_cdk.diff import FORMATS

        document = json.loads(FORMATS["json"](changes))
        print(
            json.dumps({"environment": arguments.environment, "outcome": "dry-run", "status": 0, **document}, indent=2)
        )
    return 0
