"""A workload that changes its autoscaler, from Kubernetes' own to KEDA's and back."""

from typing import Any

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.kubernetes.scaled_object import TRANSFER

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


def hpa(name: str = "web", target: str = "web") -> dict[str, Any]:
    spec = {"scaleTargetRef": {**TARGET, "name": target}, "minReplicas": 2}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec}


def keda(makes: str = "web", **annotations: str) -> dict[str, Any]:
    advanced = {"horizontalPodAutoscalerConfig": {"name": makes}} if makes else {}
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "web", "annotations": annotations},
        "spec": {"scaleTargetRef": {"name": "web"}, "advanced": advanced},
    }


def effects(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[str, Impact]]:
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    found = compare_objects([other, before], [other, after])
    return {key.kind: (findings[0].rule.id, findings[0].impact) for key, findings in found.items()}


def test_keda_takes_over_the_autoscaler_of_the_same_name_with_the_annotation_that_the_output_has() -> None:
    taken = ("autoscaler-taken-over", Impact.NO_OP)
    assert effects(hpa(), keda(**TRANSFER)) == {"ScaledObject": taken, "HorizontalPodAutoscaler": taken}


def test_keda_refuses_a_workload_with_an_autoscaler_that_it_does_not_take_over() -> None:
    for autoscaler in (keda(), keda("", **TRANSFER), keda("other", **TRANSFER)):
        assert effects(hpa(), autoscaler)["ScaledObject"] == ("autoscaler-refused", Impact.RECREATE)
    assert effects(hpa(target="api"), keda())["ScaledObject"] == ("added", Impact.NO_OP)


def test_the_autoscaler_that_keda_made_is_deleted_with_its_scaled_object() -> None:
    assert effects(keda(), hpa())["HorizontalPodAutoscaler"] == ("autoscaler-deleted", Impact.UNAVAILABILITY)
    assert effects(keda(""), hpa())["HorizontalPodAutoscaler"] == ("added", Impact.NO_OP)
