"""Every block of code in the documents does what it says; every link leads somewhere."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
import yaml

from quantacirc_cdk.cli.main import _parser
from support.documents import Block, blocks, commands, documents, expected_outputs, unlike
from support.kubernetes.manifests import read_folder
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors
from support.tools import ROOT, require

DOCUMENTS = [path.relative_to(ROOT).as_posix() for path in documents()]
BLOCKS = [block for path in documents() for block in blocks(path)]
KINDS = {"sh", "sh cluster", "sh make", "python", "yaml", "json", "text", "mermaid", "hcl", "promql", "dockerfile"}
TUTORIAL = "docs/tutorial.md"  # tests/project/test_newcomer.py runs it, from the wheel
RUN = [
    name
    for name in DOCUMENTS
    if name != TUTORIAL and any(block.document == name and block.info == "sh" for block in BLOCKS)
]


PROGRAMS = ("jq",)
"""Programs that the documents' commands use and a machine may not have."""


def _accepted(arguments: list[str]) -> bool:
    """Return whether the command line takes these arguments; asking for help counts."""
    try:
        _parser().parse_args(arguments)
    except SystemExit as done:
        return done.code == 0
    return True


def of_kind(*infos: str) -> list[object]:
    return [pytest.param(block, id=block.place) for block in BLOCKS if block.info in infos]


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert [f"{block.place}: {block.info!r}" for block in BLOCKS if block.info not in KINDS] == []


@pytest.mark.slow
@pytest.mark.parametrize("document", RUN)
def test_the_shell_blocks_of_a_document_run_in_order(document: str, clone: Callable[[], Path]) -> None:
    texts = [block.text for block in BLOCKS if block.document == document and block.info == "sh"]
    for name in PROGRAMS:
        if any(re.search(rf"\b{name}\b", text) for text in texts):
            require(name, f"install Debian's package {name}")
    root = clone()
    tools = (str(ROOT / ".venv" / "bin"), str(ROOT / ".tools" / "bin"), os.environ["PATH"])
    environment = {**os.environ, "PATH": os.pathsep.join(tools), "COLUMNS": "120"}  # A pipe has no width.
    expected = expected_outputs(ROOT / document)
    for block in BLOCKS:
        if block.document == document and block.info == "sh":
            command = ["bash", "-euo", "pipefail", "-c", block.text]
            run = subprocess.run(command, cwd=root, env=environment, stdout=PIPE, stderr=STDOUT, text=True, check=False)
            assert run.returncode == 0, f"{block.place}:\n{block.text}\n{run.stdout}"
            difference = unlike(expected[block.place], run.stdout) if block.place in expected else ""
            assert not difference, f"{block.place}:\n{block.text}\n{difference}"


def test_the_tour_and_the_blast_radius_show_what_is_printed() -> None:
    """Blocks whose output a reader relies on are compared with it, not only run."""
    assert len(expected_outputs(ROOT / "README.md")) >= 5
    assert len(expected_outputs(ROOT / "docs" / "blast-radius.md")) >= 1


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n…\nc\n", "a\nc\n", True),
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("in … s\n", "in 1.2 s\n", True),
        ("in … s\n", "in 1.2 s\nand more\n", False),
        ("no difference\n", "~ Deployment web\n", False),
        ("a.c\n", "abc\n", False),
        ("…\nb\n", "a\nb\nc\n", False),
        ("a\n…\n", "a\n", True),
    ],
)
def test_an_output_is_compared_line_by_line(expected: str, printed: str, same: bool) -> None:
    assert (unlike(expected, printed) == "") == same


@pytest.mark.integration
@pytest.mark.parametrize("block", of_kind("sh cluster", "sh make", "sh"))
def test_shell_blocks_parse_and_name_real_commands(block: Block) -> None:
    subprocess.run(["bash", "-n", "-c", block.text], check=True)
    for arguments in commands(block, "qcdk"):
        assert _accepted(arguments), f"{block.place}: qcdk {' '.join(arguments)}"
    for arguments in commands(block, "make"):
        subprocess.run(["make", "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("block", of_kind("python"))
def test_python_blocks_run(block: Block, tmp_path: Path) -> None:
    for folder in re.findall(r'Path\("(dist/\w+)"\)', block.text):  # What another program wrote before.
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "shop.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n")
    command = [sys.executable, "-c", block.text]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{block.place}:\n{run.stderr}"


@pytest.mark.parametrize("block", of_kind("yaml"))
def test_yaml_blocks_parse(block: Block) -> None:
    assert list(yaml.safe_load_all(block.text)) != []


@pytest.mark.integration
def test_the_readmes_app_of_fifteen_lines_gives_valid_objects(tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if block.document == "README.md" and block.info == "python"]
    assert len(block.text.splitlines()) <= 15
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    subprocess.run([sys.executable, "-c", block.text], cwd=tmp_path, env=environment, check=True)
    objects = read_folder(tmp_path / "manifests")
    kinds = {item["kind"] for item in objects}
    assert {"Namespace", "Deployment", "Service", "ServiceAccount"} <= kinds
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget"} <= kinds
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert [error for item in core for version in (OLDEST, NEWEST) for error in errors(item, version)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_that_exist(document: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    here = (ROOT / document).parent
    missing = [target for target in targets if "://" not in target and not (here / target).exists()]
    assert missing == []


def test_the_readme_and_ci_run_the_same_command() -> None:
    assert "make test" in [block.text.strip() for block in BLOCKS if block.document == "README.md"]
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"
