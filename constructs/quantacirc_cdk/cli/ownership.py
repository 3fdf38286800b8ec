"""Refuse the project of another user, because ``qcdk`` would run its ``apps/*.py`` with your permissions.

The rule and its setting are git's (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory):
files must belong to you, to root, or, when root runs ``sudo qcdk``, to the user who called sudo.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem

TRUST = "QCDK_TRUST"
"""Environment variable with trusted project folders of other users, separated as in ``PATH``; ``*`` trusts all."""


def check_owner(root: Path) -> None:
    """Raise ``ModelError`` if the project below ``root`` belongs to an untrusted user."""
    if not hasattr(os, "geteuid"):
        return
    accepted = {0, os.geteuid(), *_who_called_sudo()}
    for path in _files(root):
        owner = path.stat().st_uid
        if owner not in accepted and not _trusted(root):
            what = f"belongs to {_name(owner)}, and {_name(os.geteuid())} would run its code"
            expected = f"your own project, or {TRUST}={root} if you trust it"
            raise ModelError(Problem(file=str(path), what=what, expected=expected))


def _files(root: Path) -> Iterator[Path]:
    """Yield the files that determine what runs and what is deployed."""
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
    """Return git's ``safe.directory`` settings of the user and the machine, but not of the repository."""
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
