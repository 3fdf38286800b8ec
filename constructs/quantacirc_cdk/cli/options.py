"""Options that several commands share: the same flag for the same thing."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from quantacirc_cdk.cli.help import HelpFormatter

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Parser(argparse.ArgumentParser):
    """An argument parser that names the option or value that a misspelt one means."""

    def error(self, message: str) -> NoReturn:
        """Print a usage error, with the nearest option, and exit with 2."""
        unknown = message.removeprefix("unrecognized arguments: ").split()
        if unknown and message.startswith("unrecognized arguments: ") and unknown[0].startswith("--"):
            from quantacirc_cdk.errors import alike

            shown = [name for action in self._shown() for name in action.option_strings if name.startswith("--")]
            if meant := alike(unknown[0].partition("=")[0], shown):
                message += f", expected {meant}"
        super().error(message)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the arguments. A command refuses what it does not know itself, with its own usage."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown and self._subparsers is None:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            from quantacirc_cdk.errors import nearest

            expected = nearest(str(value), map(str, action.choices))
            raise argparse.ArgumentError(action, f'found "{value}", expected {expected}')

    def _shown(self) -> "list[argparse.Action]":
        return [action for action in self._actions if action.help != argparse.SUPPRESS]


def add_command(commands: Commands, name: str, summary: str, details: str, examples: str) -> argparse.ArgumentParser:
    """Add a command with a description and examples in its ``--help``."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary}.\n\n{details}".rstrip(),
        epilog=f"examples:\n{examples}",
        formatter_class=HelpFormatter,
    )
    add_everywhere(parser)
    return parser


EVERYWHERE = ("--debug", "--verbose")
"""Flags that every command has, before or after its name; ``cli.main`` evaluates them."""


def add_everywhere(parser: argparse.ArgumentParser) -> None:
    """Add ``--debug`` and ``--verbose``."""
    texts = (
        "also print the traceback of an error (or set QCDK_DEBUG=1)",
        "print on standard error how long each phase takes (or set QCDK_VERBOSE=1)",
    )
    for flag, text in zip(EVERYWHERE, texts, strict=True):
        parser.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=text)


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
    """Add ``--out DIR``, the folder of the generated output."""
    parser.add_argument("--out", metavar="DIR", type=path, help="output folder (default: dist/ in the project)")


def add_format(
    parser: argparse.ArgumentParser,
    *formats: str,
    help: str = "default: text",
    default: str | None = "text",
    convert: Callable[[str], str] = str,
) -> None:
    """Add ``--format FORMAT``, what is printed. ``--json`` is short for ``--format json``.

    ``convert`` changes or refuses a value before it is compared with ``formats``.
    """
    parser.add_argument("--format", choices=formats, default=default, type=convert, help=help)
    parser.add_argument("--json", action="store_const", const="json", dest="format", help=argparse.SUPPRESS)


def add_check(parser: argparse.ArgumentParser, changes: str) -> None:
    """Add ``--check``: change nothing, and exit with 1 when the command would; ``changes`` says what it would."""
    parser.add_argument("--check", action="store_true", help=f"write nothing; exit with 1 if {changes}")


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add ``--dry-run``: show what would be done, and exit with 0 when it can be done."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")


def add_names(parser: argparse.ArgumentParser, flag: str, metavar: str, help: str, **more: Any) -> None:
    """Add an option that takes a list of names: separated by commas, and repeatable."""
    parser.add_argument(flag, metavar=f"{metavar},…", action=_Names, default=[], help=help, **more)


class _Names(argparse.Action):
    def __call__(self, parser: Any, namespace: Any, values: str | Sequence[Any] | None, option: Any = None) -> None:  # noqa: ARG002
        words = [values] if isinstance(values, str) else list(values or ())
        names = [name.strip() for word in words for name in word.split(",")]
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *(name for name in names if name)])
