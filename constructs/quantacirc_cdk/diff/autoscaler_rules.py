"""Effects of another autoscaler: from a HorizontalPodAutoscaler to KEDA, which makes one itself, and back."""

from collections.abc import Mapping
from typing import TypeVar

from quantacirc_cdk.diff.fields import Json, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule

TRANSFER = "scaledobject.keda.sh/transfer-hpa-ownership"
KEDA = "https://keda.sh/docs/latest/reference/scaledobject-spec/"
Key = TypeVar("Key")

# fmt: off
REFUSED = rule("autoscaler-refused", Impact.RECREATE, "ScaledObject",
    says="KEDA refuses a workload with a HorizontalPodAutoscaler: delete that first, or have KEDA take it over with "
         f'the annotation {TRANSFER}: "true" and its name in advanced.horizontalPodAutoscalerConfig.name',
    source=f"{KEDA}#transfer-ownership-of-an-existing-hpa")
TAKEN_OVER = rule("autoscaler-taken-over", Impact.NO_OP, "ScaledObject HorizontalPodAutoscaler",
    says="KEDA takes over the HorizontalPodAutoscaler, and makes it again when it is deleted; the pods stay",
    source=f"{KEDA}#transfer-ownership-of-an-existing-hpa")
DELETED_WITH = rule("autoscaler-deleted", Impact.UNAVAILABILITY, "HorizontalPodAutoscaler",
    says="KEDA's autoscaler has this name and is deleted with its ScaledObject: deploy again if the workload has none "
         "afterwards; its pods stay, and their number does not change meanwhile",
    source="https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents")
# fmt: on


def successions(old: Mapping[Key, Json], new: Mapping[Key, Json]) -> dict[Key, Rule]:
    """Return the autoscalers that another one succeeds, and those that do, each with its rule."""
    found: dict[Key, Rule] = {}
    hpa, keda = "HorizontalPodAutoscaler", "ScaledObject"
    added: dict[tuple[str, ...], list[tuple[Key, Json]]] = {}
    for key, item in new.items():
        if key not in old and item.get("kind") in (hpa, keda):
            added.setdefault(_target(item), []).append((key, item))
    for gone, old_one in old.items() if added else ():
        if gone in new or old_one.get("kind") not in (hpa, keda):
            continue
        for come, new_one in added.get(_target(old_one), ()):
            kinds = old_one.get("kind"), new_one.get("kind")
            if kinds == (hpa, keda):
                found[come] = TAKEN_OVER if _takes_over(new_one, old_one) else REFUSED
                if found[come] is TAKEN_OVER:
                    found[gone] = TAKEN_OVER
            elif kinds == (keda, hpa) and _made_by(old_one) == look_up(new_one, "metadata", "name"):
                found[come] = DELETED_WITH
    return found


def _target(item: Json) -> tuple[str, ...]:
    """Return the workload of an autoscaler; the objects of one namespace and kind have distinct names."""
    target = look_up(item, "spec", "scaleTargetRef", default={})
    kind = str(target.get("kind", "Deployment"))
    return str(look_up(item, "metadata", "namespace", default="")), kind, str(target.get("name"))


def _made_by(scaled: Json) -> str:
    """Return the name of the HorizontalPodAutoscaler that KEDA makes."""
    name = look_up(scaled, "metadata", "name", default="")
    config = look_up(scaled, "spec", "advanced", "horizontalPodAutoscalerConfig", default={})
    return str(config.get("name") or f"keda-hpa-{name}")


def _takes_over(scaled: Json, autoscaler: Json) -> bool:
    annotations = look_up(scaled, "metadata", "annotations", default={})
    return bool(annotations.get(TRANSFER) == "true") and _made_by(scaled) == look_up(autoscaler, "metadata", "name")
