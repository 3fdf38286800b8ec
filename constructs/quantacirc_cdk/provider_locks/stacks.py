"""Stacks of an output folder with their lock files."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import OutputError, Problem, nearest
from quantacirc_cdk.provider_locks.lock_file import LOCK_FILE, LockedProvider, read_lock
from quantacirc_cdk.reading import MAX_JSON_BYTES, parse_json, read_file

STACKS = "terraform/stacks"
"""Folder of the stacks in the output."""
STACK_FILE = "cdk.tf.json"
"""File of a stack, as CDKTF names it."""


@dataclass(frozen=True, kw_only=True)
class StackLock:
    """A stack and what is locked for it."""

    name: str
    folder: Path
    stack: dict[str, Any]
    locked: dict[str, LockedProvider] | None
    """None without a lock file."""

    @property
    def lock_file(self) -> Path:
        """Path of its lock file."""
        return self.folder / LOCK_FILE


def read_stacks(out: Path, names: Collection[str] = ()) -> list[StackLock]:
    """Return the stacks of an output folder, sorted by name; only those in ``names``, if there are any.

    Raises ``OutputError`` for a name that is no stack, and for a stack that cannot be read.
    """
    folder = out / STACKS
    found = sorted(path.parent.name for path in folder.glob(f"*/{STACK_FILE}"))
    unknown = [
        Problem(what=f'no stack "{name}" in {folder}', expected=nearest(name, found))
        for name in names if name not in found
    ]  # fmt: skip
    if unknown:
        raise OutputError(unknown)
    return [_read(folder / name) for name in found if not names or name in names]


def _read(folder: Path) -> StackLock:
    path = folder / STACK_FILE
    text = read_file(path, str(path), expected="a Terraform stack", limit=MAX_JSON_BYTES)
    try:
        stack = parse_json(text)
    except ValueError as error:
        raise OutputError(Problem(file=str(path), what=f"no JSON: {error}")) from None
    if not isinstance(stack, dict):
        raise OutputError(Problem(file=str(path), what="no Terraform stack", expected="a mapping"))
    lock = folder / LOCK_FILE
    locked = None
    if lock.exists() or lock.is_symlink():
        content = read_file(lock, str(lock), expected="Terraform's lock file")
        locked = read_lock(content.decode("utf-8", "replace"))
    return StackLock(name=folder.name, folder=folder, stack=stack, locked=locked)
