"""Data that Kubernetes would refuse is refused in Python, with the construct's path; all of it at once."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import Identity, Manifest
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from quantacirc_cdk.kubernetes.manifest import to_be_written
from quantacirc_cdk.kubernetes.role import Role, Rule
from support.kubernetes.crossings import counted
from support.kubernetes.manifests import synthesize


def test_all_problems_are_said_at_once_with_the_path() -> None:
    def make(scope: Construct) -> None:
        Manifest(
            Construct(scope, "team"),
            "config",
            api_version="v1",
            kind="ConfigMap",
            name="Not_a_name",
            labels={"tier": "a b"},
            data={"key": None, "list": [object()]},
        )

    with pytest.raises(PropsError) as caught:
        synthesize(make)
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    for part in ("test/team/config", 'name "Not_a_name"', 'label tier: "a b"', "data.key: None", "data.list[0]"):
        assert part in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2**53 + 1, "spec.v[0]: 9007199254740993, expected at most 9007199254740991 in size, or a string"),
        (-(2**53), "spec.v[0]: -9007199254740992, expected at most 9007199254740991 in size, or a string"),
        (float("nan"), "spec.v[0]: nan, expected a finite number, or a string"),
        (Fraction(1, 2), "spec.v[0]: Fraction 1/2, expected a number of Python, such as int(…) or float(…) of it"),
        (float("-inf"), "spec.v[0]: -inf, expected a finite number, or a string"),
    ],
)
def test_a_number_that_json_cannot_hold_is_refused_with_its_path(value: float, said: str) -> None:
    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="v1", kind="X", name="x", spec={"v": [value]})

    with pytest.raises(PropsError) as caught:
        synthesize(make)
    assert str(caught.value) == f"test/x: X: {said}"


def test_the_largest_integer_is_written_as_it_is() -> None:
    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="v1", kind="X", name="x", spec={"v": 2**53 - 1, "w": -1.5})

    (item,) = synthesize(make)
    assert item["spec"] == {"v": 9007199254740991, "w": -1.5}


def test_a_name_leaves_room_for_what_kubernetes_adds() -> None:
    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="batch/v1", kind="CronJob", name="x" * 53, spec={})

    with pytest.raises(PropsError, match=f'test/x: CronJob: name "{"x" * 53}" of 53 characters, expected at most 52'):
        synthesize(make)


def test_keys_are_sorted_and_lists_are_not() -> None:
    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="v1", kind="X", name="x", spec={"b": [3, 1, 2], "a": {"d": {}, "c": ""}})

    (item,) = synthesize(make)
    assert list(item["spec"]) == ["a", "b"]
    assert item["spec"] == {"a": {"c": "", "d": {}}, "b": [3, 1, 2]}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"verbs": ["*"]}, r'rules\[0\]\.verbs\[0\] "\*", expected a verb such as get'),
        ({"resources": ["*"]}, r'rules\[0\]\.resources\[0\] "\*", expected the plural of a kind'),
        ({"api_group": "*"}, r'rules\[0\]\.api_group "\*", expected a group by name'),
    ],
)
def test_a_role_with_a_wildcard_is_refused(rule: dict[str, Any], said: str) -> None:
    def make(scope: Construct) -> None:
        given = Rule(**{"verbs": ["get"], "resources": ["pods"], **rule})
        Role(scope, "r", name="r", identity=Identity(name="r"), rules=[given])

    with pytest.raises(PropsError, match=said):
        synthesize(make)


def test_a_manifest_is_an_api_object_like_any_other() -> None:
    def make(scope: Construct) -> None:
        item = Manifest(scope, "x", api_version="apps/v1", kind="Deployment", name="x", spec={"replicas": 1})
        item.metadata.add_label("team", "blue")
        item.add_json_patch(cdk8s.JsonPatch.replace("/spec/replicas", 2))
        assert (item.kind, item.name, item.api_group) == ("Deployment", "x", "apps")
        assert cdk8s.ApiObject.of(item) is item
        assert scope.node.find_child("x") is item

    (item,) = synthesize(make)
    assert item["metadata"]["labels"]["team"] == "blue"
    assert item["spec"] == {"replicas": 2}


def test_text_crosses_as_it_is() -> None:
    text = 'quotes " and \\, {{ braces }}, ${TOKEN[1]}, a\ttab, a line\nand ünïcode ❄ \u2028'

    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="v1", kind="ConfigMap", name="x", data={"text": text, "": ""})

    (item,) = synthesize(make)
    assert item["data"] == {"text": text, "": ""}


def test_an_object_is_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    def make(scope: Construct) -> None:
        with counted(monkeypatch) as made:
            Manifest(scope, "x", api_version="v1", kind="X", name="x", labels={"a": "b"}, spec={"a": 1}, status={})
        calls.extend(made)

    synthesize(make)
    assert len(calls) == 1


def test_what_will_be_written_is_told_as_json(tmp_path: Path) -> None:
    app = cdk8s.App(outdir=str(tmp_path), yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE)
    chart = cdk8s.Chart(app, "chart", namespace="team", labels={"tier": "web"})
    item = Manifest(
        chart, "b", api_version="v1", kind="ConfigMap", name="b", data={"on": "012", "t": "a\n {{ c }}\t\n"}
    )
    cdk8s.ApiObject(chart, "a", api_version="v1", kind="Namespace", metadata=cdk8s.ApiObjectMetadata(name="a"))
    objects = json.loads(to_be_written(app))
    app.synth()
    files = {path.name.removesuffix(".k8s.yaml"): yaml.safe_load(path.read_text()) for path in tmp_path.iterdir()}
    assert objects == files
    assert sorted(objects) == ["ConfigMap.b", "Namespace.a"]
    item.metadata.add_label("late", "yes")
    assert json.loads(to_be_written(app))["ConfigMap.b"]["metadata"]["labels"] == {"late": "yes", "tier": "web"}
