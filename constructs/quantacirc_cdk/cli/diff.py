"""``qcdk diff``: the differences between two outputs, and their effects on the running system."""

import argparse
import gc
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from quantacirc_cdk.cli.options import Commands, add_command, add_format, add_names, add_project, path

if TYPE_CHECKING:
    from quantacirc_cdk.diff import Files, Impact, Report
    from quantacirc_cdk.diff.kubernetes import OwnRules

DETAILS = """\
Compares the current sources with dist/ of a Git revision, object by object; it reads nothing in dist/ on disk except
Terraform's lock files. Each change is classified by the documentation of Kubernetes and of the Terraform providers:
no-op, in-place, widens-access, weaker-delivery, rolling-restart, unavailability, replace, destroy, recreate (the API
will reject it), unreadable-data, data-loss, stateful-destroy (included in --fail-on data-loss). The first line is the
verdict; a change that several objects or environments share is printed once. With --plan, it shows in the same words
what a plan of Terraform will do. See docs/blast-radius.md.

exit status: 0 compared, 1 a class of --fail-on was found, 2 wrong usage or input, or unreadable output"""

EXAMPLES = """\
  qcdk diff                                     the sources against HEAD
  qcdk diff prod --against main                 one environment, as a reviewer sees it
  qcdk diff --against old/dist --out new/dist   two folders
  qcdk diff --fail-on data-loss,recreate --format markdown   for a pull request
  terraform show -json tfplan | qcdk diff --plan -           what a plan will do
"""

PLAN_SECONDS = 300
"""Timeout in seconds for a plan on standard input: Terraform first starts the providers."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "diff", "Show the effect of a change on the running system", DETAILS, EXAMPLES)
    parser.add_argument("environments", metavar="ENV", nargs="*", help="only these environments")
    parser.add_argument(
        "--against",
        metavar="REF",
        type=lambda text: str(path(text)),
        help="Git revision or output folder to compare with (default: HEAD)",
    )
    add_format(parser, "text", "json", "markdown")
    add_names(parser, "--fail-on", "CLASS", "exit with 1 if a change has one of these classes")
    add_project(parser)
    parser.add_argument("--out", metavar="DIR", type=path, help="compare this output folder instead of the sources")
    parser.add_argument(
        "--plan",
        metavar="FILE",
        type=path,
        help="show what a plan will do, from the output of `terraform show -json` (-: standard input); compare nothing",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from quantacirc_cdk.cli import colour
    from quantacirc_cdk.diff import FORMATS

    refused = _impacts(arguments.fail_on)
    report = _planned(arguments) if arguments.plan else _compared(arguments)
    sys.stdout.write(colour.compared(report) if arguments.format == "text" else FORMATS[arguments.format](report))
    found = report.reaching(refused)
    for item in found:
        colour.error(f"{item.side} {item.place}: {item.name}: {item.impact.title}", kind="refused")
    return 1 if found else 0


def _compared(arguments: argparse.Namespace) -> "Report":
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.diff import compare_outputs, read_folder, read_output
    from quantacirc_cdk.phases import phase

    against = arguments.against or "HEAD"
    root = None if arguments.out and Path(against).is_dir() else project_root(arguments.project)
    with phase("read the new output"):
        after = (
            read_folder(arguments.out) if root is None or arguments.out else _generated(root, arguments.environments)
        )
    with phase(f"read {against}"):
        before = read_output(root or Path(), against)
    names = (str(against), str(arguments.out) if arguments.out else "the sources")
    with phase("compare"):
        return compare_outputs(before, after, names=names, environments=arguments.environments, own=_own_rules(root))


def _planned(arguments: argparse.Namespace) -> "Report":
    """Return what a plan will do. Raises ``PropsError`` beside an option that it leaves without effect."""
    from quantacirc_cdk.diff import report_on_plan
    from quantacirc_cdk.errors import OutputError, Problem, PropsError
    from quantacirc_cdk.reading import MAX_JSON_BYTES, parse_json, read_file, read_standard_input

    given = {"ENV": arguments.environments, "--against": arguments.against, "--out": arguments.out,
             "--project": arguments.project}  # fmt: skip
    for name, value in given.items():
        if value:
            raise PropsError(f"--plan: found {name} beside it, expected the plan alone: nothing is compared")
    piped = str(arguments.plan) == "-"
    shown = "standard input" if piped else str(arguments.plan)
    text = (
        read_standard_input(limit=MAX_JSON_BYTES, seconds=PLAN_SECONDS)
        if piped
        else read_file(arguments.plan, shown, expected="a plan as JSON", limit=MAX_JSON_BYTES, pipes=True)
    )
    try:
        document = parse_json(text)
    except ValueError as error:
        expected = "what `terraform show -json PLAN` prints"
        raise OutputError(Problem(file=shown, what=f"not JSON: {error}", expected=expected)) from None
    return report_on_plan(document, "the stack" if piped else arguments.plan.stem, shown=shown)


def _own_rules(root: Path | None) -> "OwnRules":
    """Return the rules of the kinds of the project's components; none without a readable project."""
    from quantacirc_cdk.diff.own_rules import own_rules
    from quantacirc_cdk.errors import ModelError
    from quantacirc_cdk.model import load_project

    try:
        return own_rules(load_project(root).system) if root else {}
    except ModelError:
        return {}


def _generated(root: Path, environments: list[str]) -> "Files":
    """Return the manifests and stacks that the sources generate, for ``environments`` if any are named.

    Lock files are not generated: those in dist/ on disk belong to the stacks. An environment that no longer exists in
    the sources is compared with no files.
    """
    gc.disable()  # As in `qcdk synth`.
    from quantacirc_cdk.diff import PARTS, read_folder
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.synth import synthesize

    chosen = [name for name in environments if name in load_project(root).environments]
    if environments and not chosen:
        return {}
    with tempfile.TemporaryDirectory(prefix="qcdk-diff-") as scratch:
        out = Path(scratch, "dist")
        synthesize(root, out=out, environments=chosen or None, only=PARTS)
        return read_folder(out) | _lock_files(root, out)


def _lock_files(root: Path, out: Path) -> "Files":
    """Return the lock files in dist/ beside the stacks that ``out`` contains too."""
    from quantacirc_cdk.provider_locks import LOCK_FILE
    from quantacirc_cdk.reading import read_file

    kept = {}
    for stack in sorted(out.glob("terraform/stacks/*")):
        name = f"{stack.relative_to(out).as_posix()}/{LOCK_FILE}"
        if (root / "dist" / name).is_file():
            kept[name] = read_file(root / "dist" / name, f"dist/{name}", expected="Terraform's lock file")
    return kept


def _impacts(names: list[str]) -> "list[Impact]":
    from quantacirc_cdk.diff import Impact
    from quantacirc_cdk.errors import PropsError, nearest

    valid = {impact.value: impact for impact in Impact}
    for name in names:
        if name not in valid:
            raise PropsError(f'--fail-on: no class "{name}", expected {nearest(name, valid)}')
    lost = [Impact.STATEFUL_DESTROY] if Impact.DATA_LOSS.value in names else []
    return [*(valid[name] for name in names), *lost]
