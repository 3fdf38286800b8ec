"""``qcdk``: find the command, run it, and turn errors into messages and exit statuses."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem, QuantacircError
from quantacirc_cdk.version import __version__

COMMANDS = (
    "synth", "show", "schemas", "wire", "release", "promote", "diff", "parity",
    "package", "health", "deploy", "rollback", "doctor", "provider-schema"
)  # fmt: skip
"""Modules of this package, in the order help shows them. Each has ``add(commands)`` and ``run(arguments)``."""

DESCRIPTION = """\
Generate and operate everything QuantaCirc is deployed with, from apps/system.yaml and apps/environments/.

exit status:
  0  done, nothing to report
  1  a check found something: stale output, a difference, a degraded component
  2  bad use or bad input; nothing was written
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = _parser(argv).parse_args(argv)
    try:
        status = arguments.run(arguments)
    except QuantacircError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has seen enough
        return 0
    return int(status)


def entry_point() -> None:
    """Run ``qcdk`` as a program."""
    sys.exit(main())


def _parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser with the command that is asked for, or with all of them for help and errors."""
    parser = argparse.ArgumentParser(
        prog="qcdk", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"qcdk {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in [name for name in COMMANDS if name in argv[:1]] or COMMANDS:
        module = importlib.import_module(f"quantacirc_cdk.cli.{name.replace('-', '_')}")
        module.add(commands)
    return parser


def project_root(start: Path | None = None) -> Path:
    """Return the folder at or above ``start`` that holds ``apps/system.yaml``; raises ``ModelError`` without one."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "apps" / "system.yaml").is_file():
            return folder
    raise ModelError(Problem(file="apps/system.yaml", what="no such file here or above", expected="a project's folder"))
