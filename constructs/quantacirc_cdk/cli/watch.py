"""``qcdk watch``: synthesize again whenever an input changes, and show the effect of the change."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from quantacirc_cdk.cli.options import Commands, add_command, add_names, add_out, add_project
from quantacirc_cdk.text.terminal import printable

if TYPE_CHECKING:
    from quantacirc_cdk.diff import Files
    from quantacirc_cdk.synth import Summary
    from quantacirc_cdk.synth.watch import Watch

DETAILS = """\
Writes the output as `qcdk synth` does, then waits for changes in apps/ and in other files that the output depends on.
After you save an environment's file, it first writes the manifests of that environment, which takes a fraction of a
second, then the rest. It prints the differences as `qcdk diff` does. An error is printed, and the output stays
unchanged until the next change.

exit status: 0 after Ctrl-C, 2 wrong usage, or an output folder that cannot be written at the start"""

EXAMPLES = """\
  qcdk watch                          everything, all environments
  qcdk watch dev --only kubernetes    the manifests of one environment
"""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "watch", "Synthesize again after each change", DETAILS, EXAMPLES)
    parser.add_argument("environments", metavar="ENV", nargs="*", help="only these environments")
    add_names(parser, "--only", "PART", "only these parts of the output, such as kubernetes")
    add_project(parser)
    add_out(parser)
    parser.set_defaults(run=run, ends_by_interrupt=True)


def run(arguments: argparse.Namespace) -> NoReturn:
    """Run the command until Ctrl-C."""
    from quantacirc_cdk.cli.failures import report
    from quantacirc_cdk.cli.main import project_root
    from quantacirc_cdk.errors import ModelError, QuantacircError
    from quantacirc_cdk.synth.watch import Watch

    root = project_root(arguments.project)
    out = arguments.out or root / "dist"
    watch = Watch(root=root, out=out, environments=arguments.environments, only=arguments.only)
    shown = _Shown(out)
    runs = watch.first()
    begun = False
    try:
        while True:
            try:
                for summary in runs:
                    shown.tell(summary, watch)
            except QuantacircError as error:
                if not begun and not isinstance(error, ModelError):
                    raise
                report(error)
            begun = True
            print("waiting for changes in apps/; Ctrl-C ends this", file=sys.stderr, flush=True)
            changed = watch.wait()
            if any(path.suffix == ".py" for path in changed):
                watch.stop()
                _start_again()
            runs = watch.follow(changed)
    finally:
        watch.stop()


class _Shown:
    """The output that the last difference was about."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.files: Files | None = None

    def tell(self, summary: "Summary", watch: "Watch") -> None:
        """Print what a run has changed, and the effect on the running system."""
        from quantacirc_cdk.cli import colour
        from quantacirc_cdk.diff import compare_outputs
        from quantacirc_cdk.diff.own_rules import own_rules
        from quantacirc_cdk.model import load_project

        folders = sorted({"/".join(name.split("/")[:2]) for name in summary.changed})
        count = len(summary.changed)
        said = f"{count} file{'s' if count > 1 else ''} changed in {', '.join(folders)}" if count else "no file changed"
        print(printable(f"{self.out.name}/: {said}, {summary.seconds:.2f} s"), flush=True)
        before, self.files = self.files, self._after(summary)
        if before is None or before == self.files:
            return
        own = own_rules(load_project(watch.root).system)
        difference = compare_outputs(before, self.files, names=("the last output", "this one"), own=own)
        if difference.objects:
            print(colour.compared(difference), end="", flush=True)

    def _after(self, summary: "Summary") -> "Files":
        """Return the manifests and stacks, read again where they have changed."""
        from quantacirc_cdk.diff import is_compared, read_folder

        if self.files is None:
            return {name: data for name, data in read_folder(self.out).items() if is_compared(name)}
        files = {name: data for name, data in self.files.items() if name not in summary.changed}
        changed = [name for name in summary.changed if is_compared(name) and (self.out / name).is_file()]
        return files | {name: (self.out / name).read_bytes() for name in changed}


def _start_again() -> NoReturn:
    """Replace this process by a new one, which imports the project's Python again."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command
