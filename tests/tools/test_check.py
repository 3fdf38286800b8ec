"""``make check`` runs the checks that are asked for, and ends with a line for each."""

import runpy

import pytest

from support.tools import ROOT

CHECK = runpy.run_path(str(ROOT / "tools" / "check.py"))


def test_fetch_is_every_tool_that_there_is_a_script_for() -> None:
    scripts = {f"fetch {path.stem.removeprefix('fetch_').replace('_', ' ')}" for path in ROOT.glob("tools/fetch_*.py")}
    assert len(scripts) == 5
    assert CHECK["chosen"](["fetch"]).keys() == scripts


def test_tools_are_fetched_before_the_tests_that_need_them() -> None:
    names = list(CHECK["chosen"]([]))
    assert max(names.index(name) for name in CHECK["chosen"](["fetch"])) < names.index("fast tests")


def test_a_folder_and_a_check_can_be_asked_for_together() -> None:
    assert list(CHECK["chosen"](["lint", "tests/tools"])) == ["lint", "tests/tools"]


def test_quick_runs_the_quick_tests_of_a_folder_and_of_all() -> None:
    quick = ["-m", "not slow and not integration"]
    assert CHECK["chosen"](["tests/tools"], quick=True)["tests/tools"][-3:] == [*quick, "tests/tools"]
    checks = CHECK["chosen"]([], quick=True)
    assert checks["fast tests"][-2:] == quick
    assert CHECK["CHECKS"].keys() - checks.keys() == {"slow tests"}


def test_a_name_that_is_no_check_is_refused() -> None:
    with pytest.raises(SystemExit, match="no check and no folder linnt"):
        CHECK["chosen"](["linnt"])


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [
        ("lint", 0, "ok"),
        ("lint", 1, "FAILED"),
        ("fetch helm", 1, "FAILED"),
        ("waivers", 1, "WARNING"),
        ("fetch terraform", 1, "WARNING"),
        ("waivers", 0, "ok"),
    ],
)
def test_what_a_change_cannot_help_is_a_warning(name: str, status: int, word: str) -> None:
    assert CHECK["said"](name, status) == word
