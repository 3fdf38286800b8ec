"""Data that Kubernetes would refuse is refused in Python, with the construct's path; all of it at once."""

import pytest

from kubernetes_support.manifests import synthesize
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import Identity, Manifest
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.role import Role, Rule


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


def test_keys_are_sorted_and_lists_are_not() -> None:
    def make(scope: Construct) -> None:
        Manifest(scope, "x", api_version="v1", kind="X", name="x", spec={"b": [3, 1, 2], "a": {"d": {}, "c": ""}})

    (item,) = synthesize(make)
    assert list(item["spec"]) == ["a", "b"]
    assert item["spec"] == {"a": {"c": "", "d": {}}, "b": [3, 1, 2]}


def test_a_role_with_a_wildcard_is_refused() -> None:
    def make(scope: Construct) -> None:
        Role(scope, "r", name="r", identity=Identity(name="r"), rules=[Rule(verbs=["*"], resources=["pods"])])

    with pytest.raises(PropsError, match=r"Role r: \"\*\""):
        synthesize(make)
