"""Rollouts of Argo Rollouts, each of which runs the pods of a Deployment.

How a Rollout is follows https://github.com/argoproj/argo-rollouts/blob/master/utils/rollout/rolloututil.go: its phase
counts only after its controller has seen the last change of the Rollout and of its Deployment.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.operations.kubectl import Kubectl, failure
from quantacirc_cdk.operations.replicas import set_replicas

Json = dict[str, Any]

KIND = "Rollout"
RESOURCE = "rollouts.argoproj.io"
DEGRADED = "Degraded"


def deployment_of(item: Json) -> str | None:
    """Return the name of the Deployment whose pods a Rollout runs; None for a Rollout with its own pod template."""
    reference = (item.get("spec") or {}).get("workloadRef") or {}
    return str(reference["name"]) if reference.get("kind") == "Deployment" and "name" in reference else None


def state_of(item: Json, deployment: Json | None) -> str:
    """Return what is left of a release; ``complete`` where nothing is. ``deployment`` is that of the Rollout."""
    status = item.get("status") or {}
    if not _seen(item, deployment):
        return "its controller has not seen the last change"
    message = f": {status['message']}" if status.get("message") else ""
    match status.get("phase"):
        case "Healthy":
            left = ((deployment or {}).get("spec") or {}).get("replicas", 0)
            if left:
                return f"its Deployment has {left} pods, and should have none"
            return "complete"
        case "Degraded":
            return f"degraded{message}"
        case "Paused":
            steps = (item["spec"]["strategy"].get("canary") or {}).get("steps") or []
            return f"paused at step {(status.get('currentStepIndex') or 0) + 1} of {len(steps)}"
        case _:
            return f"in progress{message}"


def degraded(item: Json, deployment: Json | None) -> bool:
    """Return whether the last release has ended with the old pods, or has stopped."""
    return _seen(item, deployment) and (item.get("status") or {}).get("phase") == DEGRADED


def _seen(item: Json, deployment: Json | None) -> bool:
    status = item.get("status") or {}
    generations = {"observedGeneration": item, "workloadObservedGeneration": deployment}
    return all(
        _number(status.get(key)) >= int(seen["metadata"].get("generation", 0))
        for key, seen in generations.items()
        if seen is not None
    )


def _number(text: Any) -> int:
    """Return a generation, which the status of a Rollout has as text; 0 without one."""
    return int(text) if str(text or "").isdecimal() else 0


def ending(before: Sequence[Json], after: Sequence[Json]) -> Mapping[str, str]:
    """Return the Rollouts that ``after`` no longer has, each with its Deployment, which remains."""
    kept = {item["metadata"]["name"] for item in after if item.get("kind") == KIND}
    remaining = {item["metadata"]["name"] for item in after if item.get("kind") == "Deployment"}
    found = {item["metadata"]["name"]: deployment_of(item) for item in before if item.get("kind") == KIND}
    return {name: run for name, run in found.items() if name not in kept and run and run in remaining}


def bring_back(kubectl: Kubectl, before: Sequence[Json], after: Sequence[Json], seconds: float) -> Iterator[str]:
    """Start the pods of each Deployment whose Rollout the next revision deletes, and yield its name when they run.

    The Deployment has no pods, and an autoscaler does not scale up from 0. Raises ``OperationError`` if the API refuses
    a change, or the pods do not become ready in time.
    """
    wanted = {item["metadata"]["name"]: item["spec"] for item in after if item.get("kind") == "Deployment"}
    for name, deployment in sorted(ending(before, after).items()):
        rollout = kubectl.get(RESOURCE, name)
        if rollout is None:
            continue
        # The Rollout would scale the Deployment down again.
        patch = json.dumps({"spec": {"workloadRef": {"scaleDown": "never"}}})
        done = kubectl.call("patch", RESOURCE, name, "--type", "merge", "--patch", patch)
        if not done.ok:
            raise failure(done, kubectl.target)
        # A number in the manifest, because helm refuses to set another one.
        number = wanted[deployment].get("replicas") or rollout["spec"].get("replicas", 1)
        set_replicas(kubectl, deployment, number)
        options = ("--timeout", f"{int(seconds)}s", "--request-timeout", "0")
        status = kubectl.call("rollout", "status", f"deployment/{deployment}", *options, seconds=seconds + 10)
        if not status.ok:
            raise failure(status, kubectl.target)
        yield deployment
