"""``qcdk diff``: what differs between two outputs, and what each difference does to what runs."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_out, add_project

if TYPE_CHECKING:
    from quantacirc_cdk.diff import Impact

DETAILS = """\
Compares dist/ with the one of a Git revision, object by object. Each change is classified by what Kubernetes and the
Terraform providers document: no-op, in-place, rolling-restart, unavailability, replace, destroy, recreate (the API
will reject it), data-loss, stateful-destroy (which --fail-on data-loss means as well). Run `qcdk synth` first.
See docs/blast-radius.md.

exit status: 0 compared, 1 a class of --fail-on was found, 2 bad use or unreadable output"""

EXAMPLES = """\
  qcdk diff                                     the working tree against HEAD
  qcdk diff prod --against main                 one environment, as a reviewer sees it
  qcdk diff --against old/dist --out new/dist   two folders
  qcdk diff --fail-on data-loss,recreate --format markdown   for a pull request
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "diff", "Show what a change does to what runs", DETAILS, EXAMPLES)
    parser.add_argument("environments", metavar="ENV", nargs="*", help="only these environments")
    parser.add_argument(
        "--against", metavar="REF", default="HEAD", help="Git revision, or folder of output, before (default: HEAD)"
    )
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        metavar="CLASS,…",
        action="append",
        default=[],
        help="exit 1 when a change of such a class is found",
    )
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.diff import FORMATS, compare_outputs, read_folder, read_revision

    refused = _impacts(arguments.fail_on)
    root = None if arguments.out and Path(arguments.against).is_dir() else project_root(arguments.project)
    out: Path = arguments.out or (root or Path()) / "dist"
    after = read_folder(out)
    if Path(arguments.against).is_dir():
        before = read_folder(Path(arguments.against))
    else:
        before = read_revision(root or Path(), arguments.against, "dist")
    names = (str(arguments.against), str(arguments.out) if arguments.out else "working tree")
    report = compare_outputs(before, after, names=names, environments=arguments.environments)
    sys.stdout.write(FORMATS[arguments.format](report))
    found = report.reaching(refused)
    for item in found:
        print(f"refused: {item.side} {item.place}: {item.name}: {item.impact.title}", file=sys.stderr)
    return 1 if found else 0


def _impacts(given: list[str]) -> "list[Impact]":
    from quantacirc_cdk.diff import Impact
    from quantacirc_cdk.errors import PropsError, nearest

    names = [name.strip() for text in given for name in text.split(",") if name.strip()]
    valid = {impact.value: impact for impact in Impact}
    for name in names:
        if name not in valid:
            raise PropsError(f'--fail-on: no class "{name}", expected {nearest(name, valid)}')
    lost = [Impact.STATEFUL_DESTROY] if Impact.DATA_LOSS.value in names else []
    return [*(valid[name] for name in names), *lost]
