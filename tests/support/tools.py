"""Find the real tools the tests drive; a missing one is a loud skip on a laptop and a failure in CI."""

import os
import shutil
from pathlib import Path

import pytest

from quantacirc_cdk.node import bundled_node

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
"""Where the test set-up unpacks tools that do not come from the operating system; not in Git."""


def unavailable(what: str, how: str) -> None:
    """Skip the test, naming what is missing and how to get it; in CI (``CI`` set) fail instead.

    A check that silently does not run is worse than none.
    """
    message = f"{what} is missing, so this was NOT checked; {how}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def require(name: str, how: str = "install it and put it on PATH") -> Path:
    """Return the path of the executable ``name``: from ``.tools/bin``, the virtual environment or ``PATH``.

    Node.js is the one of the locked dependencies, whatever the system has.
    """
    folders = [TOOLS / "bin", ROOT / ".venv" / "bin", *([node.parent] if (node := bundled_node()) else [])]
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None:
        unavailable(name, how)
        raise AssertionError("unreachable")
    return Path(found)


def require_file(path: Path, how: str) -> Path:
    """Return ``path``, a file the test set-up installs below ``.tools/``."""
    if not path.exists():
        unavailable(path.relative_to(ROOT).as_posix(), how)
    return path
