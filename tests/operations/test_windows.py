"""Change windows: ``qcdk`` and the scripts agree on when an environment may be changed."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quantacirc_cdk.model.environment import ChangeWindow
from quantacirc_cdk.operations.windows import as_shell, described, is_open
from support.tools import ROOT

OFFICE = ChangeWindow(schedule="0 9 * * mon-thu", hours=8, time_zone="Europe/Berlin")
NIGHT = ChangeWindow(schedule="30 22 * * *", hours=4)
FIRST_OR_SUNDAY = ChangeWindow(schedule="0 0 1 * 0", hours=1)

CASES = [
    ([], "2026-11-28T12:00", True),
    # Berlin is an hour ahead of UTC in winter, two in summer.
    ([OFFICE], "2026-11-30T07:59", False),
    ([OFFICE], "2026-11-30T08:00", True),
    ([OFFICE], "2026-11-30T15:59", True),
    ([OFFICE], "2026-11-30T16:00", False),
    ([OFFICE], "2026-07-01T07:00", True),
    ([OFFICE], "2026-12-04T12:00", False),  # a Friday
    ([NIGHT], "2026-12-01T02:29", True),  # began the day before
    ([NIGHT], "2026-12-01T02:30", False),
    ([FIRST_OR_SUNDAY], "2026-12-01T00:30", True),
    ([FIRST_OR_SUNDAY], "2026-11-29T00:30", True),
    ([FIRST_OR_SUNDAY], "2026-11-28T00:30", False),
    ([OFFICE, NIGHT], "2026-12-04T23:00", True),
]


@pytest.mark.parametrize(("windows", "moment", "wanted"), CASES)
def test_a_window_is_open_from_its_start_for_its_hours(windows: list[ChangeWindow], moment: str, wanted: bool) -> None:
    assert is_open(windows, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is wanted


def test_the_scripts_agree() -> None:
    lines = [f'source "{ROOT}/scripts/lib.sh"']
    for windows, moment, _ in CASES:
        seconds = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
        lines.append(f"WINDOWS='{as_shell(windows)}'; if in_window {seconds}; then echo open; else echo closed; fi")
    done = subprocess.run(["bash", "-euc", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["open" if wanted else "closed" for *_, wanted in CASES]


def test_a_message_names_each_window() -> None:
    assert described([OFFICE]) == '"0 9 * * mon-thu" for 8 h (Europe/Berlin)'


def closed() -> ChangeWindow:
    """Return a window that is not open now."""
    month = datetime.now(UTC).month
    return ChangeWindow(schedule=f"0 12 15 {(month + 5) % 12 + 1} *", hours=1)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return a project with the scripts and the environment prod, whose change window is closed."""
    folder = tmp_path / "dist" / "operations"
    folder.mkdir(parents=True)
    (tmp_path / "own").mkdir()
    for name in ("lib.sh", "window.sh"):
        (tmp_path / "own" / name).write_text((ROOT / "scripts" / name).read_text())
    names = "ENVIRONMENT=prod\nCONTEXT=c\nNAMESPACE=n\nRELEASE=r\nCHART=c\nVALUES=v\nAPPROVAL=true\n"
    (folder / "prod.env").write_text(f"{names}WINDOWS='{as_shell([closed()])}'\n")
    return tmp_path


@pytest.mark.parametrize(("reason", "status"), [("", 2), ("The ledger is full", 0)])
def test_a_closed_window_is_opened_by_a_reason_only(environment: Path, reason: str, status: int) -> None:
    command = ["bash", environment / "own" / "window.sh", "prod"]
    run = subprocess.run(command, env={"PATH": "/usr/bin:/bin", "EMERGENCY_REASON": reason}, capture_output=True,
                         text=True, check=False)  # fmt: skip
    assert run.returncode == status, run.stderr
    said = "emergency: The ledger is full" if reason else "no change window of prod is open; nothing was changed"
    assert said in run.stderr
