"""``qcdk``: find the command, run it, and turn errors into messages and exit statuses.

This module has no slow imports: ``entry_point`` handles Ctrl-C before it imports anything else.
"""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

COMMANDS = (
    "init", "add", "set", "pin", "list", "explain", "validate", "synth", "watch", "show", "schemas", "wire",
    "release", "promote", "diff", "report", "parity", "graph", "package", "plan", "apply", "drift", "health", "deploy",
    "rollback", "doctor", "provider-schema", "provider-locks", "import", "completion",
)  # fmt: skip
"""Modules of this package, in the order of ``--help``. Each has ``add(commands)`` and ``run(arguments)``."""

DESCRIPTION = """\
Generate Kubernetes manifests, Terraform, a Helm chart, pipelines and GitOps objects from apps/system.yaml and
apps/environments/, and deploy them.

exit status:
  0    success
  1    a check failed: stale output, a difference, a degraded component
  2    wrong usage or input; nothing was written
  70   an error in qcdk itself: run with --debug, and report the output
  74   the command succeeded, but its output could not be printed
  130  interrupted
"""

INTERRUPTED = 130


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run one command and return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = None
    try:
        if "_ARGCOMPLETE" in os.environ:  # The shell asks what can follow.
            from quantacirc_cdk.cli.completion import complete

            complete(_parser())
        arguments = _parsed(argv)
        if getattr(arguments, "debug", False):
            os.environ["QCDK_DEBUG"] = "1"
        if getattr(arguments, "verbose", False) or os.environ.get("QCDK_VERBOSE", "") not in ("", "0"):
            from quantacirc_cdk.phases import timed

            with timed():
                return _run(arguments)
        return _run(arguments)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - nobody above this handles errors, and a panic of Rust is no Exception
        if isinstance(error, KeyboardInterrupt) or _interrupts:  # Libraries turn an interrupt into other exceptions.
            if getattr(arguments, "ends_by_interrupt", False):
                return 0
            print("interrupted; nothing was changed", file=sys.stderr)
            return INTERRUPTED
        from quantacirc_cdk.cli.failures import report

        return report(error)


def _run(arguments: "argparse.Namespace") -> int:
    shortcut = getattr(arguments, "shortcut", None)
    if shortcut is not None and (status := shortcut(arguments)) is not None:
        return int(status)
    import quantacirc_cdk.model  # noqa: F401 - an interrupt while pydantic is imported is no exception but a panic

    _set_interrupt(_interrupt, instead_of=_end)
    return int(arguments.run(arguments))


def entry_point() -> None:
    """Run ``qcdk`` as a program."""
    status = INTERRUPTED
    try:
        import signal

        _set_interrupt(_end, instead_of=signal.default_int_handler)
        from quantacirc_cdk.cli import streams

        output = streams.prepare()
        try:
            status = main()
        except SystemExit as ended:  # argparse exits for help, version and usage errors.
            status = ended.code if isinstance(ended.code, int) else 2
        _set_interrupt(_end, instead_of=_interrupt)
        status = streams.finish(output, status)
        if _interrupts:  # While Python ends, a further signal of the same interrupt would kill it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:  # Between two handlers.
        _end()
    sys.exit(status)


def _set_interrupt(handler: "Any", *, instead_of: "Any") -> None:
    """Set ``handler`` for Ctrl-C, unless another handler is set or the signal is ignored."""
    import signal

    if signal.getsignal(signal.SIGINT) is instead_of:
        signal.signal(signal.SIGINT, handler)


_interrupts: "list[float]" = []
"""Times of the interrupts during a command."""
ONE_INTERRUPT = 0.5
"""Seconds in which several signals are one interrupt: `timeout` sends one to a program and one to its process group."""


def _interrupt(*_: object) -> None:
    """Interrupt a command, so that it cleans up."""
    if not _is_repeated():
        _interrupts.append(time.monotonic())
        raise KeyboardInterrupt


def _end(*_: object) -> None:
    """Exit immediately: no work has begun, or all is finished."""
    if not _is_repeated():
        os.write(2, b"interrupted; nothing was changed\n")
        os._exit(INTERRUPTED)


def _is_repeated() -> bool:
    return bool(_interrupts) and time.monotonic() - _interrupts[-1] < ONE_INTERRUPT


def _parsed(argv: "Sequence[str]") -> "argparse.Namespace":
    parser = _parser(argv)
    for word in argv:
        if word.startswith("--") and word.partition("=")[2] == "--":  # argparse would drop it and return a list.
            parser.error(f"argument {word.partition('=')[0]}: found --, expected a value")
    return parser.parse_args(argv)


def _parser(argv: "Sequence[str]" = ()) -> "argparse.ArgumentParser":
    """Return the parser with only the requested command, or with all commands for help and errors."""
    import importlib

    from quantacirc_cdk.cli.help import HelpFormatter
    from quantacirc_cdk.cli.options import EVERYWHERE, Parser, add_everywhere
    from quantacirc_cdk.version import __version__

    parser = Parser(prog="qcdk", description=DESCRIPTION, formatter_class=HelpFormatter)
    parser.add_argument("--version", action="version", version=f"qcdk {__version__}")
    add_everywhere(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    asked = next((word for word in argv if word not in EVERYWHERE), "")
    if asked and not asked.startswith("-") and asked not in COMMANDS:
        from quantacirc_cdk.errors import nearest

        parser.error(f'no command "{asked}", expected {nearest(asked, COMMANDS)}; `qcdk --help` lists all')
    for name in [name for name in COMMANDS if name == asked] or COMMANDS:
        word = "import_" if name == "import" else name.replace("-", "_")
        module = importlib.import_module(f"quantacirc_cdk.cli.{word}")
        module.add(commands)
    return parser


def project_root(start: "Path | None" = None) -> "Path":
    """Return the folder at or above ``start`` that contains ``apps/system.yaml``.

    Raises ``ModelError`` if there is none, and if it belongs to another user and is not trusted.
    """
    from pathlib import Path

    from quantacirc_cdk.cli.ownership import check_owner
    from quantacirc_cdk.errors import ModelError, Problem

    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        try:
            found = (folder / "apps" / "system.yaml").is_file()
            present = found or os.path.lexists(folder / "apps" / "system.yaml")
        except OSError as error:
            problem = Problem(file=str(folder / "apps"), what=f"cannot be read: {error.strerror}")
            raise ModelError(problem) from None
        if present and not found:
            raise ModelError(
                Problem(file=str(folder / "apps" / "system.yaml"), what="not a regular file", expected="a YAML file")
            )
        if found:
            check_owner(folder)
            return folder
    raise ModelError(
        Problem(
            file="apps/system.yaml", what="no such file in this folder or above", expected="the folder of a project"
        )
    )
