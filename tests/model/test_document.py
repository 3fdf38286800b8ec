"""The YAML dialect: YAML 1.2's core schema, with places."""

from pathlib import Path

import pytest

from quantacirc_cdk.model.document import Plain, read

SCALARS = {
    "no": "no",
    "on": "on",
    "true": True,
    "True": "True",
    "null": None,
    "~": None,
    "0123": "0123",
    "0x1F": 31,
    "-7": -7,
    "1.5": 1.5,
    "1e3": 1000.0,
    "1_000": "1_000",
    "12:30:45": "12:30:45",
    "2026-01-31": "2026-01-31",
    '"5"': "5",
    "'~'": "~",
    ".inf": ".inf",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_plain_scalars_follow_the_core_schema(tmp_path: Path, text: str, value: Plain) -> None:
    (tmp_path / "x.yaml").write_text(f"key: {text}\n")
    read_back = read(tmp_path / "x.yaml", "x.yaml").plain()
    assert read_back == {"key": value}
    assert type(read_back["key"]) is type(value)


def test_each_value_knows_the_line_of_its_key(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a:\n  b:\n    - one\n    - two\n  c: >\n    folded\n    text\n")
    document = read(tmp_path / "x.yaml", "x.yaml")
    lines = {place: node.line for place, node in document.leaves()}
    assert lines == {("a", "b", 0): 3, ("a", "b", 1): 4, ("a", "c"): 5}


def test_find_stops_at_the_deepest_value_there_is(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a:\n  b: 1\n")
    assert read(tmp_path / "x.yaml", "x.yaml").find(("a", "missing", "deeper")).line == 1
