"""A file of the project that only passes on the package's app counts as that app, anything else does not."""

from pathlib import Path

import pytest

from quantacirc_cdk.synth.own_apps import passes_on
from support.tools import ROOT

PASSES = '''\
"""The manifests."""

from __future__ import annotations

import sys
from pathlib import Path

from quantacirc_cdk.apps.workloads import main, synthesize

__all__ = ["synthesize"]

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
'''
OTHERS = {
    "calls something": PASSES + "print('x')\n",
    "defines something": PASSES + "def synthesize(*_):\n    pass\n",
    "sets something": PASSES + "synthesize = sys.exit\n",
    "another app's": PASSES.replace("apps.workloads", "apps.infrastructure"),
    "its own module": PASSES.replace("import sys\n", "import sys\nimport words\n"),
    "its own module's names": PASSES.replace("from pathlib import Path", "from words import Path"),
    "another name": PASSES.replace("main, synthesize", "main, synthesize as run"),
    "another function by that name": PASSES.replace("main, synthesize", "main as synthesize"),
    "a function of another module": PASSES.replace("import sys\n", "from pathlib import Path as synthesize\n"),
    "a module by that name": PASSES + "import sys as synthesize\n",
    "a module beside it": PASSES.replace("from pathlib", "from .pathlib"),
    "another condition": PASSES.replace('== "__main__"', '== "<run_path>"'),
    "an else": PASSES + "else:\n    print('x')\n",
    "no import of it": PASSES.replace("main, synthesize", "main"),
    "everything": PASSES.replace("main, synthesize", "*"),
    "not Python": "def",
    "a zero byte": "\0",
    "nothing": "",
}


def test_a_file_that_only_passes_on_the_packages_app_counts_as_that(tmp_path: Path) -> None:
    file = tmp_path / "workloads.py"
    file.write_text(PASSES)
    assert passes_on(file, "workloads")
    assert not passes_on(file, "infrastructure")
    assert not passes_on(tmp_path / "missing.py", "workloads")
    assert passes_on(ROOT / "apps" / "infrastructure.py", "infrastructure")
    assert not passes_on(ROOT / "apps" / "pipeline.py", "pipeline")


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_does_more_is_an_app_of_the_project(other: str, tmp_path: Path) -> None:
    file = tmp_path / "workloads.py"
    file.write_text(OTHERS[other])
    assert not passes_on(file, "workloads")
