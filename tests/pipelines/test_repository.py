"""This repository runs the pipelines it generates."""

from pathlib import Path

from support.tools import ROOT


def test_the_workflows_here_are_the_generated_ones(written: Path) -> None:
    generated = written / "github" / ".github" / "workflows"
    here = ROOT / ".github" / "workflows"
    assert sorted(path.name for path in here.iterdir()) == sorted(path.name for path in generated.iterdir())
    for path in generated.iterdir():
        said = f"copy dist/cicd/github/.github/workflows/{path.name} to .github/workflows/"
        assert (here / path.name).read_text() == path.read_text(), said
