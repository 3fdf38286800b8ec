"""What the rendered policies allow is exactly what apps/system.yaml declares, in both directions."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

import pytest

from kubernetes_support.manifests import ENVIRONMENTS, Object
from quantacirc_cdk.kubernetes.reachability import Connection, Endpoint, connections, pods
from quantacirc_cdk.model import Environment, Project, System, load_project
from support.tools import ROOT

JOBS = ("create-secrets", "bus-streams")


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def outside(name: str, namespace: str, labels: dict[str, str] | None = None, port: int = 8080) -> Endpoint:
    """Return a pod of another namespace that listens on a port."""
    protocol = "UDP" if port == 53 else "TCP"
    found = {"kubernetes.io/metadata.name": namespace}
    return Endpoint(
        name=name, namespace=namespace, labels=labels or {}, namespace_labels=found, ports=(("", port, protocol),)
    )


def address(name: str, ip: str, *ports: int) -> Endpoint:
    return Endpoint(name=name, ip=ip, ports=tuple(("", port, "TCP") for port in ports))


def surroundings(environment: Environment) -> list[Endpoint]:
    """Return what is around the namespace: some of it may be reached, some may not."""
    cluster = environment.cluster
    found = [
        outside("dns", "kube-system", {"k8s-app": "kube-dns"}, 53),
        outside("other system pod", "kube-system", {"k8s-app": "metrics-server"}, 53),
        outside("prometheus", cluster.monitoring_namespace),
        outside("keda", cluster.keda_namespace),
        outside("ingress controller", cluster.ingress_namespace),
        outside("stranger", "somebody-else"),
        address("internet", "203.0.113.7", 22, 443, 5432, 6443),
        address("metadata service", "169.254.169.254", 80),
        address("eks identity agent", "169.254.170.23", 80),
        address("another network", "192.168.7.7", 443, 5432, 6443),
    ]
    if environment.network:
        inside = str(ipaddress.IPv4Network(environment.network.cidr)[7])
        found.append(address("network", inside, 22, 443, 5432, 6443))
    return found


def declared(system: System, environment: Environment, endpoints: Sequence[Endpoint]) -> Iterator[Connection]:
    """Yield the connections that the model declares, worked out from the model alone."""
    bus = system.only("bus")
    local = environment.target == "local"
    present = {endpoint.name for endpoint in endpoints}
    http, metrics = system.container.http_port, system.container.metrics_port
    for name, component in system.components.items():
        if name not in present:
            continue
        if component.publishes or component.consumes:
            assert bus is not None
            yield Connection(source=name, target=bus, port=4222)
        if component.kind in ("agent", "service", "monitor"):
            yield Connection(source="prometheus", target=name, port=metrics)
        if component.exposed:
            yield Connection(source="ingress controller", target=name, port=http)
        for target in component.reaches:
            if target in system.externals:
                yield Connection(source=name, target="internet", port=443)
                continue
            match system.components[target].kind:
                case "service" | "agent":
                    yield Connection(source=name, target=target, port=http)
                case "monitor":
                    yield Connection(source=name, target=target, port=http)
                    yield Connection(source=name, target=target, port=metrics)
                case "database" if local:
                    yield Connection(source=name, target=target, port=5432)
                case "database":
                    yield Connection(source=name, target="network", port=5432)
                case "object-store" if local:
                    yield Connection(source=name, target=target, port=8333)
                case "object-store":
                    yield Connection(source=name, target="network", port=443)
                    yield Connection(source=name, target="internet", port=443)
                    yield Connection(source=name, target="eks identity agent", port=80)
    assert bus is not None
    yield Connection(source="prometheus", target=bus, port=7777)
    yield Connection(source="bus-streams", target=bus, port=4222)
    if environment.cluster.addons.keda:
        yield Connection(source="keda", target=bus, port=8222)
    if environment.high_availability:
        yield Connection(source=bus, target=bus, port=6222)
    for port in (443, 6443):
        for target in ("internet", "another network", "metadata service") if local else ("network",):
            if target != "metadata service":
                yield Connection(source="create-secrets", target=target, port=port)
    for name in {*system.components, *JOBS} & present:
        yield Connection(source=name, target="dns", port=53, protocol="UDP")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_reachability_matrix_is_the_declared_graph(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    environment = project.environments[name]
    inside = pods(rendered[name])
    # Pods have addresses of the cluster's range, or with some network plug-ins of the network's.
    inside_ip = str(ipaddress.IPv4Network(environment.network.cidr)[9]) if environment.network else "10.244.0.9"
    endpoints = [Endpoint(**{**vars(pod), "ip": inside_ip, "name": _component(pod.name)}) for pod in inside]
    ours = {endpoint.name for endpoint in endpoints}
    endpoints += surroundings(environment)
    found = {c for c in connections(rendered[name], endpoints) if {c.source, c.target} & ours}
    expected = set(declared(project.system, environment, endpoints))
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []
    assert len(expected) > 60


def test_a_missing_policy_would_be_seen(rendered: Mapping[str, Sequence[Object]], project: Project) -> None:
    objects = [item for item in rendered["prod"] if item["metadata"]["name"] != "default-deny"]
    objects = [i for i in objects if (i["kind"], i["metadata"]["name"]) != ("NetworkPolicy", "orchestrator")]
    endpoints = [*pods(objects), *surroundings(project.environments["prod"])]
    assert Connection(source="stranger", target="orchestrator", port=8080) in connections(objects, endpoints)


def _component(name: str) -> str:
    """Return a Job's name without the hash of its content; what restores a backup has the pods of what makes it."""
    return next((job for job in JOBS if name.startswith(f"{job}-")), name.removesuffix("-restore"))
