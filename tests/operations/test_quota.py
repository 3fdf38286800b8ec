"""Whether a release fits into its namespace, rollouts included."""

from typing import Any

import pytest

from quantacirc_cdk.operations.quota import quota_problems

LABELS = {"app.kubernetes.io/instance": "bakery"}
RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
POD = {"containers": [{"name": "oven", "image": "oven", "resources": RESOURCES}]}


def deployment(name: str = "baker", **spec: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": {"spec": POD}, **spec}}


def pods(count: int, release: str = "bakery") -> list[dict[str, Any]]:
    labels = {"app.kubernetes.io/instance": release}
    return [{"kind": "Pod", "metadata": {"labels": labels}, "spec": POD, "status": {"phase": "Running"}}] * count


def quota(used: dict[str, str], **hard: str) -> dict[str, Any]:
    spec = {"hard": {name.replace("_", "."): amount for name, amount in hard.items()}}
    return {"kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": spec, "status": {"used": used}}


@pytest.mark.parametrize(
    ("rendered", "live", "said"),
    [
        ([deployment(replicas=2)], [quota({}, pods="3")], []),
        ([deployment(replicas=2)], [quota({}, pods="2")], ["ResourceQuota team: pods would be 3 of 2"]),
        ([deployment(replicas=2, strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 0}})],
         [quota({}, pods="2")], []),
        ([deployment(replicas=8, strategy={"rollingUpdate": {"maxSurge": "50%"}})], [quota({}, pods="11")],
         ["ResourceQuota team: pods would be 12 of 11"]),
        # What runs already is not counted twice, and what others use is not ours to free.
        ([deployment(replicas=2)], [*pods(2), quota({"pods": "2"}, pods="3")], []),
        ([deployment(replicas=2)], [*pods(2), *pods(1, "butcher"), quota({"pods": "3"}, pods="3")],
         ["ResourceQuota team: pods would be 4 of 3"]),
        # Somebody may have lowered the quota below what is used: only more than now is refused.
        ([], [*pods(2), quota({"pods": "2"}, pods="1")], []),
        ([deployment()], [quota({}, cpu="100m")], ["ResourceQuota team: cpu would be 200m of 100m"]),
        ([deployment()], [quota({}, limits_memory="256Mi")],
         ["ResourceQuota team: limits.memory would be 0.5Gi of 256Mi"]),
        # An autoscaler starts with its fewest replicas.
        ([deployment(), {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "baker"},
                         "spec": {"scaleTargetRef": {"name": "baker"}, "minReplicas": 4, "maxReplicas": 9}}],
         [quota({}, pods="4")], ["ResourceQuota team: pods would be 5 of 4"]),
        # The release's own quota counts as the release has it.
        ([deployment(replicas=2), quota({}, pods="9")], [quota({}, pods="1")], []),
        ([deployment(replicas=2)], [{**quota({}), "spec": {"hard": {"pods": "1"}, "scopes": ["Terminating"]}}], []),
        ([{"kind": "PersistentVolumeClaim", "metadata": {"name": "a"},
           "spec": {"resources": {"requests": {"storage": "2Gi"}}}}],
         [quota({}, requests_storage="1Gi", persistentvolumeclaims="0")],
         ["ResourceQuota team: persistentvolumeclaims would be 1 of 0",
          "ResourceQuota team: requests.storage would be 2.0Gi of 1Gi"]),
    ],
)  # fmt: skip
def test_a_release_fits_or_is_told_what_it_would_exceed(rendered: list, live: list, said: list[str]):
    assert quota_problems(rendered, live, "bakery") == said
