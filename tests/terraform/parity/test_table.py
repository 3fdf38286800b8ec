"""Every cell of the table is true, or carries a reason."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.terraform import interface
from quantacirc_cdk.terraform.parity import CLOUDS, FEATURES, Cell, Feature, markdown, proved, read_cell
from quantacirc_cdk.terraform.schemas import schemas_covering
from support.terraform.stacks import read_stack
from support.terraform.switched import add_options, switch_project, synthesize
from support.tools import ROOT

CELLS = [(feature, cloud) for feature in FEATURES for cloud in CLOUDS]
IDS = [f"{feature.construct}-{feature.name}-{cloud}".replace(" ", "_") for feature, cloud in CELLS]
WITH_ANOTHER_EXTENT = {"NodePool"}


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the resources of the environment that has everything, by cloud."""
    found = {}
    for cloud in CLOUDS:
        folder = tmp_path_factory.mktemp(cloud)
        project = add_options(switch_project(folder / "project", cloud), cloud)
        out = synthesize(project, folder / "out")
        found[cloud] = read_stack(out, f"prod-{cloud}")["resource"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("feature", "cloud"), CELLS, ids=IDS)
def test_a_cell_is_true_in_the_stack(feature: Feature, cloud: str, prod: dict[str, Any]) -> None:
    cell = feature.cells[cloud]
    if cell.kind == "has":
        assert schemas_covering("resources", cell.type), cell.type
        assert proved(cell, prod[cloud]), cell.proof
    else:
        assert len(cell.reason) > 15
        assert not (cell.type and proved(cell, prod[cloud])), f"{cell.proof} is there: the cell is out of date"


def test_every_construct_has_a_section() -> None:
    props = {name.removesuffix("Props") for name in interface.__all__ if name.endswith("Props")}
    assert {feature.construct for feature in FEATURES} == props - WITH_ANOTHER_EXTENT


@pytest.mark.slow
def test_the_document_is_current(tmp_path: Path) -> None:
    assert (ROOT / "docs" / "terraform-parity.md").read_text() == markdown()
    subprocess.run([sys.executable, str(ROOT / "tools" / "parity.py"), "--check"], check=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aws_vpc", Cell(kind="has", type="aws_vpc")),
        ("aws_x.a.b = 3", Cell(kind="has", type="aws_x", path="a.b", relation="=", value="3")),
        ("aws_x.a ~ y z", Cell(kind="has", type="aws_x", path="a", relation="~", value="y z")),
        ("no: it cannot", Cell(kind="no", reason="it cannot")),
        ("no: it cannot [aws_y.a]", Cell(kind="no", reason="it cannot", type="aws_y", path="a")),
    ],
)
def test_a_cell_is_read_as_it_is_written(text: str, expected: Cell) -> None:
    assert read_cell(text) == expected


@pytest.mark.parametrize("text", ["", "yes", "Yes: it can", "aws_x =", "aws_x.a > 3"])
def test_what_names_no_proof_is_no_cell(text: str) -> None:
    if text == "yes":
        assert not proved(read_cell(text), {"aws_x": {"one": {}}})
    else:
        with pytest.raises(ValueError, match="is not a cell"):
            read_cell(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("t", True),
        ("u", False),
        ("t.flag = true", True),
        ("t.flag = false", False),
        ("t.flag", True),
        ("t.gone", False),
        ("t.rule.name = b", True),
        ("t.rule.name = c", False),
        ("t.names = x-1", True),
        ("t.names ~ x", True),
        ("t.names ~ y", False),
    ],
)
def test_a_proof_is_looked_up_through_lists(text: str, holds: bool) -> None:
    stack = {"t": {"one": {"flag": True, "rule": [{"name": "a"}, {"name": "b"}], "names": ["x-1"]}}}
    assert proved(read_cell(text), stack) is holds
