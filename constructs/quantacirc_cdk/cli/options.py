"""Options that several commands share."""

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: Commands, name: str, summary: str, details: str, examples: str) -> argparse.ArgumentParser:
    """Add a command with a description and examples in its ``--help``."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}.\n\n{details}".rstrip(),
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_debug(parser)
    return parser


def add_debug(parser: argparse.ArgumentParser) -> None:
    """Add ``--debug``, before or after the command; ``cli.main`` evaluates it."""
    text = "also print the traceback of an error (or set QCDK_DEBUG=1)"
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=text)


def path(text: str) -> Path:
    """Return the path of an option; refuses an empty text, which Python treats as the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("found nothing, expected a path")
    return Path(text)


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add ``--project DIR``."""
    parser.add_argument(
        "--project",
        metavar="DIR",
        type=path,
        help="folder that contains apps/ (default: the current folder, or the nearest one above)",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add ``--out DIR``."""
    parser.add_argument("--out", metavar="DIR", type=path, help="output folder (default: dist/ in the project)")
