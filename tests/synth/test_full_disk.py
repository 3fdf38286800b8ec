"""A disk that fills while the output is written."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.plain_apps import contents, with_plain_apps
from support.project import Project


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_old_output_stays(small_disk: Path) -> None:
    project = with_plain_apps(Project.small(small_disk / "project"))
    command = [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--project", str(project.root)]
    subprocess.run(command, check=True, capture_output=True)
    (project.root / "content").write_text("x" * 1_000_000)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "the disk is full; nothing was changed" in result.stderr
    assert "Traceback" not in result.stderr
    assert contents(project) == {"old\n"}
