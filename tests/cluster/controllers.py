"""Toy controllers: pods for workloads, endpoints for Services, an end for Jobs. An image ``broken`` never runs."""

import contextlib
import hashlib
import json
import time
from typing import Any

from cluster.resources import Resource
from cluster.store import Json, Refused, Store, now


class Controllers:
    """One pass looks at everything; a new pod is ready ``delay`` seconds after it was made."""

    def __init__(self, store: Store, resources: dict[str, Resource], delay: float) -> None:
        self.store = store
        self.resources = resources
        self.delay = delay
        self.due: dict[str, float] = {}

    def tick(self) -> None:
        for kind in ("Deployment", "StatefulSet", "DaemonSet"):
            for item in self.store.list(self.resources[kind]):
                self._workload(kind, item)
        for item in self.store.list(self.resources["Rollout"]):
            self._rollout(item)
        for item in self.store.list(self.resources["Job"]):
            self._job(item)
        for item in self.store.list(self.resources["Service"]):
            self._endpoints(item)
        self._collect()

    def _workload(self, kind: str, item: Json) -> None:
        metadata, spec = item["metadata"], item["spec"]
        wanted = 1 if kind == "DaemonSet" else spec.get("replicas", 1)
        digest = hashlib.sha256(json.dumps(spec["template"], sort_keys=True).encode()).hexdigest()[:8]
        pods = self._pods_of(metadata["uid"])
        new = [pod for pod in pods if _made_from(pod) == digest]
        old = [pod for pod in pods if pod not in new]
        for index in range(len(new), wanted):
            self._create_pod(kind, item, digest, index)
        for pod in new[wanted:]:
            self._delete(pod)
        new = [
            self._run(pod)
            for pod in self._pods_of(metadata["uid"])
            if pod["metadata"]["labels"]["pod-template-hash"] == digest
        ]
        ready = sum(map(is_ready, new))
        if ready >= wanted:
            for pod in old:
                self._delete(pod)
            old = []
        serving = ready + sum(map(is_ready, old))
        status = {
            "observedGeneration": metadata["generation"],
            "replicas": len(new) + len(old),
            "updatedReplicas": len(new),
            "readyReplicas": serving,
            "availableReplicas": serving,
        }
        if kind == "StatefulSet":
            revisions = {
                "currentRevision": digest if not old else "old",
                "updateRevision": digest,
                "currentReplicas": wanted,
            }
            status |= revisions
        if kind == "DaemonSet":
            status |= {
                "desiredNumberScheduled": wanted,
                "updatedNumberScheduled": len(new),
                "numberAvailable": ready,
                "numberReady": ready,
                "currentNumberScheduled": wanted,
                "numberMisscheduled": 0,
            }
        reason = "NewReplicaSetAvailable" if not old and ready >= wanted else "ReplicaSetUpdated"
        conditions = [
            {"type": "Available", "status": str(serving >= wanted), "reason": "MinimumReplicasAvailable"},
            {"type": "Progressing", "status": "True", "reason": reason},
        ]
        if kind == "Deployment":
            status["conditions"] = conditions
        self._set_status(self.resources[kind], item, status)

    def _rollout(self, item: Json) -> None:
        """Replace the pods of a Rollout by those of its Deployment's template; a broken image is taken back."""
        metadata, spec = item["metadata"], item["spec"]
        try:
            deployment = self.store.get(
                self.resources["Deployment"], metadata["namespace"], spec["workloadRef"]["name"]
            )
        except Refused:
            return
        wanted, template = spec.get("replicas", 1), deployment["spec"]["template"]
        # Its hash is another one than that of the Deployment, because both have pods of the same template.
        digest = hashlib.sha256(json.dumps([template], sort_keys=True).encode()).hexdigest()[:8]
        owner = {**item, "spec": {**spec, "template": template}}
        pods = self._pods_of(metadata["uid"])
        for index in range(sum(_made_from(pod) == digest for pod in pods), wanted):
            self._create_pod("Rollout", owner, digest, index)
        pods = [self._run(pod) for pod in self._pods_of(metadata["uid"])]
        new = [pod for pod in pods if _made_from(pod) == digest]
        old = [pod for pod in pods if pod not in new]
        broken = any(one["image"].endswith("broken") for one in template["spec"]["containers"])
        ready = sum(map(is_ready, new))
        phase, message = ("Degraded", "RolloutAborted: Rollout aborted") if broken and old else ("Progressing", "")
        if phase == "Degraded":
            for pod in new:
                self._delete(pod)
        elif ready >= wanted:
            phase = "Healthy"
            for pod in old:
                self._delete(pod)
            if deployment["spec"].get("replicas") and spec["workloadRef"].get("scaleDown") != "never":
                scaled = {**deployment, "spec": {**deployment["spec"], "replicas": 0}}
                kind, name = self.resources["Deployment"], deployment["metadata"]["name"]
                self._quietly(lambda: self.store.update(kind, metadata["namespace"], name, scaled))
        status = {
            "observedGeneration": str(metadata["generation"]),
            "workloadObservedGeneration": str(deployment["metadata"]["generation"]),
            "phase": phase,
            "message": message,
            "updatedReplicas": len(new),
            "readyReplicas": ready + sum(map(is_ready, old)),
        }
        self._set_status(self.resources["Rollout"], item, status)

    def _create_pod(self, kind: str, owner: Json, digest: str, index: int) -> None:
        metadata, template = owner["metadata"], owner["spec"]["template"]
        labels = {**template["metadata"]["labels"], "pod-template-hash": digest}
        reference = {"apiVersion": owner["apiVersion"], "kind": kind, "name": metadata["name"], "uid": metadata["uid"]}
        pod = {
            "metadata": {
                "name": f"{metadata['name']}-{digest}-{index}",
                "labels": labels,
                "ownerReferences": [reference],
            },
            "spec": template["spec"],
        }
        try:
            made = self.store.create(self.resources["Pod"], metadata["namespace"], pod)
        except Refused:
            return
        self.due[made["metadata"]["uid"]] = time.monotonic() + self.delay

    def _run(self, pod: Json) -> Json:
        """Let a pod become ready once its time has come, or never where its image is broken."""
        containers = pod["spec"]["containers"]
        broken = any(container["image"].endswith("broken") for container in containers)
        ready = not broken and time.monotonic() >= self.due.get(pod["metadata"]["uid"], 0)
        restarts = pod["metadata"].get("annotations", {}).get("test/restarts", "0")
        state: Json = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
        if broken:
            state = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
        statuses = [
            {"name": one["name"], "ready": ready, "restartCount": int(restarts), "state": state, "image": one["image"]}
            for one in containers
        ]
        status = {
            "phase": "Running" if ready else "Pending",
            "containerStatuses": statuses,
            "podIP": "10.244.0.1",
            "conditions": [{"type": "Ready", "status": str(ready)}],
        }
        self._set_status(self.resources["Pod"], pod, status)
        return {**pod, "status": status}

    def _job(self, item: Json) -> None:
        if item.get("status", {}).get("conditions"):
            return
        uid = item["metadata"]["uid"]
        if time.monotonic() < self.due.setdefault(uid, time.monotonic() + self.delay):
            return
        broken = any(one["image"].endswith("broken") for one in item["spec"]["template"]["spec"]["containers"])
        outcome = "Failed" if broken else "Complete"
        status: Json = {
            "conditions": [{"type": outcome, "status": "True", "reason": "BackoffLimitExceeded" if broken else "Done"}],
            "startTime": now(),
            "failed" if broken else "succeeded": 1,
        }
        if not broken:
            status["completionTime"] = now()
        self._set_status(self.resources["Job"], item, status)

    def _endpoints(self, service: Json) -> None:
        selector, metadata = service["spec"].get("selector"), service["metadata"]
        if not selector:
            return
        wanted = ",".join(f"{name}={value}" for name, value in selector.items())
        pods = self.store.list(self.resources["Pod"], metadata["namespace"], wanted)
        endpoints = [
            {"addresses": [f"10.244.0.{index + 1}"], "conditions": {"ready": is_ready(pod)}}
            for index, pod in enumerate(pods)
        ]
        slice_ = {
            "metadata": {"name": f"{metadata['name']}-1", "labels": {"kubernetes.io/service-name": metadata["name"]}},
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": [],
        }
        kind = self.resources["EndpointSlice"]
        try:
            found = self.store.get(kind, metadata["namespace"], f"{metadata['name']}-1")
            if found["endpoints"] != endpoints:
                self.store.update(
                    kind, metadata["namespace"], found["metadata"]["name"], {**found, "endpoints": endpoints}
                )
        except Refused:
            self._quietly(lambda: self.store.create(kind, metadata["namespace"], slice_))

    def _collect(self) -> None:
        """Delete what belongs to an owner that is gone."""
        with self.store.changed:
            uids = {item["metadata"]["uid"] for item in self.store.objects.values()}
            names = {
                (item["metadata"].get("namespace"), item["metadata"]["name"])
                for (_, plural, _, _), item in self.store.objects.items()
                if plural == "services"
            }
        for pod in self.store.list(self.resources["Pod"]):
            owners = pod["metadata"].get("ownerReferences", [])
            if owners and not any(owner["uid"] in uids for owner in owners):
                self._delete(pod)
        for item in self.store.list(self.resources["EndpointSlice"]):
            metadata = item["metadata"]
            if (metadata["namespace"], metadata["labels"]["kubernetes.io/service-name"]) not in names:
                self._quietly(
                    lambda one=metadata: self.store.delete(
                        self.resources["EndpointSlice"], one["namespace"], one["name"]
                    )
                )

    def _pods_of(self, uid: str) -> list[Json]:
        owned = self.store.list(self.resources["Pod"])
        return [
            pod for pod in owned if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences", []))
        ]

    def _delete(self, item: Json) -> None:
        metadata = item["metadata"]
        self._quietly(lambda: self.store.delete(self.resources[item["kind"]], metadata["namespace"], metadata["name"]))

    def _set_status(self, resource: Resource, item: Json, status: Json) -> None:
        if {**item.get("status", {}), **status} != item.get("status", {}):
            metadata = item["metadata"]

            def change() -> None:
                current = self.store.get(resource, metadata["namespace"], metadata["name"])
                if current["metadata"]["generation"] == metadata["generation"]:
                    current["status"] = {**current.get("status", {}), **status}
                    self.store.update(resource, metadata["namespace"], metadata["name"], current, status=True)

            self._quietly(change)

    @staticmethod
    def _quietly(action: Any) -> None:
        """Do what a real controller would try again in the next round."""
        with contextlib.suppress(Refused):
            action()


def is_ready(pod: Json) -> bool:
    return any(
        one["type"] == "Ready" and one["status"] == "True" for one in pod.get("status", {}).get("conditions", [])
    )


def _made_from(pod: Json) -> str:
    return str(pod["metadata"]["labels"]["pod-template-hash"])
