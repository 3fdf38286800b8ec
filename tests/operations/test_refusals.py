"""Why pods and claims are refused, with the real kubectl."""

from typing import Any

import pytest

from cluster.server import Cluster
from quantacirc_cdk.operations.refusals import refusals
from support.operations.bakery import Bakery


def waiting(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "oven"}, **fields}


UNCLAIMED = {
    "type": "PodScheduled",
    "status": "False",
    "message": "waiting for ephemeral volume controller to create x",
}


@pytest.mark.parametrize(
    ("item", "asks"),
    [
        (waiting("StatefulSet", spec={"replicas": 2}, status={"replicas": 1}), True),
        (waiting("StatefulSet", spec={"replicas": 2}, status={"replicas": 2, "readyReplicas": 1}), False),
        (waiting("StatefulSet", spec={"replicas": 0}), False),
        (waiting("DaemonSet", status={"desiredNumberScheduled": 2, "currentNumberScheduled": 1}), True),
        (waiting("DaemonSet", status={"desiredNumberScheduled": 2, "currentNumberScheduled": 2}), False),
        (waiting("Job", spec={}), True),
        (waiting("Job", spec={"suspend": True}), False),
        (waiting("Job", spec={}, status={"active": 1}), False),
        (waiting("Job", spec={}, status={"conditions": [{"type": "Complete", "status": "True"}]}), False),
        (waiting("Pod", status={"conditions": [UNCLAIMED]}), True),
        (waiting("Pod", status={"conditions": [{**UNCLAIMED, "message": "Insufficient cpu"}]}), False),
        (waiting("Deployment", spec={"replicas": 2}), False),  # its status says it
    ],
)
def test_events_are_asked_for_only_where_something_is_missing(item: dict[str, Any], asks: bool) -> None:
    asked = []

    class Asked:
        def items(self, kinds: Any, *options: str) -> list[dict[str, Any]]:
            asked.append((*kinds, *options))
            return []

    assert refusals(Asked(), [item]) == {}  # type: ignore[arg-type]
    fields = [("events", "--field-selector", f"reason={why}") for why in ("FailedCreate", "FailedBinding")]
    assert asked == (fields if asks else [])


@pytest.mark.slow
def test_health_says_why_a_stateful_set_has_no_pods(bakery: Bakery, cluster: Cluster) -> None:
    hard = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "bakery"},
        "spec": {"hard": {"pods": "4"}},
    }
    bakery.values(bus={"replicas": 3})
    bakery.install(ready=("baker", "shop", "bus"))
    cluster.put(hard)
    for pod in cluster.list("Pod", labels="app.kubernetes.io/name=bus")[1:]:
        cluster.store.delete(cluster.kinds["Pod"], "bakery", pod["metadata"]["name"])
    bakery.until(lambda: cluster.list("Event"))
    said = " ".join(bakery.qcdk("health", "home", "--format", "text").stdout.split())
    assert "the API refuses its pods: pods " in said
    done = bakery.qcdk("health", "home")
    assert done.returncode == 1
    assert "is forbidden: exceeded quota: bakery, requested: pods=1, used: pods=4, limited: pods=4" in done.stdout
    cluster.forbidden.add("list events")
    silent = bakery.qcdk("health", "home")
    assert (silent.returncode, "exceeded quota" in silent.stdout) == (1, False)
