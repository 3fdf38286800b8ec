"""Start Node.js in advance, so that it loads libraries while Python still imports and loads the model.

A process that is forked afterwards adopts one, and jsii uses it as if it had started it.
"""

import atexit
import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.node import bundled_jsii, bundled_node, package_folder


@dataclass(frozen=True, kw_only=True)
class Spare:
    """A Node.js process that loads libraries."""

    libraries: tuple[str, ...]
    process: "subprocess.Popen[bytes]"
    requests: int
    """Number of requests that it was sent; it answers them after its greeting."""
    owner: int
    """Identifier of the process that started it."""
    variables: tuple[tuple[str, str], ...]
    """Environment variables that Node.js and jsii read."""


_spares: list[Spare] = []
_left: list["subprocess.Popen[bytes]"] = []
"""Children of this process that others use; one that has ended is a zombie until it is polled."""
_wanted: list[tuple[str, ...]] = []
"""Libraries of the spare process that this process adopts when it starts jsii."""


def prepare(libraries: Sequence[str]) -> None:
    """Start a Node.js process that loads these Python packages of jsii, in order, unless there is one.

    Does nothing without the bundled Node.js, or if the user wants another one.
    """
    if any(one.libraries == tuple(libraries) for one in _spares):
        return
    if os.name != "posix" or bundled_node() is None or "JSII_NODE" in os.environ or "JSII_RUNTIME" in os.environ:
        return
    folders = [folder for name in libraries if (folder := package_folder(name))]
    lines = [json.dumps(_load(path)) for folder in folders for path in sorted((folder / "_jsii").glob("*.tgz"))]
    variables = _variables()
    with bundled_jsii():
        runtime = os.environ.get("JSII_RUNTIME")
        if runtime is None:
            return
        command = [os.environ["JSII_NODE"], "--max-old-space-size=4069", runtime]
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603
        except OSError:  # The process that needs Node.js reports why it does not start.
            return
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # The process that adopts it reports that it has ended.
            process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            process.stdin.flush()
    spare = Spare(
        libraries=tuple(libraries), process=process, requests=len(lines), owner=os.getpid(), variables=variables
    )
    _spares.append(spare)
    atexit.register(_end, spare)


def want(libraries: Sequence[str]) -> None:
    """Make this process, a forked one, adopt the spare process with these libraries when it starts jsii."""
    _wanted.append(tuple(libraries))


def adopt() -> Spare | None:
    """Return the process that this one wants; None if there is none, or if the environment is another since."""
    wanted = _wanted.pop() if _wanted else None
    variables = _variables()
    for one in _spares:
        if one.libraries == wanted and one.owner != os.getpid() and one.variables == variables:
            return one
    return None


def release(libraries: Sequence[str]) -> None:
    """Leave the spare process with these libraries to a process that was just forked."""
    for one in [one for one in _spares if one.libraries == tuple(libraries)]:
        _spares.remove(one)
        _close(one)
        _left[:] = [*(each for each in _left if each.poll() is None), one.process]


def _end(spare: Spare) -> None:
    """End a process that nobody has adopted."""
    if spare in _spares and spare.owner == os.getpid():
        _close(spare)  # It removes its temporary files, and ends.
        with suppress(subprocess.TimeoutExpired):
            spare.process.wait(5)
        spare.process.kill()


def _close(spare: Spare) -> None:
    for stream in filter(None, (spare.process.stdin, spare.process.stdout, spare.process.stderr)):
        with suppress(BrokenPipeError):
            stream.close()


def _load(package: Path) -> dict[str, str]:
    """Return the request with which jsii loads a library (``jsii/_kernel/types.py``, ``LoadRequest``)."""
    name, _, version = package.name.removesuffix(".jsii.tgz").rpartition("@")
    return {"api": "load", "name": name, "version": version, "tarball": str(package)}


def _variables() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith(("JSII_", "NODE_"))))
