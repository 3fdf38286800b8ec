"""The manifests of one environment, as far as a Compose file needs them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from quantacirc_cdk.compose.outside import Key, keys_in, named
from quantacirc_cdk.manifests import Data, is_added

NAME = "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """An object that creates pods."""

    name: str
    """Name of the component or task; without the hash in a Job's name."""
    kind: str
    pod: Data
    """The pod's specification."""
    annotations: Mapping[str, str]
    """Annotations of the pod."""
    labels: Mapping[str, str]
    """Labels of the pod."""
    namespace: str
    claims: Sequence[str] = ()
    """Names of the volumes that every pod has separately."""
    added: bool = False
    """Whether a project adds it in Python."""
    replicas: int = 1
    """Number of pods."""
    retries: int = 0
    """Number of failures after which a job fails."""


@dataclass(frozen=True, kw_only=True)
class Manifests:
    """The objects of an environment."""

    objects: Sequence[Data]

    def of_kind(self, *kinds: str) -> Iterator[Data]:
        """Yield the objects of these kinds."""
        return (item for kind in kinds for item in self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[Data]]:
        found: dict[str, list[Data]] = {}
        for item in self.objects:
            found.setdefault(item["kind"], []).append(item)
        return found

    def config(self, name: str) -> dict[str, str]:
        """Return the data of a ConfigMap."""
        return self._config.get(name, {})

    @cached_property
    def _config(self) -> Mapping[str, dict[str, str]]:
        maps = reversed(self._by_kind.get("ConfigMap", ()))
        return {item["metadata"]["name"]: item.get("data") or {} for item in maps}

    def workloads(self) -> Iterator[Workload]:
        """Yield the workloads, sorted by name."""
        found = self.of_kind("CronJob", "Deployment", "Job", "StatefulSet")
        return (_workload(item) for item in sorted(found, key=lambda item: str(item["metadata"]["name"])))

    @cached_property
    def jobs(self) -> Sequence[Workload]:
        """The workloads that run once."""
        return [one for one in self.workloads() if one.kind == "Job"]

    @cached_property
    def outside(self) -> Mapping[Key, str]:
        """Variables with which the user sets values, by Secret or ConfigMap and key."""
        return named([key for one in self.workloads() for key in keys_in(one.pod)])

    @cached_property
    def namespaces(self) -> Mapping[str, str]:
        """Namespace of each Service."""
        return {
            item["metadata"]["name"]: item["metadata"].get("namespace", "default") for item in self.of_kind("Service")
        }

    def changed_ports(self) -> Iterator[tuple[str, int, int]]:
        """Yield each port of a Service that differs from the port of its pods: Service, its port, that of the pods."""
        for item in self.of_kind("Service"):
            spec, name = item["spec"], str(item["metadata"]["name"])
            chosen = set(self.selected({"matchLabels": spec.get("selector") or {}}))
            if spec.get("clusterIP") == "None" or not chosen:
                continue
            numbers = {key: port for one in chosen for key, port in self._named_ports.get(one, {}).items()}
            for port in spec.get("ports", []):
                target = port.get("targetPort", port["port"])
                target = numbers.get(target, target)
                if isinstance(target, int) and target != port["port"]:
                    yield name, port["port"], target

    def open_ports(self) -> Iterator[tuple[str, int, str]]:
        """Yield each port of a workload to which a load balancer or a node forwards: workload, number, protocol."""
        for item in self.of_kind("Service"):
            spec = item["spec"]
            if spec.get("type") in ("LoadBalancer", "NodePort"):
                for workload in self.selected({"matchLabels": spec.get("selector") or {}}):
                    numbers = self._named_ports.get(workload, {})
                    for port in spec.get("ports", []):
                        target = port.get("targetPort", port["port"])
                        target = numbers.get(target, target)
                        if isinstance(target, int):
                            yield workload, target, port.get("protocol", "TCP")
        for one in self.workloads():
            for container in (*one.pod["containers"], *one.pod.get("initContainers", [])):
                for port in container.get("ports", []):
                    if "hostPort" in port:
                        yield one.name, port["containerPort"], port.get("protocol", "TCP")

    @cached_property
    def container_ports(self) -> Mapping[tuple[str, str], int]:
        """Ports of the pods, by Service and its port as text, where they differ."""
        return {(name, str(port)): target for name, port, target in self.changed_ports()}

    @cached_property
    def _named_ports(self) -> Mapping[str, Mapping[str, int]]:
        """Numbers of the named ports of each workload."""
        return {
            workload.name: {
                port["name"]: port["containerPort"]
                for container in (*workload.pod["containers"], *workload.pod.get("initContainers", []))
                for port in container.get("ports", [])
                if "name" in port
            }
            for workload in self.workloads()
        }

    def edges(self) -> Iterator[tuple[str, str | None]]:
        """Yield the connections that the network policies allow, as source and target; None is the outside."""
        for policy in self.of_kind("NetworkPolicy"):
            sources = self.selected(policy["spec"]["podSelector"])
            for rule in policy["spec"].get("egress", []) if sources else []:
                for peer in rule.get("to", []):
                    if "ipBlock" in peer:
                        yield from ((source, None) for source in sources)
                    elif "namespaceSelector" not in peer:
                        targets = self.selected(peer.get("podSelector", {}))
                        yield from ((source, target) for source in sources for target in targets)

    def selected(self, selector: Data) -> list[str]:
        """Return the workloads whose pods a selector matches; none for a selector of all pods."""
        wanted = selector.get("matchLabels", {})
        if NAME in wanted:
            return [wanted[NAME]]
        return [name for name, labels in self._labels.items() if wanted and wanted.items() <= labels.items()]

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        """Labels of the pods of each workload."""
        return {one.name: one.labels for one in self.workloads()}


def _workload(item: Data) -> Workload:
    spec, name = item["spec"], item["metadata"]["name"]
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template = spec["template"]
    return Workload(
        name=item["metadata"].get("labels", {}).get(NAME, name) if item["kind"] == "Job" else name,
        kind=item["kind"],
        pod=template["spec"],
        annotations=template.get("metadata", {}).get("annotations", {}),
        labels=template.get("metadata", {}).get("labels", {}),
        namespace=item["metadata"].get("namespace", "default"),
        claims=[claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])],
        added=is_added(item),
        replicas=spec.get("replicas", 1),
        retries=spec.get("backoffLimit", 0),
    )
