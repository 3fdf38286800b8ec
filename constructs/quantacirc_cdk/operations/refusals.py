"""Why the API refuses the pods of workloads and the claims of pods, as their controllers say in events.

Only a Deployment says it in its status, too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from quantacirc_cdk.operations.kubectl import Kubectl, OperationError
from quantacirc_cdk.operations.workloads import condition

Json = dict[str, Any]

_REASONS = ("FailedCreate", "FailedBinding")
"""Reasons of the events about refused pods, and about refused claims of pods."""


def refusals(kubectl: Kubectl, items: Iterable[Json]) -> Mapping[str, str]:
    """Return the last refusal for each object, by ``uid``.

    Nothing is asked if no object waits for a pod or a claim, and nothing is returned if events cannot be read: the
    objects themselves show that something is missing.
    """
    if not any(map(_waits, items)):
        return {}
    try:
        events = [one for why in _REASONS for one in kubectl.items(("events",), "--field-selector", f"reason={why}")]
    except OperationError:
        return {}
    found = {}
    for event in sorted(events, key=_time):
        uid, message = (event.get("involvedObject") or {}).get("uid"), event.get("message")
        if uid and message:
            found[str(uid)] = str(message).removeprefix("Error creating: ")
    return found


def unclaimed(pod: Json) -> bool:
    """Return whether a pod has no node because the claim of one of its ephemeral volumes does not exist."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(
        one["type"] == "PodScheduled"
        and one["status"] == "False"
        and "ephemeral volume controller" in str(one.get("message"))
        for one in conditions
    )


def _waits(item: Json) -> bool:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    match item.get("kind"):
        case "StatefulSet":
            return bool(status.get("replicas", 0) < spec.get("replicas", 1))
        case "DaemonSet":
            return bool(status.get("currentNumberScheduled", 0) < status.get("desiredNumberScheduled", 0))
        case "Job":
            ended = any(condition(item, how) is not None for how in ("Complete", "Failed"))
            return not (ended or spec.get("suspend") or status.get("active"))
        case "Pod":
            return unclaimed(item)
    return False


def _time(event: Json) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return str(next(filter(None, times), event["metadata"].get("creationTimestamp") or ""))
