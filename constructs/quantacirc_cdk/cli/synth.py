"""``qcdk synth``: write the output, or check that it is current."""

import argparse
import difflib
import gc
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from quantacirc_cdk.cli import colour
from quantacirc_cdk.cli.options import Commands, add_check, add_command, add_format, add_names, add_out, add_project
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.synth.ownership import unlisted
from quantacirc_cdk.text.terminal import printable

if TYPE_CHECKING:
    from quantacirc_cdk.synth import Comparison, Summary
    from quantacirc_cdk.synth.cache import Cache

DETAILS = """\
Reads apps/system.yaml and apps/environments/, and replaces dist/ in one step: a run that fails or is killed leaves it
unchanged. The same input gives the same bytes. Your own files in dist/ stay (docs/output.md). A file apps/APP.py
replaces the app of that name in the package: workloads, infrastructure, chart, report, compose, pipeline, gitops,
operations."""

EXAMPLES = """\
  qcdk synth                          everything, all environments
  qcdk synth dev --only kubernetes    the manifests of one environment
  qcdk synth --check                  exit with 1 and a short diff if dist/ is stale
"""

SHOWN_FILES = 5
SHOWN_LINES = 40
SHOWN_CHARACTERS = 200
TAB = "\t"


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "synth", "Generate dist/ from the model", DETAILS, EXAMPLES)
    parser.add_argument("environments", metavar="ENV", nargs="*", help="only these environments")
    add_names(parser, "--only", "PART", "only these parts of the output, such as kubernetes")
    add_check(parser, "the output is stale")
    parser.add_argument(
        "--force",
        action="store_true",
        help="also replace generated files that you edited, and your own files with the name of a generated file",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="if a part fails, write the others and exit with 1; the marker lists the missing parts",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="run the generators even if nothing changed since the last run"
    )
    add_format(parser, "text", "json")
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run, shortcut=shortcut)


def shortcut(arguments: argparse.Namespace) -> int | None:
    """Report that nothing has changed since the last run, before anything else is imported; None if a run is
    necessary.
    """
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.synth.cache import Cache

    root = project_root(arguments.project)
    arguments.cache = Cache(
        root=root,
        out=arguments.out or root / "dist",
        environments=arguments.environments,
        only=arguments.only,
    )
    summary = None if arguments.no_cache else arguments.cache.unchanged()
    if summary is None:
        gc.disable()  # The process is short-lived: garbage collection takes a tenth of its time and frees nothing.
        from quantacirc_cdk.synth.parts import start_engines

        start_engines(
            root, arguments.only, None if arguments.no_cache or arguments.check else arguments.cache.affected_parts()
        )
        return None
    _report(summary, arguments)
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Run the command, after ``shortcut``."""
    from quantacirc_cdk.cli.progress import progress
    from quantacirc_cdk.synth import check, synthesize

    cache: Cache = arguments.cache
    if arguments.check:
        command = partial(check, show=_show_nothing if arguments.format == "json" else _show)
    else:
        units = None if arguments.no_cache else cache.units
        command = partial(synthesize, force=arguments.force, keep_going=arguments.keep_going, units=units)
    with progress(quiet=arguments.format == "json") as listener:
        summary = command(
            cache.root, out=cache.out, environments=arguments.environments, only=arguments.only, listener=listener
        )
    if not arguments.no_cache and not (arguments.check and summary.changed):
        cache.keep(summary)
    _report(summary, arguments)
    return 1 if summary.failed or (arguments.check and summary.changed) else 0


def _report(summary: "Summary", arguments: argparse.Namespace) -> None:
    strangers = unlisted(summary.out)
    if arguments.format == "json":
        report = {
            "out": str(summary.out),
            "files": summary.files,
            "changed": summary.changed,
            "edited": summary.edited,
            "unlisted": [f"{folder}/{name}" for folder, names in strangers.items() for name in names],
            "left_out": summary.left_out,
            "failed": {name: [str(one) for one in error.problems] for name, error in summary.failed.items()},
            "seconds": round(summary.seconds, 3),
        }
        print(json.dumps(report, indent=2))
        return
    for name in summary.edited:
        said = "edited by hand" if arguments.check else "edited by hand, replaced"
        colour.error(printable(f"{_shown(summary.out)}{name}: {said}"), kind="note")
    for folder, names in strangers.items():
        more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
        said = f"{', '.join(names[:SHOWN_FILES])}{more}: deployed with the folder, but not generated"
        colour.error(printable(f"{_shown(summary.out)}{folder}: {said}"), kind="note")
    for error in summary.failed.values():
        for problem in error.problems:
            colour.error(problem)
    for line in summary.left_out:
        colour.error(printable(line), kind="note")
    total, changed = sum(summary.files.values()), len(summary.changed)
    if arguments.check:
        said = (
            f"{changed} of {total} files are stale; run `qcdk synth`" if changed else f"all {total} files are current"
        )
    else:
        parts = ", ".join(f"{count} {part}" for part, count in summary.files.items() if count)
        without = ", ".join(part for part, count in summary.files.items() if not count)
        said = f"{total} files ({parts}), {changed or 'none'} changed" + (f", none for {without}" if without else "")
        said += f", NOT WRITTEN: {', '.join(sorted(summary.failed))}" if summary.failed else ""
    print(printable(f"{_shown(summary.out)}: {said}, {summary.seconds:.1f} s"))


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix() + "/"
    except ValueError:
        return f"{path}/"


def _show_nothing(*_: object) -> None:
    pass


def _show(new: Path, old: Path, comparison: "Comparison") -> None:
    """Print the first lines of the difference and the number of further lines; skip files that are not generated."""
    changed = comparison.changed
    for name in changed[:SHOWN_FILES]:
        if os.path.lexists(old / name) and (name not in comparison.listed or (old / name).is_symlink()):
            said = f"{name}: not a generated file, but it has the name of one" if name in comparison.edited else name
            print(printable(said))
            continue
        try:
            before, after = (_lines(folder / name) for folder in (old, new))
        except ModelError as error:
            print(printable(f"{name}: {error.problems[0].what}"))
            continue
        lines = list(difflib.unified_diff(before, after, f"{name} (on disk)", f"{name} (generated)", lineterm=""))
        text = "".join(f"{_cut(printable(line, keep=TAB))}\n" for line in lines[:SHOWN_LINES])
        sys.stdout.write(colour.painted(text, colour.UNIFIED))
        if len(lines) > SHOWN_LINES:
            print(f"… {len(lines) - SHOWN_LINES} more lines")
    if len(changed) > SHOWN_FILES:
        print(f"… {len(changed) - SHOWN_FILES} more files")


def _cut(line: str) -> str:
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"


def _lines(path: Path) -> list[str]:
    from quantacirc_cdk.reading import read_file

    if not path.is_file():
        return []
    return read_file(path, str(path), expected="a generated file").decode("utf-8", "replace").split("\n")
