"""Create Kubernetes objects from another format, and record the origin of each property."""

from typing import Any

from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.model.document import Node, Place

_POD: Place = ("spec", "template", "spec")
_CONTAINER: Place = (*_POD, "containers", 0)


class Made:
    """A Deployment and its Service."""

    def __init__(self, node: Node, title: str, name: str) -> None:
        self.node = node
        labels = {"app": name}
        self.container: Data = {"name": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [self.container]}}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        data: Data = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        self.deployment = Item(data, node, title)
        service: Data = {"selector": labels, "ports": []}
        self.service = Item(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service}, node, title
        )

    def items(self) -> list[Item]:
        """Return the objects."""
        return [self.deployment, *([self.service] if self.service.data["spec"]["ports"] else [])]

    def put(self, target: Place, value: Any, origin: Place) -> None:
        """Set a property of the Deployment with its ``origin`` in the source."""
        holder: Any = self.deployment.data
        for step in target[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        holder[target[-1]] = value
        self.deployment.origins[target] = origin

    def in_pod(self, target: Place, value: Any, origin: Place) -> None:
        """Set a property of the pod."""
        self.put((*_POD, *target), value, origin)

    def in_container(self, target: Place, value: Any, origin: Place, *, number: int = 0) -> None:
        """Set a property of a container, by default the first."""
        self.put((*_POD, "containers", number, *target), value, origin)

    def append(self, target: Place, value: Any, origin: Place, *, number: int = 0) -> None:
        """Add an item to a list of a container."""
        holder: Any = self.deployment.data["spec"]["template"]["spec"]["containers"][number]
        for step in target:
            holder = holder.setdefault(step, [])
        holder.append(value)
        self.deployment.origins[(*_POD, "containers", number, *target, len(holder) - 1)] = origin

    def port(self, number: int, protocol: str, origin: Place) -> None:
        """Add a port to the first container, and to the Service with the same number."""
        known = self.container.setdefault("ports", [])
        if any((one["containerPort"], one["protocol"]) == (number, protocol) for one in known):
            return
        self.append(("ports",), {"containerPort": number, "protocol": protocol}, origin)
        ports = self.service.data["spec"]["ports"]
        ports.append({"name": f"port-{number}", "port": number, "protocol": protocol, "targetPort": number})
        self.service.origins[("spec", "ports", len(ports) - 1, "port")] = origin

    def volume(
        self, name: str, source: Data, path: str, origin: Place, *, read_only: bool = False, number: int = 0
    ) -> None:
        """Add a volume and its mount."""
        volumes = self.deployment.data["spec"]["template"]["spec"].setdefault("volumes", [])
        if all(one["name"] != name for one in volumes):
            volumes.append({"name": name, **source})
        mount = {"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})}
        self.append(("volumeMounts",), mount, origin, number=number)

    def claim(self, source: Source, name: str, size: str = "1Gi") -> None:
        """Add a claim that all workloads of the source share, once."""
        if any(item.key == ("PersistentVolumeClaim", name) for item in source.items):
            return
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        metadata = {"name": name}
        data = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
        source.items.append(Item(data, self.node, self.deployment.title))
        source.notes.append(f"The volume {name} is a claim of {size}: set its size in apps/objects/.")
