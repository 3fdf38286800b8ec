"""``qcdk promote``: copy the release of one environment to another."""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_project, path
from quantacirc_cdk.errors import Problem, PropsError, QuantacircError

if TYPE_CHECKING:
    from quantacirc_cdk.model import Project

DETAILS = """\
Copies the version, tags and digests under `release` of apps/environments/SRC.yaml to DST.yaml, and keeps the rest of
the file. Shows the changes and their effect on DST, and writes a commit message. Refuses a source whose images have no
digest, because it was never released, and a source that is not healthy. It runs `qcdk health` with the kube context of
SRC; to skip this, give the reason with --no-health-check, which the commit message repeats.

--undo takes back the last promotion or release of an environment: it writes the version and the images that the file
had before. It takes back a change that is not committed, or else the file's last commit. It refuses if that change
touches anything else, because the file was then changed since. It checks no health.

exit status: 0 promoted, 1 SRC is degraded, or with --check DST runs something else, 2 wrong usage, or the cluster does
not answer; with 1 and 2 nothing was written"""

EXAMPLES = """\
  qcdk promote staging prod                           show the changes and write them
  qcdk promote staging prod --check                   write nothing; exit with 1 if prod runs something else
  qcdk promote staging prod --no-health-check "its cluster is being moved"
  qcdk promote --undo prod --message message.txt      give prod the release that it had before
  qcdk promote staging prod --message message.txt && qcdk synth && git commit --all --file message.txt
"""


class DegradedError(QuantacircError):
    """The source of a promotion is not healthy."""

    exit_status = 1


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "promote", "Copy a release from one environment to the next", DETAILS, EXAMPLES)
    parser.add_argument("source", metavar="SRC", help="environment to copy the release from")
    parser.add_argument("target", metavar="DST", nargs="?", help="environment to copy it to; not with --undo")
    parser.add_argument("--undo", action="store_true", help="take back the last promotion to the environment SRC")
    add_check(parser, "DST runs something else")
    parser.add_argument("--message", metavar="FILE", type=path, help="write the commit message to FILE")
    parser.add_argument("--no-health-check", metavar="REASON", help="do not check the health of SRC")
    parser.add_argument("--skip", action="store_true", help="skip the environment that DST gets its releases from")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.change import tried
    from quantacirc_cdk.model.edit import replace
    from quantacirc_cdk.model.environment import environment_file
    from quantacirc_cdk.pipelines.promotion import promotion
    from quantacirc_cdk.pipelines.undo import taken_back

    _check(arguments)
    if arguments.no_health_check is not None and not arguments.no_health_check.strip():
        raise PropsError('--no-health-check: found "", expected the reason, which the commit message repeats')
    root = project_root(arguments.project)
    project = load_project(root)
    if arguments.undo:
        planned = taken_back(project, arguments.source)
    else:
        planned = promotion(project, arguments.source, arguments.target, skipping=arguments.skip)
    if not planned.changes:
        print(f"{planned.target}: already has the release of {planned.source}")
    for line in planned.lines:
        print(f"{planned.target}: {line}")
    if planned.restarts:
        print(f"{planned.target}: restarts {', '.join(planned.restarts)}")
    shown = environment_file(planned.target)
    _, text, after = tried(root, shown, planned.changes)
    for name, environment in after.environments.items():
        if name != planned.target and environment != project.environments[name]:
            print(f"{name}: also changes, because it extends {planned.target} and sets no release.version")
    reached = _reach(project, after, planned.target, root / "dist")
    for line in reached:
        print(f"{planned.target}: {line}")
    if arguments.check:
        return 1 if planned.changes else 0
    if planned.changes:
        health = "" if arguments.undo else _health(project, planned.source, arguments.no_health_check)
        if health:
            print(f"{planned.target}: {health}")
        planned = dataclasses.replace(planned, reach=reached, health=health)
        replace(root / shown, text)
    if arguments.message:
        arguments.message.write_text(planned.message, encoding="utf-8")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Raise ``PropsError`` for arguments that do not go together."""
    if not arguments.undo:
        if arguments.target is None:
            raise PropsError("which environment gets the release? expected SRC and DST")
        return
    if arguments.target is not None:
        raise PropsError(f"--undo takes one environment, found {arguments.source} and {arguments.target}")
    for option, given in (("--skip", arguments.skip), ("--no-health-check", arguments.no_health_check is not None)):
        if given:
            raise PropsError(f"{option} has no effect with --undo, which copies no release and checks no health")


def _reach(before: "Project", after: "Project", target: str, out: Path) -> tuple[str, ...]:
    """Return the effects of the release on the target's manifests other than rolling restarts, a line for each
    class.
    """
    from quantacirc_cdk.diff import Impact
    from quantacirc_cdk.manifests import read_objects
    from quantacirc_cdk.pipelines.reach import reach

    objects = read_objects(out / "kubernetes" / target)
    found = reach(before.system, before.environments[target], after.environments[target], objects)
    return tuple(
        f"{impact.title}: {', '.join(names)}" for impact, names in found.items() if impact > Impact.ROLLING_RESTART
    )


def _health(project: "Project", source: str, why_not: str | None) -> str:
    """Return the health of the source for the commit message. Raises an error if it is degraded or does not respond."""
    if why_not is not None:
        return f"The health of {source} was not checked: {why_not}"
    from quantacirc_cdk.operations.health import check
    from quantacirc_cdk.operations.kubectl import OperationError

    way_out = "a healthy source, or --no-health-check REASON"
    try:
        report = check(project.system, project.environments[source], project.root / "dist" / "kubernetes")
    except OperationError as error:
        raise OperationError([dataclasses.replace(problem, expected=way_out) for problem in error.problems]) from None
    if report.exit_status:
        raise DegradedError([Problem(key=source, what=line, expected=way_out) for line in report.problems()])
    return f"{source} was healthy."
