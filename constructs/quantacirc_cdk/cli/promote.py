"""``qcdk promote``: let an environment run what another one runs."""

import argparse
from pathlib import Path

from quantacirc_cdk.cli.options import Commands, add_command, add_project

DETAILS = """\
Copies the version, tags and digests under `release` of apps/environments/SRC.yaml to DST.yaml; everything else in the
file stays as it was. Shows what changes and which components that restarts, and writes a message for the commit. A
source whose images have no digest was never released, and is refused."""

EXAMPLES = """\
  qcdk promote staging prod                           show what changes and change it
  qcdk promote staging prod --check                   write nothing; exit 1 when prod runs something else
  qcdk promote staging prod --message message.txt && qcdk synth && git commit --all --file message.txt
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "promote", "Copy a release from one environment to the next", DETAILS, EXAMPLES)
    parser.add_argument("source", metavar="SRC", help="environment that runs the release")
    parser.add_argument("target", metavar="DST", help="environment that gets it")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when DST runs something else")
    parser.add_argument("--message", metavar="FILE", type=Path, help="write the message for the commit to FILE")
    parser.add_argument("--skip", action="store_true", help="pass over the environment DST gets its releases from")
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.document import read_text
    from quantacirc_cdk.model.edit import edited, replace
    from quantacirc_cdk.model.loader import ENVIRONMENTS_FOLDER
    from quantacirc_cdk.model.trial import load_with
    from quantacirc_cdk.pipelines.promotion import promotion

    root = project_root(arguments.project)
    project = load_project(root)
    planned = promotion(project, arguments.source, arguments.target, skipping=arguments.skip)
    if not planned.changes:
        print(f"{planned.target}: runs what {planned.source} runs")
    for line in planned.lines:
        print(f"{planned.target}: {line}")
    if planned.restarts:
        print(f"{planned.target}: restarts {', '.join(planned.restarts)}")
    shown = f"{ENVIRONMENTS_FOLDER.as_posix()}/{planned.target}.yaml"
    text = edited(read_text(root / shown, shown), shown, planned.changes)
    after = load_with(root, {shown: text})
    for name, environment in after.environments.items():
        if name != planned.target and environment != project.environments[name]:
            print(
                f"{name}: changes as well, because it extends {planned.target} and says no release.version of its own"
            )
    if arguments.check:
        return 1 if planned.changes else 0
    if planned.changes:
        replace(root / shown, text)
    if arguments.message:
        arguments.message.write_text(planned.message, encoding="utf-8")
    return 0
