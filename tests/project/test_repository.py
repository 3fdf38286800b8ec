"""What holds for the repository as a whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.model import load_project
from support.tools import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
CODE = sorted((ROOT / "constructs").rglob("*.py"))


@pytest.mark.integration
def test_constructs_is_the_package_index_one_also_from_the_root() -> None:
    code = "import constructs; print(constructs.__file__, constructs.Construct)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "site-packages" in run.stdout
    assert not (ROOT / "constructs" / "__init__.py").exists()


@pytest.mark.integration
def test_no_construct_names_a_component_of_the_system() -> None:
    project = load_project(ROOT)
    own = {name for name, component in project.system.components.items() if component.kind == "worker"}
    assert len(own) == 10
    names = re.compile("|".join(re.escape(name).replace(r"\-", "[-_ ]?") for name in sorted(own)), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in CODE
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if names.search(line)
    ]
    assert found == []


def test_the_sources_that_feed_the_wheel_are_all_python_or_data_that_is_packed() -> None:
    suffixes = {path.suffix for path in (ROOT / "constructs" / "quantacirc_cdk").rglob("*") if path.is_file()}
    assert suffixes <= {".py", ".pyc", ".js", ".json", ".sh", ".typed", "", ".sql", ".md", ".yaml", ".css"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_has_hashes_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    entries = re.findall(r"^[A-Za-z0-9][^\n]*==[^\n]*\\\n", text, re.MULTILINE)
    assert entries
    assert text.count("--hash=sha256:") >= len(entries)
    assert "://" not in text
    assert not re.search(r"^-(-index-url|-extra-index-url|i )", text, re.MULTILINE)


def test_node_lock_files_name_no_registry() -> None:
    for path in (ROOT / "tools").rglob("package-lock.json"):
        assert '"resolved"' not in path.read_text(), path


def test_every_direct_dependency_has_a_reason() -> None:
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = settings["project"]["dependencies"] + settings["dependency-groups"]["build"]
    wanted += settings["dependency-groups"]["dev"]
    wanted += [item for group in settings["project"]["optional-dependencies"].values() for item in group]
    names = {re.split(r"[\[<>=~! ]", item)[0] for item in wanted}
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_debian_package_of_the_checks_has_a_reason() -> None:
    lines = (ROOT / ".ci" / "packages.txt").read_text().splitlines()
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert [line for line in lines if line.strip() and line[0] != "#" and f"`{line.strip()}`" not in text] == []


def test_every_yaml_file_of_the_model_points_editors_to_its_schema() -> None:
    for path in [ROOT / "apps" / "system.yaml", *(ROOT / "apps" / "environments").glob("*.yaml")]:
        match = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
        assert match, path
        assert (path.parent / match[1]).is_file(), path
        assert yaml.safe_load(path.read_text())
