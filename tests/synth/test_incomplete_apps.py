"""An app of a project that writes less than the others wait for ends the run with its name."""

from collections.abc import Callable

import pytest

from support.command import qcdk
from support.project import Project

Make = Callable[[], Project]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("app", ["workloads", "chart", "compose"])
def test_an_app_that_passes_nothing_on_ends_the_run(app: str, project: Make) -> None:
    made = project()
    (made.root / "apps" / f"{app}.py").write_text("def synthesize(*arguments: object) -> None:\n    pass\n")
    done = qcdk("synth", "--project", made.root, timeout=60)
    assert done.returncode == 2
    said = {
        "workloads": "error: apps/workloads.py: wrote no manifests for home, expected files in kubernetes/ENVIRONMENT",
        "chart": "helm has ended without helm.",
        "compose": "compose has ended without compose.",
    }
    assert said[app] in done.stderr
    assert not (made.root / "dist").exists()


def test_an_app_that_leaves_an_environment_out_is_named(project: Make) -> None:
    made = project()
    made.write_environment("away", "extends: home\nshares: [home]\n")
    code = (
        "from quantacirc_cdk.apps import workloads\n\n\ndef synthesize(root, out, environments):\n"
        '    workloads.synthesize(root, out, ["home"])\n'
    )
    (made.root / "apps" / "workloads.py").write_text(code)
    for words in (["synth"], ["synth", "--check"], ["synth", "away", "--only", "kubernetes"]):
        done = qcdk(*words, "--project", made.root, timeout=60)
        assert done.returncode == 2
        assert "error: apps/workloads.py: wrote no manifests for away" in done.stderr


def test_an_app_that_exits_is_named_with_its_line(project: Make) -> None:
    made = project()
    (made.root / "apps" / "workloads.py").write_text(
        "import sys\n\n\ndef synthesize(*arguments: object) -> None:\n    sys.exit(0)\n"
    )
    done = qcdk("synth", "--project", made.root, timeout=60)
    assert done.returncode == 2
    assert "error: apps/workloads.py:5: workloads.py failed: SystemExit: 0\n" in done.stderr


def test_an_app_with_a_misspelt_name_is_refused(project: Make) -> None:
    made = project()
    (made.root / "apps" / "reprot.py").write_text("def synthesize(*arguments: object) -> None:\n    pass\n")
    done = qcdk("synth", "--project", made.root, timeout=60)
    assert done.returncode == 2
    assert done.stderr == "error: apps/reprot.py: no part has an app of this name, expected apps/report.py\n"
