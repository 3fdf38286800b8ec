"""Values of a chart for any objects: Helm renders exactly what they are, or the declaration is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.helm import Place, Value, chart
from support.helm.helm import RELEASES, run, template

pytestmark = pytest.mark.integration

LARGEST = 2**53 - 1
"""Helm reads larger numbers as floating point, which has no digit left for them."""


def thing(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "web"}, "spec": spec}


def declared(path: str = "web.count", schema: Any = None) -> Value:
    return Value(path=path, description="A number.", places=[Place(kind="Thing", path="spec.n")], schema=schema)


def written(folder: Path, found: list[Any], *values: Value) -> Path:
    """Return the folder of the chart of one variant for each of these numbers."""
    chart("shop", {f"v{index}": [thing(n=n, m=1)] for index, n in enumerate(found)}, values=values).write(folder)
    return folder / "shop"


def numbers(folder: Path, count: int, release: str) -> list[Any]:
    """Return what Helm renders with the values of each variant."""
    files = [folder / f"values-v{index}.yaml" for index in range(count)]
    return [template(folder, "--values", file, name="shop", release=release)[0]["spec"]["n"] for file in files]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "found",
    [
        [LARGEST + 2, 5],
        [5, -(LARGEST + 2)],
        [[LARGEST + 2, 1], [5]],
        [{"a": [{"b": LARGEST + 2}]}, {"a": [{"b": 7}]}],
        [LARGEST + 2, LARGEST + 2],
        [LARGEST, -LARGEST],
        [3, 2.5],
        [1.5e30, 2.5],
    ],
)
def test_a_difference_that_nothing_declares_keeps_every_digit(tmp_path: Path, found: list[Any], release: str) -> None:
    assert numbers(written(tmp_path, found), len(found), release) == found


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("found", "schema"),
    [
        ([LARGEST, 1], None),
        ([3, 2.5], None),
        ([2.5, 3], None),
        ([1, "25%"], {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+%$"}]}),
        (["25%", 1], {"type": ["integer", "string"]}),
        ([True, "auto"], {"enum": [True, "auto"]}),
        (["one\ntwo\n", 7], {"type": ["integer", "string"]}),
    ],
)
def test_a_declared_value_keeps_its_type(tmp_path: Path, found: list[Any], schema: Any, release: str) -> None:
    folder = written(tmp_path, found, declared(schema=schema))
    rendered = numbers(folder, len(found), release)
    assert rendered == found
    assert [type(each) for each in rendered] == [type(each) for each in found]


@pytest.mark.parametrize("large", [LARGEST + 1, -(LARGEST + 1), [1, LARGEST + 1], {"a": LARGEST + 1}])
def test_a_declared_value_that_helm_would_round_is_refused(tmp_path: Path, large: Any) -> None:
    with pytest.raises(
        PropsError, match=r"values\.web\.count: .* contains a whole number above 9007199254740991"
    ) as refused:
        written(tmp_path, [large, large], declared())
    assert str(refused.value).count("values.web.count") == 1


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("schema", [None, {"type": "integer"}, {"type": "integer", "minimum": 0}])
def test_a_number_that_helm_would_round_is_refused_by_name(tmp_path: Path, schema: Any, release: str) -> None:
    folder = written(tmp_path, [1, 2], declared(schema=schema))
    for number in (LARGEST, LARGEST + 2):
        file = tmp_path / "values.yaml"
        file.write_text(yaml.safe_dump({"web": {"count": number}}))
        done = run("template", "shop", folder, "--values", file, release=release)
        assert (done.returncode == 0) == (number == LARGEST)
        assert number == LARGEST or "count: " in done.stderr.replace("'", "")
    assert "Allowed" not in (folder / "values.yaml").read_text() or schema


@pytest.mark.parametrize("found", [[1, "a"], ["a", True], [1, [1]]])
def test_variants_with_values_of_several_types_need_a_schema(tmp_path: Path, found: list[Any]) -> None:
    with pytest.raises(PropsError, match="expected a schema that accepts the value of each variant"):
        written(tmp_path, found, declared())


@pytest.mark.parametrize("release", RELEASES)
def test_definitions_of_a_schema_lead_to_themselves_in_a_chart(tmp_path: Path, release: str) -> None:
    count = {"type": "integer", "minimum": 1}
    folder = written(tmp_path, [2, 3], declared(schema={"$ref": "#/definitions/a", "definitions": {"a": count}}))
    assert numbers(folder, 2, release) == [2, 3]
    refused = run("template", "shop", folder, "--set", "web.count=0", release=release)
    assert "count" in refused.stderr
    with pytest.raises(PropsError, match="the schema refuses 0, the value in the variant v1"):
        written(tmp_path, [2, 0], declared(schema={"$ref": "#/definitions/a", "definitions": {"a": count}}))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "https://example.com/x.json"}, r"\$ref: found 'https://example.com/x.json', which is no definition"),
        ({"pattern": "^(?=a)a"}, r"pattern: found '\^\(\?=a\)a': `\(\?=a` at position 1, which RE2 does not have"),
    ],
)
def test_a_schema_that_helm_cannot_load_is_refused(tmp_path: Path, schema: Any, reason: str) -> None:
    with pytest.raises(PropsError, match=rf"values\.web\.count\.schema\.{reason}"):
        written(tmp_path, ["a", "a"], declared(schema=schema))


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        ({"type": "integer", "minimum": 0}, "at least 0"),
        ({"type": "integer", "maximum": 9}, "at most 9"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "1 to 9"),
    ],
)
def test_the_documents_say_which_numbers_are_allowed(tmp_path: Path, schema: Any, allowed: str) -> None:
    values = [replace(declared(schema=schema), description=said) for said in ("Pods", "Pods.")]
    for value, readme in zip(values, (f"Pods ({allowed})", f"Pods. ({allowed})"), strict=True):
        folder = written(tmp_path, [2, 3], value)
        assert f"# Pods. Allowed: {allowed}.\n" in (folder / "values.yaml").read_text()
        assert f"| {readme} |" in (folder / "README.md").read_text()


@pytest.mark.parametrize("path", ["global", "enabled", "enabled.n"])
def test_a_path_that_helm_reads_itself_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(PropsError, match=f"values.{path}: the path {path}, which .*, expected another path"):
        written(tmp_path, [1, 2], declared(path))


@pytest.mark.parametrize("release", RELEASES)
def test_a_value_below_global_is_that_of_a_parent_chart(tmp_path: Path, release: str) -> None:
    folder = written(tmp_path, [1, 2], declared("global.count"))
    parent = tmp_path / "parent"
    (parent / "charts").mkdir(parents=True)
    folder.rename(parent / "charts" / "shop")
    (parent / "Chart.yaml").write_text("apiVersion: v2\nname: parent\nversion: 1.0.0\n")
    (parent / "values.yaml").write_text("global: { count: 7, other: 8 }\n")
    assert [item["spec"]["n"] for item in template(parent, name="parent", release=release)] == [7]
