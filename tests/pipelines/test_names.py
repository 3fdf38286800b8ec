"""What the jobs call is there."""

import re
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import COMMANDS, main
from support.pipelines.jobs import ReadJob
from support.tools import ROOT


def lines(jobs: list[ReadJob]) -> list[str]:
    scripts = [script for job in jobs for script in (*job.scripts, *job.on_failure, *job.cleanup)]
    return [line for script in scripts for line in script.text.replace("\\\n", " ").splitlines()]


def test_make_targets_exist(github: list[ReadJob]) -> None:
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv")
    targets = {target for line in lines(github) for target in re.findall(r"^make ([\w./-]+)", line)}
    assert targets >= {"check", "synth", ".venv/run.stamp"}
    assert [target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)] == []


def test_checks_exist(github: list[ReadJob]) -> None:
    import runpy

    chosen = runpy.run_path(str(ROOT / "tools" / "check.py"))["chosen"]
    wanted = [names.split() for line in lines(github) for names in re.findall(r'^make check ONLY="([^"]+)"', line)]
    assert len(wanted) > 5
    for names in wanted:
        assert len(chosen(names)) == len(names)


def test_scripts_exist_and_can_be_run(github: list[ReadJob]) -> None:
    called = {path for line in lines(github) for path in re.findall(r"\b(?:docker|scripts)/[\w-]+\.sh", line)}
    assert called == {
        "docker/build.sh",
        "docker/refresh-base.sh",
        "scripts/deploy.sh",
        "scripts/health-check.sh",
        "scripts/propose.sh",
        "scripts/record.sh",
        "scripts/rollback.sh",
    }
    assert [path for path in sorted(called) if not (ROOT / path).stat().st_mode & 0o111] == []


def test_commands_exist_and_take_these_arguments(
    github: list[ReadJob], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls = [match[1].split() for line in lines(github) if (match := re.search(r"\.venv/bin/qcdk (.*)", line))]
    assert {call[0] for call in calls} >= {"synth", "diff", "release", "promote"}
    for call in calls:
        assert call[0] in COMMANDS
        options = [word for word in call[1:] if word.startswith("--")]
        with pytest.raises(SystemExit) as status:
            main([call[0], "--help"])
        assert status.value.code == 0
        said = capsys.readouterr().out
        assert [option for option in options if option not in said] == []


def test_what_the_images_are_built_with_is_an_option(github: list[ReadJob]) -> None:
    text = (ROOT / "docker" / "build.sh").read_text()
    scripts = "\n".join(script.text for job in github for script in job.scripts).replace("\\\n", "")
    calls = [line for line in scripts.splitlines() if "docker/build.sh" in line]
    options = {option for line in calls for option in re.findall(r"--[\w-]+", line)}
    assert options >= {"--push", "--sbom", "--provenance", "--output"}
    assert [option for option in options if f"  {option}" not in text] == []


def test_every_folder_of_tests_is_run_by_some_job(github: list[ReadJob]) -> None:
    """The folders with a machine of their own are what the job for the rest leaves out."""
    ignored = {
        folder.removeprefix("--ignore=")
        for job in github
        if job.name == "system"
        for folder in job.fixed["PYTEST_ADDOPTS"].split()
    }
    own = {folder for line in lines(github) for folder in re.findall(r"\btests/[\w-]+", line)}
    assert ignored == own
    assert all((ROOT / folder).is_dir() for folder in own)
