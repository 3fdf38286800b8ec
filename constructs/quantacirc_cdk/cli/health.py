"""``qcdk health``: the state of an environment."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_project

if TYPE_CHECKING:
    from quantacirc_cdk.operations.report import Report

DETAILS = """\
Checks every component in the environment's cluster, through the environment's kube context: rollout, ready replicas,
restarts, endpoints, the bus's streams and the lag of their consumers, connections to databases, certificates, and Argo
CD's application. Prints a table on a terminal, and JSON otherwise.

exit status: 0 healthy, 1 degraded, 2 the cluster cannot be reached, or wrong usage"""

EXAMPLES = """\
  qcdk health prod                    check once
  qcdk health prod --watch            check every few seconds, until Ctrl-C
  qcdk health staging --timeout 5m    wait until all is healthy, at most five minutes
  qcdk health prod | jq .workload     for other programs
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "health", "Check the state of an environment", DETAILS, EXAMPLES)
    parser.add_argument("environment", metavar="ENV", help="name of the environment")
    repeated = parser.add_mutually_exclusive_group()
    repeated.add_argument("--watch", action="store_true", help="check repeatedly; as JSON, one line for each change")
    repeated.add_argument(
        "--timeout",
        metavar="TIME",
        default="0",
        help="maximum time until all is healthy: 90s, 5m (default: check once)",
    )
    repeated.add_argument("--wait", metavar="TIME", dest="timeout", default="0", help=argparse.SUPPRESS)
    parser.add_argument("--interval", metavar="TIME", default="5s", help="time between two checks (default: 5s)")
    parser.add_argument(
        "--exec",
        action="store_true",
        help="query the bus from inside its pods, if a network policy blocks the API server's proxy (needs pods/exec)",
    )
    add_format(
        parser,
        "text",
        "json",
        default=None,
        convert=lambda text: "text" if text == "table" else text,
        help="default: text on a terminal, json otherwise",
    )
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.duration import seconds_of
    from quantacirc_cdk.operations.expectations import expectations
    from quantacirc_cdk.operations.health import look
    from quantacirc_cdk.operations.kubectl import Kubectl, check_known
    from quantacirc_cdk.operations.settings import Target

    interval = max(1, seconds_of(arguments.interval, "--interval"))
    patience = seconds_of(arguments.timeout, "--timeout")
    project = load_project(project_root(arguments.project))
    environment = project.select([arguments.environment])[arguments.environment]
    target = Target.of(project.system, environment)
    kubectl, patience = Kubectl(target), patience and patience + target.pause_seconds
    check_known(kubectl)
    expected = expectations(project.system, environment, project.root / "dist" / "kubernetes")
    table = arguments.format == "text" or (arguments.format is None and sys.stdout.isatty())

    def once() -> "Report":
        return look(kubectl, expected, inside=arguments.exec)

    if arguments.watch:
        return _watch(once, interval, table=table)
    report = _wait(once, interval, patience)
    _print(report, table=table)
    return report.exit_status


def _wait(once: "Callable[[], Report]", interval: int, patience: int) -> "Report":
    """Check until everything is healthy or the time is over. A cluster that does not respond may do so later."""
    from quantacirc_cdk.operations.kubectl import LoggedOutError, UnreachableError
    from quantacirc_cdk.operations.table import verdict

    deadline, said = time.monotonic() + patience, ""
    while True:
        left = deadline - time.monotonic()
        try:
            report = once()
            if report.exit_status == 0 or left <= 0:
                return report
            now = verdict(report)
        except UnreachableError as error:
            if isinstance(error, LoggedOutError) or left <= 0:
                raise
            now = str(error)
        if now != said:
            print(now, file=sys.stderr)
            said = now
        time.sleep(max(0, min(interval, deadline - time.monotonic())))


def _watch(once: "Callable[[], Report]", interval: int, *, table: bool) -> int:
    """Show the state until Ctrl-C, the normal end. The last state determines the exit status."""
    from quantacirc_cdk.cli.streams import reader_is_gone
    from quantacirc_cdk.operations.kubectl import UnreachableError

    status = 2
    with _display(table=table) as show:
        try:
            while not reader_is_gone():
                try:
                    report = once()
                    status = report.exit_status
                    show(report)
                except UnreachableError as error:
                    status = 2
                    show(str(error))
                time.sleep(interval)
        except KeyboardInterrupt:
            pass
    return status


def _display(*, table: bool) -> "_Terminal | _Lines":
    from quantacirc_cdk.cli import colour

    if table:
        return _Terminal() if colour.animated(sys.stdout) else _Tables()
    return _Lines()


class _Lines:
    """Writes a line of JSON for each change."""

    def __init__(self) -> None:
        self.last = ""

    def __enter__(self) -> "Callable[[Report | str], None]":
        return self.show

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, report: "Report | str") -> None:
        line = json.dumps({"state": "unreachable", "error": report} if isinstance(report, str) else report.as_data())
        if line != self.last:
            self.write(report, line)
            self.last = line

    def write(self, report: "Report | str", line: str) -> None:  # noqa: ARG002
        print(line, flush=True)


class _Tables(_Lines):
    """Writes a table for each change, where it cannot be updated in place."""

    def write(self, report: "Report | str", line: str) -> None:  # noqa: ARG002
        if isinstance(report, str):
            print(report, flush=True)
        else:
            _print(report, table=True)
            sys.stdout.flush()


class _Terminal:
    """Updates a table in place, and restores the terminal at the end."""

    def __enter__(self) -> "Callable[[Report | str], None]":
        from rich.live import Live

        from quantacirc_cdk.cli import colour

        self.live = Live(console=colour.console(), auto_refresh=False)
        self.live.start()
        return self.show

    def __exit__(self, *_: object) -> None:
        self.live.stop()

    def show(self, report: "Report | str") -> None:
        from quantacirc_cdk.operations.table import tables

        self.live.update(report if isinstance(report, str) else tables(report), refresh=True)


def _print(report: "Report", *, table: bool) -> None:
    if not table:
        print(json.dumps(report.as_data(), indent=2))
        return
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.operations.table import tables

    colour.console().print(tables(report))
