"""JSON patch and merge patch, by their RFCs, and what is said of one that does not fit."""

from typing import Any

import pytest

from quantacirc_cdk.kubernetes.patch import PatchError, patched
from quantacirc_cdk.model.patches import Patch
from support.kubernetes.manifests import Object

ITEM: Object = {
    "apiVersion": "machines.example/v1",
    "kind": "Machine",
    "metadata": {"name": "web", "annotations": {"a/b~c": "1"}},
    "spec": {"replicas": 2, "containers": [{"name": "web", "image": "web:1"}, {"name": "proxy"}]},
}


DEPLOYMENT: Object = {**ITEM, "apiVersion": "apps/v1", "kind": "Deployment"}


def patch(**said: Any) -> Patch:
    return Patch.model_validate({"kind": "Deployment", "name": "web", **said})


def after(*operations: dict[str, Any]) -> Object:
    return patched(ITEM, patch(operations=list(operations)))


def test_each_operation_does_what_the_standard_says() -> None:
    found = after(
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "replace", "path": "/metadata/annotations/a~1b~0c", "value": "2"},
        {"op": "add", "path": "/spec/containers/1", "value": {"name": "between"}},
        {"op": "add", "path": "/spec/containers/-", "value": {"name": "last"}},
        {"op": "copy", "from": "/spec/containers/0/image", "path": "/spec/containers/1/image"},
        {"op": "move", "from": "/spec/replicas", "path": "/spec/paused"},
        {"op": "remove", "path": "/spec/containers/2"},
    )
    assert found["metadata"]["annotations"] == {"a/b~c": "2"}
    assert found["spec"] == {
        "paused": 2,
        "containers": [{"name": "web", "image": "web:1"}, {"name": "between", "image": "web:1"}, {"name": "last"}],
    }
    assert ITEM["spec"]["replicas"] == 2, "the object itself stays as it was"


def test_a_merge_patch_merges_mappings_replaces_lists_and_removes_by_null() -> None:
    merge = {"spec": {"replicas": None, "containers": [{"name": "only"}], "strategy": {"type": "Recreate"}}}
    found = patched(ITEM, patch(merge=merge))
    assert found["spec"] == {"containers": [{"name": "only"}], "strategy": {"type": "Recreate"}}
    assert found["metadata"] == ITEM["metadata"]


@pytest.mark.parametrize(
    ("operation", "place", "what", "expected"),
    [
        (
            {"op": "replace", "path": "/spec/replica", "value": 1},
            ("operations", 0, "path"),
            'no "replica" in /spec',
            '"replicas"; a merge patch creates what is missing',
        ),
        (
            {"op": "remove", "path": "/spec/containers/proxy"},
            ("operations", 0, "path"),
            'no item "proxy" in the list /spec/containers',
            "one of 0 (web), 1 (proxy)",
        ),
        (
            {"op": "add", "path": "/spec/replicas/x", "value": 1},
            ("operations", 0, "path"),
            "/spec/replicas is 2, which has no fields",
            "a path that ends there",
        ),
        (
            {"op": "add", "path": "/spec/containers/07", "value": {}},
            ("operations", 0, "path"),
            'no item "07" in the list /spec/containers',
            "one of 0 (web), 1 (proxy)",
        ),
        (
            {"op": "test", "path": "/spec/replicas", "value": 3},
            ("operations", 0, "value"),
            "the object has 2 at /spec/replicas",
            "this value",
        ),
        (
            {"op": "copy", "from": "/spec/none", "path": "/spec/x"},
            ("operations", 0, "from"),
            'no "none" in /spec',
            "one of containers, replicas; a merge patch creates what is missing",
        ),
        (
            {"op": "move", "from": "/spec", "path": "/spec/containers"},
            ("operations", 0),
            "moves /spec into itself",
            "another path",
        ),
    ],
)
def test_a_patch_that_does_not_fit_says_where_and_what_is_there(
    operation: dict[str, Any], place: tuple[Any, ...], what: str, expected: str
) -> None:
    with pytest.raises(PatchError) as caught:
        after(operation)
    assert (caught.value.place, caught.value.what, caught.value.expected) == (place, what, expected)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"merge": {"spce": {"replicas": 3}}}, ("merge", "spce")),
        ({"operations": [{"op": "add", "path": "/spce", "value": {}}]}, ("operations", 0, "path")),
    ],
)
def test_a_field_that_the_kind_does_not_have_is_refused_with_the_nearest(said: Object, place: tuple[Any, ...]) -> None:
    with pytest.raises(PatchError, match='no field "spce" in a Deployment') as caught:
        patched(DEPLOYMENT, patch(**said))
    assert (caught.value.place, caught.value.expected) == (place, '"spec"')


@pytest.mark.parametrize(
    ("said", "what", "place"),
    [
        ({"merge": {"spec": {"replica": 3}}}, 'no field "replica" in spec', ("merge", "spec", "replica")),
        (
            {"operations": [{"op": "add", "path": "/spec/tolerations", "value": []}]},
            'no field "tolerations" in spec',
            ("operations", 0, "path"),
        ),
        (
            {"operations": [{"op": "add", "path": "/spec/template/spec", "value": {"toleration": []}}]},
            'no field "toleration" in spec.template.spec',
            ("operations", 0, "value", "toleration"),
        ),
    ],
)
def test_a_field_that_the_specification_or_its_pods_do_not_have_is_refused(
    said: Object, what: str, place: tuple[Any, ...]
) -> None:
    with pytest.raises(PatchError, match=what) as caught:
        patched(DEPLOYMENT, patch(**said))
    assert caught.value.place == place


def test_the_status_is_no_field_that_a_patch_can_set() -> None:
    with pytest.raises(PatchError, match='no field "status" in a Deployment'):
        patched(DEPLOYMENT, patch(merge={"status": {"replicas": 3}}))


def test_kinds_of_operators_can_have_any_field() -> None:
    assert patched(ITEM, patch(merge={"more": 1}))["more"] == 1
