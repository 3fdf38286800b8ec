"""No check fails because a day has passed: an expired exception is a warning, and fails only the job made for it."""

import runpy
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from support.tools import ROOT

OVERDUE = runpy.run_path(str(ROOT / "tools" / "waivers.py"))["overdue"]
ENTRY = "- { check: A_1, resources: [x], reason: y, expires: 2026-02-01 }\n"
LATER = "- { image: b, reason: y, expires: 2026-05-01 }\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "waivers.yaml").write_text(ENTRY)
    (folder / "images.yaml").write_text(LATER)
    return folder


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 1, 31), []),
        (date(2026, 2, 1), ["waivers.yaml: A_1 expired on 2026-02-01"]),
        (date(2027, 1, 1), ["images.yaml: b expired on 2026-05-01", "waivers.yaml: A_1 expired on 2026-02-01"]),
        (date(2025, 4, 29), ["images.yaml: b expires on 2026-05-01, more than a year from now"]),
    ],
)
def test_an_entry_is_overdue_from_the_day_it_expires(policy: Path, today: date, said: list[str]) -> None:
    assert OVERDUE(policy, today) == said


def test_every_entry_of_this_project_has_a_day() -> None:
    assert OVERDUE(ROOT / "policy", date(2100, 1, 1))
    assert all("expired on" in line for line in OVERDUE(ROOT / "policy", date(2100, 1, 1)))


def test_an_expired_entry_fails_its_own_command_and_only_warns_among_the_checks(policy: Path) -> None:
    root = policy.parent
    (root / "tools").mkdir()
    for name in ("check.py", "waivers.py"):
        shutil.copy(ROOT / "tools" / name, root / "tools")
    (root / ".venv").symlink_to(ROOT / ".venv")
    policy.joinpath("waivers.yaml").write_text(ENTRY.replace("2026", "2016"))
    own = subprocess.run([sys.executable, root / "tools" / "waivers.py"], capture_output=True, text=True, check=False)
    assert (own.returncode, own.stderr) == (1, "")
    assert "waivers.yaml: A_1 expired on 2016-02-01" in own.stdout
    command = [sys.executable, root / "tools" / "check.py", "waivers"]
    among = subprocess.run(command, capture_output=True, text=True, check=False)
    assert among.returncode == 0, among.stderr
    assert among.stdout.splitlines()[-1].startswith("WARNING  waivers")
