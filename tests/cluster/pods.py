"""What every controller needs: pods with their claims, events about what is refused, and the state of objects."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from cluster.refusal import Refused
from cluster.resources import Resource
from cluster.store import Json, Store, written


class Pods:
    """The pods of a cluster. A new one is ready ``delay`` seconds after it was made, once its claims are there; one
    with an image ``broken`` never is.
    """

    def __init__(self, store: Store, resources: dict[str, Resource], delay: float) -> None:
        self.store = store
        self.resources = resources
        self.delay = delay
        self.due: dict[str, float] = {}

    def of(self, uid: str) -> list[Json]:
        """Return the pods of an owner."""
        owned = self.store.list(self.resources["Pod"])
        return [
            pod for pod in owned if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences", []))
        ]

    def create(self, owner: Json, name: str, template: Json, **labels: str) -> str:
        """Create a pod of an owner, and return why that was refused, if it was."""
        metadata = owner["metadata"]
        pod = {
            "metadata": {
                "name": name,
                "labels": {**(template["metadata"].get("labels") or {}), **labels},
                "ownerReferences": [reference(owner)],
            },
            "spec": template["spec"],
        }
        try:
            made = self.store.create(self.resources["Pod"], metadata["namespace"], pod)
        except Refused as refused:
            self.warn(owner, "FailedCreate", f"Error creating: {refused.message}")
            return refused.message
        self.due[made["metadata"]["uid"]] = time.monotonic() + self.delay
        return ""

    def due_now(self, pod: Json) -> bool:
        """Return whether a pod has what it needs to run: time, an image, and its volumes."""
        return self.waited(pod) and not is_broken(pod["spec"]) and not self._without(pod)

    def waiting(self, pod: Json) -> Json:
        """Return the state of a pod that cannot run yet."""
        missing = self._without(pod)
        said = [
            f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"' for name in missing
        ]
        scheduled = {"type": "PodScheduled", "status": str(not said)}
        if said:
            scheduled |= {"reason": "Unschedulable", "message": f"0/1 nodes are available: {said[0]}."}
        return {"phase": "Pending", "conditions": [scheduled, {"type": "Ready", "status": "False"}]}

    def _without(self, pod: Json) -> list[str]:
        """Create the claims that go with a pod, and return the names of those that were refused."""
        return [name for name, template in own_claims(pod) if not self._claim(pod, name, template)]

    def waited(self, pod: Json) -> bool:
        """Return whether a pod has had its time."""
        return time.monotonic() >= self.due.get(pod["metadata"]["uid"], 0)

    def _claim(self, pod: Json, name: str, template: Json) -> bool:
        """Create the claim of one volume of a pod, as long as it is not there."""
        metadata = pod["metadata"]
        claim = {
            "metadata": {**(template.get("metadata") or {}), "name": name, "ownerReferences": [reference(pod)]},
            "spec": template["spec"],
        }
        return self.claimed(
            pod, claim, f"ephemeral volume {name.removeprefix(metadata['name'] + '-')}: create PVC {name}"
        )

    def claimed(self, item: Json, claim: Json, what: str) -> bool:
        """Create a claim for an object unless it is there, with an event where it is refused."""
        kind, namespace = self.resources["PersistentVolumeClaim"], item["metadata"]["namespace"]
        try:
            self.store.get(kind, namespace, claim["metadata"]["name"])
        except Refused:
            try:
                self.store.create(kind, namespace, claim)
            except Refused as refused:
                self.warn(
                    item,
                    "FailedCreate" if item["kind"] == "StatefulSet" else "FailedBinding",
                    f"{what}: {refused.message}",
                )
                return False
        return True

    def run(self, pod: Json) -> Json:
        """Let a pod become ready once its time has come."""
        ready = self.due_now(pod)
        containers = pod["spec"]["containers"]
        restarts = (pod["metadata"].get("annotations") or {}).get("test/restarts", "0")
        state: Json = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
        if is_broken(pod["spec"]):
            state = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
        statuses = [
            {"name": one["name"], "ready": ready, "restartCount": int(restarts), "state": state, "image": one["image"]}
            for one in containers
        ]
        status = {"containerStatuses": statuses, "podIP": "10.244.0.1", **self.waiting(pod)}
        if ready:
            status |= {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        self.set_status(pod, status)
        return {**pod, "status": status}

    def warn(self, item: Json, reason: str, message: str) -> None:
        """Record once why something about an object was refused."""
        metadata, about = item["metadata"], reference(item)
        moment = written(self.store.now())
        event = {
            "metadata": {"name": f"{metadata['name']}.{hash((about['uid'], reason, message)) & 0xFFFFFFFFFF:x}"},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "involvedObject": {**about, "namespace": metadata["namespace"]},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        self.quietly(lambda: self.store.create(self.resources["Event"], metadata["namespace"], event))

    def delete(self, item: Json) -> None:
        metadata, kind = item["metadata"], self.resources[item["kind"]]
        self.quietly(lambda: self.store.delete(kind, metadata.get("namespace", ""), metadata["name"]))

    def set_status(self, item: Json, status: Json) -> None:
        if {**item.get("status", {}), **status} != item.get("status", {}):
            metadata, kind = item["metadata"], self.resources[item["kind"]]

            def change() -> None:
                current = self.store.get(kind, metadata["namespace"], metadata["name"])
                if current["metadata"]["generation"] == metadata["generation"]:
                    current["status"] = {**current.get("status", {}), **status}
                    self.store.update(kind, metadata["namespace"], metadata["name"], current, status=True)

            self.quietly(change)

    @staticmethod
    def quietly(action: Callable[[], Any]) -> None:
        """Do what a real controller would try again in the next round."""
        with contextlib.suppress(Refused):
            action()


def reference(owner: Json) -> Json:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }


def own_claims(pod: Json) -> Iterator[tuple[str, Json]]:
    """Yield name and template of each claim that goes with a pod."""
    for volume in pod["spec"].get("volumes") or ():
        if "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}", volume["ephemeral"]["volumeClaimTemplate"]


def is_broken(spec: Json) -> bool:
    return any(one["image"].endswith("broken") for one in spec["containers"])


def is_ready(pod: Json) -> bool:
    return any(
        one["type"] == "Ready" and one["status"] == "True" for one in pod.get("status", {}).get("conditions", [])
    )
