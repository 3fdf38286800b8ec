"""``qcdk completion``: completion of commands, options and names in your shell."""

import argparse
import contextlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from quantacirc_cdk.cli.options import Commands, add_command

DETAILS = """\
Prints a script for your shell. It completes commands, options and their values, and the names of your project's
environments, components and keys, which it reads from apps/ without running your code."""

EXAMPLES = """\
  echo 'eval "$(qcdk completion bash)"' >>~/.bashrc       bash
  echo 'eval "$(qcdk completion zsh)"' >>~/.zshrc         zsh, after compinit
  qcdk completion fish >~/.config/fish/completions/qcdk.fish  fish
"""

SHELLS = ("bash", "zsh", "fish")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "completion", "Complete commands and names in your shell", DETAILS, EXAMPLES)
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from argcomplete.shell_integration import shellcode

    print(shellcode(["qcdk"], shell=arguments.shell))
    return 0


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, which runs ``qcdk`` with ``_ARGCOMPLETE`` set, and exit."""
    import argcomplete

    for command in _parsers(parser):
        for action in command._actions:
            completer = _COMPLETERS.get(str(action.metavar).removesuffix(",…"))
            if completer:
                action.completer = completer  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options=False)


def _parsers(parser: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _root(parsed_args: argparse.Namespace) -> Path | None:
    start = (getattr(parsed_args, "project", None) or Path.cwd()).absolute()
    return next((one for one in (start, *start.parents) if (one / "apps" / "system.yaml").is_file()), None)


_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._]*")


def _environments(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    root = _root(parsed_args)
    found = (root / "apps" / "environments").glob("*.yaml") if root else ()
    return sorted(path.stem for path in found if _NAME.fullmatch(path.stem))


def _keys(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Return the keys of apps/system.yaml that continue ``prefix``, one level deeper."""
    return list(_children(prefix, parsed_args))


def _assignments(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Return the environments, before the first assignment, and keys: a key without keys below it gets its sign."""
    first = [] if getattr(parsed_args, "words", None) else _environments(parsed_args)
    found = _children(prefix, parsed_args)
    return [*first, *(key if isinstance(value, dict) else f"{key}=" for key, value in found.items())]


def _children(prefix: str, parsed_args: argparse.Namespace) -> dict[str, Any]:
    root = _root(parsed_args)
    document = _document(root / "apps" / "system.yaml") if root else None
    *before, _last = prefix.split(".")
    for step in before:
        document = document.get(step) if isinstance(document, dict) else None
    keys = document if isinstance(document, dict) else {}
    known = {key: value for key, value in keys.items() if isinstance(key, str) and _NAME.fullmatch(key)}
    return {".".join([*before, key]): value for key, value in known.items()}


def _document(path: Path) -> Any:
    """Return the content of a YAML file; None if it cannot be read. The model would take too long to import."""
    import yaml

    with contextlib.suppress(OSError, ValueError, yaml.YAMLError):
        return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return None


def _listed(names: Callable[[], Iterable[str]]) -> Callable[..., list[str]]:
    """Return a completer of a list with commas."""

    def completer(prefix: str, **_: Any) -> list[str]:
        head, comma, _rest = prefix.rpartition(",")
        return [f"{head}{comma}{name}" for name in names() if name not in head.split(",")]

    return completer


def _parts() -> list[str]:
    from quantacirc_cdk.synth.parts import PARTS

    return [part.name for part in PARTS]


def _classes() -> list[str]:
    from quantacirc_cdk.diff.impact import Impact

    return [impact.value for impact in Impact]


def _tasks(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Return a list's next task, or environment to check."""
    from quantacirc_cdk.doctor import tasks

    return _listed(lambda: [*(task.name for task in tasks()), *_environments(parsed_args)])(prefix)


_COMPLETERS: dict[str, Callable[..., list[str]]] = {
    "ENV": _environments,
    "SRC": _environments,
    "DST": _environments,
    "KEY": _keys,
    "KEY=VALUE": _assignments,
    "PART": _listed(_parts),
    "CLASS": _listed(_classes),
    "TASK": _tasks,
}
"""What completes an argument, by its placeholder in the help."""
