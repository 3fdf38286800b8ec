"""The reference has every key of every kind, with its meaning; a new key fails these tests until it has one."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from quantacirc_cdk.documented import field_docs
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.reference import reference
from quantacirc_cdk.model.system import System

pytestmark = pytest.mark.integration

FILE = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "reference.md"
KINDS = Registry().all()
MODELS: dict[str, type[BaseModel]] = {"System": System, "Environment": Environment}
MODELS |= {one.__name__: one for kind in KINDS.values() for one in (kind, kind.settings)}


def test_the_reference_of_the_repository_is_current() -> None:
    assert FILE.read_text() == reference(Registry()), "run `qcdk schemas`"


def keys(title: str) -> set[str]:
    """Return the keys in the tables below a heading, and those of the sections that it names as its own."""
    parts = re.split(r"^#+ (.*)$", FILE.read_text(), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    text = sections[title]
    found = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    for line in text.splitlines():
        if "has the keys of" in line:
            found |= {key for name in re.findall(r"\[([^\]]+)\]", line) for key in keys(name)}
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_key_of_a_kind_is_below_its_heading(name: str) -> None:
    kind = KINDS[name]
    assert keys(f"Kind `{name}`") == {*kind.model_fields, *kind.settings.model_fields}


@pytest.mark.parametrize(("title", "model"), [("`apps/system.yaml`", System),
                                              ("`apps/environments/NAME.yaml`", Environment)])  # fmt: skip
def test_every_key_of_a_file_is_below_its_heading(title: str, model: type[BaseModel]) -> None:
    assert keys(title) == set(model.model_fields)


def test_every_key_has_a_meaning() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([^|]*) \|$", FILE.read_text(), re.MULTILINE)
    assert len(rows) > 500
    assert [key for key, meaning in rows if not meaning.strip()] == []
    assert [
        (name, key) for name, model in MODELS.items() for key in model.model_fields.keys() - field_docs(model)
    ] == []


def test_every_link_leads_to_a_heading() -> None:
    text = FILE.read_text()
    headings = {
        re.sub(r"[^a-z0-9-]", "", one.lower().replace(" ", "-")) for one in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - headings == set()
