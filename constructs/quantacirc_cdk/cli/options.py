"""What several commands' options have in common."""

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: Commands, name: str, summary: str, details: str, examples: str) -> argparse.ArgumentParser:
    """Add a command whose ``--help`` says what it does and shows how it is used."""
    return commands.add_parser(
        name,
        help=summary,
        description=f"{summary}.\n\n{details}".rstrip(),
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add ``--project DIR``."""
    parser.add_argument(
        "--project",
        metavar="DIR",
        type=Path,
        help="folder that holds apps/ (default: the nearest one at or above the current folder)",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add ``--out DIR``."""
    parser.add_argument("--out", metavar="DIR", type=Path, help="output folder (default: dist/ of the project)")
