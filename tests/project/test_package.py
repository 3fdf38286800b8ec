"""What the package index shows, and what the archives contain."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
import yaml

from support.tools import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("archives")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def metadata(archives: Path) -> Message:
    (wheel,) = archives.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        (name,) = [one for one in file.namelist() if one.endswith(".dist-info/METADATA")]
        return Parser().parsestr(file.read(name).decode())


def test_every_link_of_the_readme_works_on_the_package_index(metadata: Message) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", str(metadata.get_payload()))
    assert len(links) > 30
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    at = f"https://github.com/quantacirc/quantacirc-cdk/blob/v{metadata['Version']}/"
    files = [link.removeprefix(at).partition("#")[0] for link in links if link.startswith(at)]
    assert len(files) > 30
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_package_says_where_its_source_and_its_issues_are(metadata: Message) -> None:
    assert {one.partition(",")[0] for one in metadata.get_all("Project-URL", [])} == {
        "Changelog",
        "Documentation",
        "Issues",
        "Source",
    }


def test_the_package_claims_the_python_releases_that_the_pipeline_tests(metadata: Message) -> None:
    claimed = {one.rpartition(" ")[2] for one in metadata.get_all("Classifier", []) if ":: Python :: 3." in one}
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    jobs = [job.get("strategy", {}).get("matrix", {}) for job in workflow["jobs"].values()]
    tested = {one["PYTHON_RELEASE"] for matrix in jobs for one in matrix.get("include", [])}
    tested |= {str(one) for matrix in jobs for one in matrix.get("PYTHON_RELEASE", [])}
    assert claimed == tested


def test_the_source_archive_has_what_git_has_and_nothing_else(archives: Path) -> None:
    (archive,) = archives.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        found = {one.name.partition("/")[2] for one in file.getmembers() if one.isfile()}
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    known = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    left_out = {name for name in known if name.startswith(".github/") or name == ".gitattributes"}
    assert found - {"PKG-INFO"} == known - left_out
    assert {"tests/conftest.py", "examples/web_service.py", "docs/tutorial.md"} <= found


def test_the_wheel_has_the_package_and_nothing_else(archives: Path) -> None:
    (wheel,) = archives.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    top = {name.partition("/")[0] for name in names}
    assert {one for one in top if ".dist-info" not in one} == {"quantacirc_cdk", "quantacirc_cdk.pth"}
    assert [name for name in names if name.endswith((".pyc", ".orig", ".rej", "~"))] == []
    assert {"quantacirc_cdk/report/prices.yaml", "quantacirc_cdk/report/web/page.css"} <= set(names)
