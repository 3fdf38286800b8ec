"""Toy controllers: pods for workloads, claims, endpoints for Services, and what owners leave. An image ``broken`` never
runs.
"""

import hashlib
import json

from cluster.admission import PROTECTION, usage
from cluster.pods import Pods, is_broken, is_ready, own_claims
from cluster.quantities import quantity
from cluster.refusal import Refused
from cluster.resources import Resource
from cluster.store import Json, Store
from cluster.tasks import Tasks


class Controllers:
    """One pass looks at everything; a new pod is ready ``delay`` seconds after it was made."""

    def __init__(self, store: Store, resources: dict[str, Resource], delay: float) -> None:
        self.store = store
        self.resources = resources
        self.pods = Pods(store, resources, delay)
        self.tasks = Tasks(self.pods)

    def tick(self) -> None:
        for kind in ("Deployment", "StatefulSet", "DaemonSet"):
            for item in self.store.list(self.resources[kind]):
                self._workload(kind, item)
        for item in self.store.list(self.resources["Rollout"]):
            self._rollout(item)
        self.tasks.tick()
        for item in self.store.list(self.resources["Service"]):
            self._endpoints(item)
        self._collect()
        for item in self.store.list(self.resources["PersistentVolumeClaim"]):
            self._unprotect(item)
        for item in self.store.list(self.resources["ResourceQuota"]):
            used = usage(self.store, item["metadata"]["namespace"], hard := item["spec"].get("hard") or {})
            self.pods.set_status(item, {"hard": hard, "used": {key: quantity(value) for key, value in used.items()}})

    def _workload(self, kind: str, item: Json) -> None:
        metadata, spec = item["metadata"], item["spec"]
        wanted = 1 if kind == "DaemonSet" else spec.get("replicas", 1)
        digest = hashlib.sha256(json.dumps(spec["template"], sort_keys=True).encode()).hexdigest()[:8]
        pods = self.pods.of(metadata["uid"])
        new = [pod for pod in pods if _made_from(pod) == digest]
        old = [pod for pod in pods if pod not in new]
        refused = ""
        for index in range(len(new), wanted):
            if kind != "StatefulSet" or self._claims(item, index):
                name = f"{metadata['name']}-{digest}-{index}"
                refused = self.pods.create(item, name, spec["template"], **{"pod-template-hash": digest}) or refused
        for pod in new[wanted:]:
            self.pods.delete(pod)
        new = [
            self.pods.run(pod)
            for pod in self.pods.of(metadata["uid"])
            if pod["metadata"]["labels"]["pod-template-hash"] == digest
        ]
        ready = sum(map(is_ready, new))
        if ready >= wanted:
            for pod in old:
                self.pods.delete(pod)
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
        if refused:
            why = {"reason": "FailedCreate", "message": refused}
            conditions.append({"type": "ReplicaFailure", "status": "True", **why})
        if kind == "Deployment":
            status["conditions"] = conditions
        self.pods.set_status(item, status)

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
        pods = self.pods.of(metadata["uid"])
        for index in range(sum(_made_from(pod) == digest for pod in pods), wanted):
            name = f"{metadata['name']}-{digest}-{index}"
            self.pods.create(owner, name, template, **{"pod-template-hash": digest})
        pods = [self.pods.run(pod) for pod in self.pods.of(metadata["uid"])]
        new = [pod for pod in pods if _made_from(pod) == digest]
        old = [pod for pod in pods if pod not in new]
        broken = is_broken(template["spec"])
        ready = sum(map(is_ready, new))
        phase, message = ("Degraded", "RolloutAborted: Rollout aborted") if broken and old else ("Progressing", "")
        if phase == "Degraded":
            for pod in new:
                self.pods.delete(pod)
        elif ready >= wanted:
            phase = "Healthy"
            for pod in old:
                self.pods.delete(pod)
            if deployment["spec"].get("replicas") and spec["workloadRef"].get("scaleDown") != "never":
                scaled = {**deployment, "spec": {**deployment["spec"], "replicas": 0}}
                kind, name = self.resources["Deployment"], deployment["metadata"]["name"]
                self.pods.quietly(lambda: self.store.update(kind, metadata["namespace"], name, scaled))
        status = {
            "observedGeneration": str(metadata["generation"]),
            "workloadObservedGeneration": str(deployment["metadata"]["generation"]),
            "phase": phase,
            "message": message,
            "updatedReplicas": len(new),
            "readyReplicas": ready + sum(map(is_ready, old)),
        }
        self.pods.set_status(item, status)

    def _claims(self, item: Json, index: int) -> bool:
        """Create the claims of one pod of a StatefulSet, which stay when it goes."""
        name = item["metadata"]["name"]
        claims = [
            {**one, "metadata": {**one["metadata"], "name": f"{one['metadata']['name']}-{name}-{index}"}}
            for one in item["spec"].get("volumeClaimTemplates") or ()
        ]
        made = [self.pods.claimed(item, claim, f"create Claim {claim['metadata']['name']}") for claim in claims]
        return all(made)

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
            self.pods.quietly(lambda: self.store.create(kind, metadata["namespace"], slice_))

    def _collect(self) -> None:
        """Delete what belongs to owners that are gone."""
        with self.store.changed:
            items = list(self.store.objects.values())
            uids = {item["metadata"]["uid"] for item in items}
            names = {
                (item["metadata"].get("namespace"), item["metadata"]["name"])
                for item in items
                if item["kind"] == "Service"
            }
            left = [
                item
                for item in items
                if (owners := item["metadata"].get("ownerReferences")) and not any(one["uid"] in uids for one in owners)
            ]
        for item in left:
            self.pods.delete(item)
        for item in self.store.list(self.resources["EndpointSlice"]):
            metadata = item["metadata"]
            if (metadata["namespace"], metadata["labels"]["kubernetes.io/service-name"]) not in names:
                self.pods.delete(item)

    def _unprotect(self, claim: Json) -> None:
        """Let a claim go that is being deleted and that no pod uses."""
        metadata = claim["metadata"]
        if "deletionTimestamp" in metadata and PROTECTION in metadata.get("finalizers", ()):
            pods = self.store.list(self.resources["Pod"], metadata["namespace"])
            if not any(metadata["name"] in claims_of(pod) for pod in pods):
                metadata["finalizers"].remove(PROTECTION)
                kind = self.resources["PersistentVolumeClaim"]
                self.pods.quietly(lambda: self.store.update(kind, metadata["namespace"], metadata["name"], claim))


def claims_of(pod: Json) -> set[str]:
    """Return the claims that a pod uses."""
    volumes = pod["spec"].get("volumes") or ()
    named = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    return named | {name for name, _ in own_claims(pod)}


def _made_from(pod: Json) -> str:
    return str(pod["metadata"]["labels"]["pod-template-hash"])
