"""Create Kubernetes objects from another format, and record the origin of each property."""

from typing import Any

from quantacirc_cdk.importing.source import TEMPLATES, Data, Item, Source
from quantacirc_cdk.model.document import Node, Place


class Made:
    """A workload and its Service."""

    def __init__(self, node: Node, title: str, name: str, kind: str = "Deployment") -> None:
        self.node = node
        labels = {"app": name}
        self.container: Data = {"name": name}
        self.pod: Data = {"containers": [self.container], "enableServiceLinks": False}
        whole: Data = {"metadata": {"labels": labels}, "spec": self.pod}
        self.template: Place = TEMPLATES[kind]
        for step in reversed(self.template[1:]):
            whole = {str(step): whole}
        if kind == "CronJob":
            self.pod["restartPolicy"] = "Never"
        else:
            whole["selector"] = {"matchLabels": labels}
        version = "batch/v1" if kind == "CronJob" else "apps/v1"
        data: Data = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": whole}
        self.deployment = Item(data, node, title)
        service: Data = {"selector": labels, "ports": []}
        self.service = Item(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service}, node, title
        )

    def items(self) -> list[Item]:
        """Return the objects."""
        served = self.service.data["spec"]["ports"] and self.deployment.kind != "CronJob"
        return [self.deployment, *([self.service] if served else [])]

    def container_at(self, number: int) -> Data:
        """Return a container."""
        found: Data = self.pod["containers"][number]
        return found

    def add_container(self, name: str) -> int:
        """Add a container to the pod; return its number."""
        self.pod["containers"].append({"name": name})
        return len(self.pod["containers"]) - 1

    def put(self, target: Place, value: Any, origin: Place) -> None:
        """Set a property of the workload with its ``origin`` in the source."""
        holder: Any = self.deployment.data
        for step in target[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        holder[target[-1]] = value
        self.deployment.origins[target] = origin

    def in_pod(self, target: Place, value: Any, origin: Place) -> None:
        """Set a property of the pod."""
        self.put((*self.template, "spec", *target), value, origin)

    def annotate(self, key: str, text: str, origin: Place) -> None:
        """Set an annotation of the pod."""
        self.put((*self.template, "metadata", "annotations", key), text, origin)

    def in_container(self, target: Place, value: Any, origin: Place, *, number: int = 0) -> None:
        """Set a property of a container, by default the first."""
        self.in_pod(("containers", number, *target), value, origin)

    def append(self, target: Place, value: Any, origin: Place, *, number: int = 0) -> None:
        """Add an item to a list of a container."""
        holder: Any = self.container_at(number)
        for step in target:
            holder = holder.setdefault(step, [])
        holder.append(value)
        self.deployment.origins[(*self.template, "spec", "containers", number, *target, len(holder) - 1)] = origin

    def port(self, port: int, protocol: str, origin: Place, *, number: int = 0, stated: bool = True) -> None:
        """Add a port to a container, and to the Service with the same number.

        A port that is not ``stated`` in the source is not one of its properties.
        """
        known = [one for each in self.pod["containers"] for one in each.get("ports", [])]
        if any((one["containerPort"], one["protocol"]) == (port, protocol) for one in known):
            return
        entry = {"containerPort": port, "protocol": protocol}
        if stated:
            self.append(("ports",), entry, origin, number=number)
        else:
            self.container_at(number).setdefault("ports", []).append(entry)
        ports = self.service.data["spec"]["ports"]
        udp = "" if protocol == "TCP" else f"-{protocol.lower()}"
        ports.append({"name": f"port-{port}{udp}"[:15], "port": port, "protocol": protocol, "targetPort": port})
        if stated:
            self.service.origins[("spec", "ports", len(ports) - 1, "port")] = origin

    def volume(
        self,
        name: str,
        source: Data,
        path: str,
        origin: Place,
        *,
        read_only: bool = False,
        number: int = 0,
        sub_path: str | None = None,
    ) -> None:
        """Add a volume and its mount."""
        volumes = self.pod.setdefault("volumes", [])
        if all(one["name"] != name for one in volumes):
            volumes.append({"name": name, **source})
        mount: Data = {"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})}
        mount |= {"subPath": sub_path} if sub_path else {}
        self.append(("volumeMounts",), mount, origin, number=number)

    def claim(self, source: Source, name: str) -> None:
        """Add a claim that all workloads of the source share, once."""
        if any(item.key == ("PersistentVolumeClaim", name) for item in source.items):
            return
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        metadata = {"name": name}
        data = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
        source.items.append(Item(data, self.node, self.deployment.title))


def note_claims(source: Source) -> None:
    """Report the claims whose sizes the source does not have."""
    names = sorted(item.name for item in source.of("PersistentVolumeClaim"))
    if names:
        source.notes.append(f"These volumes are claims of 1Gi: {', '.join(names)}. Set their sizes in apps/objects/.")
