"""Refuse the project of another user, whose ``apps/*.py`` would run with the rights of whoever calls ``qcdk``.

The rule is git's (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory), and its setting
counts here as well: files must belong to the user, to root, or, where root runs ``sudo qcdk``, to who called sudo.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem

TRUST = "QCDK_TRUST"
"""Environment variable with folders of projects that may belong to anybody, separated as in ``PATH``; ``*`` for all."""


def check_owner(root: Path) -> None:
    """Raise ``ModelError`` where the project below ``root`` belongs to a user who is not trusted."""
    if not hasattr(os, "geteuid"):
        return
    accepted = {0, os.geteuid(), *_who_called_sudo()}
    for path in _files(root):
        owner = path.stat().st_uid
        if owner not in accepted and not _trusted(root):
            what = f"belongs to {_name(owner)}, and {_name(os.geteuid())} would run what stands there"
            expected = f"a project of your own, or {TRUST}={root} where you trust it"
            raise ModelError(Problem(file=str(path), what=what, expected=expected))


def _files(root: Path) -> Iterator[Path]:
    """Yield what decides about what runs and what is deployed."""
    apps = root / "apps"
    yield apps
    for folder, pattern in ((apps, "*.py"), (apps, "system.yaml"), (apps / "environments", "*.yaml")):
        yield from (path for path in sorted(folder.glob(pattern)) if path.exists())


def _who_called_sudo() -> set[int]:
    called = os.environ.get("SUDO_UID", "")
    return {int(called)} if os.geteuid() == 0 and called.isascii() and called.isdigit() else set()


def _trusted(root: Path) -> bool:
    told = [*os.environ.get(TRUST, "").split(os.pathsep), *_safe_directories()]
    return any(one == "*" or (one and Path(one).expanduser().resolve() == root) for one in told)


def _safe_directories() -> list[str]:
    """Return git's ``safe.directory`` of the user and the machine, never a repository's own."""
    found: list[str] = []
    for scope in ("--system", "--global"):
        command = ["git", "config", scope, "--null", "--get-all", "safe.directory"]
        try:
            done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return found
        for one in done.stdout.split("\0"):
            found = [*found, one] if one else found
    return found


def _name(uid: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
