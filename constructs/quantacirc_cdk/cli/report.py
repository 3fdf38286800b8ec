"""``qcdk report``: the report as one HTML page, with what changed since a revision."""

import argparse
import gc
import tempfile
from pathlib import Path

from quantacirc_cdk.cli.options import Commands, add_command, add_project, path

DETAILS = """\
Writes the page of dist/report/index.html, with one more section: each change of the manifests and stacks since a Git
revision, its effect, and what widens access, as in `qcdk diff`. The page is not part of dist/, because it depends on
the revision. It generates the current sources into a scratch folder and writes nothing else.

exit status: 0 written, 2 wrong usage or input"""

EXAMPLES = """\
  qcdk report                                  changes since HEAD, to build/report.html
  qcdk report --since main                     for the review of a branch
  qcdk report --since v1.4.0 --destination release.html
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "report", "Write the report with the changes since a revision", DETAILS, EXAMPLES)
    parser.add_argument(
        "--since",
        metavar="REF",
        type=lambda text: str(path(text)),
        default="HEAD",
        help="Git revision or output folder to compare with (default: HEAD)",
    )
    parser.add_argument(
        "--destination", metavar="FILE", type=path, default=Path("build/report.html"),
        help="file to write (default: build/report.html)",
    )  # fmt: skip
    add_project(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    gc.disable()  # As in `qcdk synth`.
    from quantacirc_cdk.apps.report import page
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.cli.written import write_file
    from quantacirc_cdk.diff import PARTS, compare_outputs, read_folder, read_output
    from quantacirc_cdk.diff.own_rules import own_rules
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.synth import synthesize

    root = project_root(arguments.project)
    project = load_project(root)
    before = read_output(root, arguments.since)
    with tempfile.TemporaryDirectory(prefix="qcdk-report-") as scratch:
        out = Path(scratch, "dist")
        synthesize(root, out=out, only=PARTS)
        names = (arguments.since, "the sources")
        changes = compare_outputs(before, read_folder(out), names=names, own=own_rules(project.system))
        text = page(project, out, changes)
    write_file(arguments.destination, text, root)
    print(f"{arguments.destination}: {len(changes.objects)} changed objects since {arguments.since}")
    return 0
