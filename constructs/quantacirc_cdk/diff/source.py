"""The sources of a comparison: a folder, or the output in a Git revision."""

import subprocess
from fnmatch import fnmatch
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.manifests import MAX_BYTES
from quantacirc_cdk.reading import read_file

Files = dict[str, bytes]
"""File contents by path relative to the output folder, with ``/``."""


PARTS = ("kubernetes", "terraform", "operations")
"""Parts of the output with files that a comparison reads."""
CHARTS = "operations/{environment}.charts.yaml"
"""File with the third-party charts of an environment."""
DELIVERY = "operations/{environment}.env"
"""File that says how an environment is delivered."""
KARPENTER = "operations/{environment}.karpenter.yaml"
"""File with Karpenter's pools of machines in an environment."""


def is_compared(path: str) -> bool:
    """Return whether a comparison reads a file of the output: a manifest, a stack, a list of charts or of pools, or how
    an environment is delivered.
    """
    others = [one.format(environment="*") for one in (CHARTS, DELIVERY, KARPENTER)]
    return path.startswith(("kubernetes/", "terraform/stacks/")) or any(fnmatch(path, one) for one in others)


def read_output(root: Path, source: str) -> Files:
    """Return the files of a folder, or those in ``dist/`` in a Git revision. Raises as the two functions below do."""
    folder = Path(source)
    return read_folder(folder) if folder.is_dir() else read_revision(root, source, "dist")


def read_folder(folder: Path) -> Files:
    """Return every file below ``folder``. Raises ``OutputError`` if there are none."""
    if not folder.is_dir():
        raise OutputError(
            Problem(file=str(folder), what="no such folder", expected="generated output: run `qcdk synth`")
        )
    return {
        path.relative_to(folder).as_posix(): read_file(path, str(path), expected="generated output", limit=MAX_BYTES)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_revision(root: Path, revision: str, folder: str) -> Files:
    """Return the files below ``folder`` in a ``revision`` of the repository around ``root``.

    Raises ``OutputError`` if there is no repository, no such revision, or no such folder in it.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        expected = "a branch, tag or commit, or a folder"
        if _git(root, "rev-parse", "--git-dir") is None:
            what = f'no Git repository, and so no revision "{revision}"'
            raise OutputError(Problem(file=str(root), what=what, expected="a folder of output"))
        if _git(root, "rev-parse", "--verify", "--quiet", "HEAD") is None:
            raise OutputError(Problem(what="the Git repository has no commit yet", expected="a commit, or a folder"))
        raise OutputError(Problem(what=f'no Git revision "{revision}"', expected=expected))
    name = commit.decode().strip()
    listing = _git(root, "ls-tree", "-r", "-z", name, "--", folder) or b""
    blobs: dict[str, str] = {}
    for entry in filter(None, listing.split(b"\0")):
        meta, _, path = entry.partition(b"\t")
        mode, kind, blob = meta.decode().split()
        if kind == "blob" and mode != "120000":
            blobs[path.decode("utf-8", "surrogateescape").removeprefix(f"{folder}/")] = blob
    if not blobs:
        raise OutputError(
            Problem(what=f'revision "{revision}" has no {folder}/', expected="a revision with generated output")
        )
    return _contents(root, blobs)


def _contents(root: Path, blobs: dict[str, str]) -> Files:
    """Read all blobs with a single ``git cat-file``."""
    wanted = "".join(f"{blob}\n" for blob in blobs.values()).encode()
    output = _git(root, "cat-file", "--batch", input=wanted) or b""
    files: Files = {}
    position = 0
    for path in blobs:
        header_end = output.index(b"\n", position)
        size = int(output[position:header_end].split()[2])
        start = header_end + 1
        files[path] = output[start : start + size]
        position = start + size + 1
    return files


def _git(root: Path, *arguments: str, input: bytes | None = None) -> bytes | None:
    """Return the output of git; None if it fails."""
    try:
        run = subprocess.run(["git", "-C", str(root), *arguments], input=input, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise OutputError(Problem(what="git is not installed", expected="git on PATH, or two folders")) from None
    return run.stdout if run.returncode == 0 else None
