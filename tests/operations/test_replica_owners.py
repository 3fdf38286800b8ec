"""Who owns the number of pods: it is only given up where helm owns it too, because the API resets what nobody owns."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.manifests import REPLICAS_MANAGER
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.replicas import release, take_back

OK = Done(status=0, out="", error="")


def managed(manager: str, **spec: Any) -> dict[str, Any]:
    return {"manager": manager, "fieldsV1": {"f:spec": {f"f:{name}": {} for name in spec}}}


class Api:
    """A cluster with one Deployment, of which a test says who manages which fields."""

    target = SimpleNamespace(namespace="bakery", context="c")

    def __init__(self, *entries: dict[str, Any], there: bool = True, done: Done = OK) -> None:
        self.item = {"metadata": {"name": "baker", "managedFields": list(entries)}} if there else None
        self.done = done
        self.applied: list[Any] = []
        self.options: tuple[str, ...] = ()

    def get(self, kind: str, name: str, *options: str) -> dict[str, Any] | None:
        assert (kind, name) == ("deployment", "baker")
        assert options == ("--namespace", "bakery", "--show-managed-fields")
        return self.item

    def call(self, *arguments: str, input: str) -> Done:
        self.options = arguments
        self.applied += [json.loads(line) for line in input.splitlines() if line != "---"]
        return self.done


BAKER = ("Deployment", "bakery", "baker")
OURS = managed(REPLICAS_MANAGER, replicas=1)


@pytest.mark.parametrize(
    ("entries", "given_up"),
    [
        ([OURS, managed("helm", replicas=1, template=1)], True),
        ([OURS, managed("helm", template=1)], False),  # the API would reset it to one pod
        ([OURS, {"manager": "kubelet"}, {"manager": "helm", "fieldsV1": {}}], False),
        ([OURS], False),
        ([], False),
    ],
)
def test_the_number_is_given_up_only_where_another_manager_owns_it(
    entries: list[dict[str, Any]], given_up: bool
) -> None:
    api = Api(*entries)
    release(api, [BAKER])  # type: ignore[arg-type]
    names = [(one["kind"], one["metadata"]["name"], "spec" in one) for one in api.applied]
    assert names == ([("Deployment", "baker", False)] if given_up else [])
    if given_up:
        assert {"--server-side", "--field-manager", REPLICAS_MANAGER} <= set(api.options)


def test_what_is_gone_is_not_given_up() -> None:
    api = Api(there=False)
    release(api, [BAKER])  # type: ignore[arg-type]
    assert api.applied == []


def workload(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "baker"}, "spec": spec}


def test_the_number_that_the_release_sets_is_taken_back_from_an_autoscaler() -> None:
    api = Api(managed("kube-controller-manager", replicas=1))
    assert take_back(api, [workload()], [workload(replicas=3)]) == {BAKER}  # type: ignore[arg-type]
    assert [one["spec"] for one in api.applied] == [{"replicas": 3}]
    assert "--force-conflicts" in api.options


@pytest.mark.parametrize(
    ("before", "after", "there"),
    [
        (workload(replicas=2), workload(replicas=3), True),  # the release has set it all along
        (workload(), workload(), True),
        (workload(), workload(replicas=3), False),
    ],
)
def test_nothing_else_is_taken_back(before: dict[str, Any], after: dict[str, Any], there: bool) -> None:
    api = Api(there=there)
    assert take_back(api, [before], [after]) == set()  # type: ignore[arg-type]
    assert api.applied == []


def test_a_number_that_cannot_be_taken_back_stops_the_release() -> None:
    api = Api(done=Done(status=1, out="", error="Error from server (Forbidden): deployments is forbidden"))
    with pytest.raises(OperationError, match="forbidden"):
        take_back(api, [workload()], [workload(replicas=3)])  # type: ignore[arg-type]
