"""The wheel, the source archive and the chart have the same bytes wherever, whenever and by whomever they are built."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.tools import require

pytestmark = pytest.mark.slow

BUILDS = {
    "a": {
        "umask": 0o022,
        "time": 1_000_000_000,
        "now": "2005-08-01 12:00:00",
        "env": {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
    },
    "b/other folder": {
        "umask": 0o077,
        "time": 1_600_000_000,
        "now": "2045-11-05 23:59:58",
        "env": {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "7", "USER": "somebody"},
    },
}


def built(name: str, tmp_path: Path, copy_of_sources: Callable[[Path], Path]) -> dict[str, str]:
    """Build the project in a folder of its own, and return the hash of each file."""
    how = BUILDS[name]
    folder = copy_of_sources(tmp_path / name)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod((0o755 if os.access(path, os.X_OK) else 0o644) & ~how["umask"])
        os.utime(path, (how["time"], how["time"]), follow_symlinks=False)
    out = tmp_path / name / "build"
    (tmp_path / name / "home").mkdir()
    env = {**os.environ, **how["env"], "PYTHONPATH": str(folder / "constructs"), "HOME": str(tmp_path / name / "home")}
    # With a clock that is not the file system's, jsii takes the lock of its cache for stale, and two processes unpack.
    env |= {"QCDK_TRUST": str(folder), "JSII_RUNTIME_PACKAGE_CACHE": "disabled"}
    clock = [require("faketime", "install the Debian package faketime"), "-f", f"@{how['now']}"]
    for command in (
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)],
        [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--force"],
        [sys.executable, "-m", "quantacirc_cdk.cli", "package", "--destination", str(out)],
    ):
        done = subprocess.run(
            [*clock, *command], cwd=folder, env=env, umask=how["umask"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir() if path.is_file()}


def test_two_builds_have_the_same_bytes(tmp_path: Path, copy_of_sources: Callable[[Path], Path]) -> None:
    first, second = (built(name, tmp_path, copy_of_sources) for name in BUILDS)
    _, archive, chart = sorted(first, key=lambda name: (not name.endswith(".whl"), "cdk" not in name))
    assert (archive[-7:], chart[-4:]) == (".tar.gz", ".tgz")
    assert first == second
