"""What the rendered policies allow is exactly what the model declares, in both directions."""

import ipaddress
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from quantacirc_cdk.kinds.postgresql.spec import Postgresql
from quantacirc_cdk.kubernetes.network_policy import acme_solvers, default_deny, network_policy_spec
from quantacirc_cdk.kubernetes.reachability import Connection, Endpoint, connections, enters, leaves, pods
from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.model import Environment, Project, System, load_project
from quantacirc_cdk.model.component import Program, Scaling, Serving
from support.kubernetes.manifests import ENVIRONMENTS, Object, of_kind
from support.kubernetes.synthesis import render
from support.tools import ROOT
from support.unseen import unseen_project

JOBS = ("create-secrets", "bus-streams", "ledger-roles")


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
        # What scrapes and what keeps traces are in one namespace here, which is all that a policy sees of them.
        replace(outside("prometheus", cluster.monitoring_namespace), ports=(("", 8080, "TCP"), ("", 4317, "TCP"))),
        outside("keda", cluster.keda_namespace),
        outside("ingress controller", cluster.entrance_namespace),
        outside("stranger", "somebody-else"),
        address("internet", "203.0.113.7", 22, 443, 5432, 6443),
        address("metadata service", "169.254.169.254", 80),
        address("eks identity agent", "169.254.170.23", 80),
        address("another network", "192.168.7.7", 443, 5432, 6443),
    ]
    if environment.network:
        inside = str(ipaddress.IPv4Network(environment.network.cidr)[7])
        found.append(address("network", inside, 22, 443, 5432, 6443))
        services = ipaddress.IPv4Network(environment.network.service_cidr)
        found += [address("api service", str(services[1]), 443), address("another service", str(services[2]), 443)]
    return found


def declared(system: System, environment: Environment, endpoints: Sequence[Endpoint]) -> Iterator[Connection]:
    """Yield the connections that the model declares, worked out from the model alone."""
    bus = next((name for name, part in system.components.items() if part.kind == "nats"), None)
    local = environment.target == "local"
    present = {endpoint.name for endpoint in endpoints}
    http, metrics = system.container.http_port, system.container.metrics_port
    for name, component in system.components.items():
        if name not in present:
            continue
        if isinstance(component, Program) and (component.publishes or component.consumes):
            assert bus is not None
            yield Connection(source=name, target=bus, port=4222)
        if component.kind in ("worker", "service", "monitor"):
            yield Connection(source="prometheus", target=name, port=metrics)
        if isinstance(component, Serving) and component.exposed:
            yield Connection(source="ingress controller", target=name, port=http)
        for target in component.reaches:
            if target in system.externals:
                yield Connection(source=name, target="internet", port=443)
                continue
            match system.components[target].kind:
                case "service" | "worker":
                    yield Connection(source=name, target=target, port=http)
                    for extra in system.components[target].ports:
                        yield Connection(source=name, target=target, port=extra.port)
                case "monitor":
                    yield Connection(source=name, target=target, port=http)
                    yield Connection(source=name, target=target, port=metrics)
                case "postgresql" if local:
                    yield Connection(source=name, target=target, port=5432)
                case "postgresql":
                    yield Connection(source=name, target="network", port=5432)
                case "nats":
                    yield Connection(source=name, target=target, port=4222)
                case "object-store" if local:
                    yield Connection(source=name, target=target, port=8333)
                case "object-store":
                    yield Connection(source=name, target="network", port=443)
                    yield Connection(source=name, target="internet", port=443)
                    yield Connection(source=name, target="eks identity agent", port=80)
    assert bus is not None
    if system.components[bus].exporter:
        yield Connection(source="prometheus", target=bus, port=7777)
    if system.toolbox:
        yield Connection(source="bus-streams", target=bus, port=4222)
    for name, component in system.having(Postgresql).items():
        if component.roles:
            yield Connection(source=f"{name}-roles", target=name if local else "network", port=5432)
    if environment.cluster.addons.tracing:
        yield Connection(source="otel-collector", target="prometheus", port=4317)
        yield Connection(source="prometheus", target="otel-collector", port=8888)
        for name, component in system.components.items():
            if component.kind in ("worker", "service", "monitor"):
                yield Connection(source=name, target="otel-collector", port=4317)
    if environment.cluster.addons.keda and any(part.autoscaling.backlog for part in system.having(Scaling).values()):
        yield Connection(source="keda", target=bus, port=8222)
    if environment.high_availability:
        yield Connection(source=bus, target=bus, port=6222)
    callers = [name for name, component in system.having(Program).items() if component.api_access]
    for port in (443, 6443):
        for target in ("internet", "another network") if local else ("network",):
            for caller in [*(["create-secrets"] if system.toolbox else []), *callers]:
                yield Connection(source=caller, target=target, port=port)
                if port == 443 and environment.target == "aws":
                    # The plugin of EKS filters packets that still have the address of the Service.
                    yield Connection(source=caller, target="api service", port=port)
    for name in {*system.components, *JOBS, "otel-collector"} & present:
        yield Connection(source=name, target="dns", port=53, protocol="UDP")


def endpoints_of(environment: Environment, objects: Sequence[Object]) -> tuple[list[Endpoint], set[str]]:
    """Return all endpoints, and the names of those in the namespace."""
    # Pods have addresses of the cluster's range, or with some network plug-ins of the network's.
    inside_ip = str(ipaddress.IPv4Network(environment.network.cidr)[9]) if environment.network else "10.244.0.9"
    inside = [Endpoint(**{**vars(pod), "ip": inside_ip, "name": _component(pod.name)}) for pod in pods(objects)]
    return [*inside, *surroundings(environment)], {endpoint.name for endpoint in inside}


def matrix_is_declared(system: System, environment: Environment, objects: Sequence[Object]) -> int:
    """Assert that what can connect is what is declared; return how much that is."""
    endpoints, ours = endpoints_of(environment, objects)
    found = {c for c in connections(objects, endpoints) if {c.source, c.target} & ours}
    expected = set(declared(system, environment, endpoints))
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []
    return len(expected)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_reachability_matrix_is_the_declared_graph(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    assert matrix_is_declared(project.system, project.environments[name], rendered[name]) > 60


@pytest.mark.integration
def test_so_is_that_of_another_system(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project")
    model = load_project(made.root)
    for name, objects in render(made.root, tmp_path / "out").items():
        assert matrix_is_declared(model.system, model.environments[name], objects) > 60


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_end_alone_allows_exactly_the_declared_connections(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    """Neither the policy of the source nor that of the target relies on the other to refuse."""
    policies = of_kind(rendered[name], "NetworkPolicy")
    endpoints, ours = endpoints_of(project.environments[name], rendered[name])
    expected = set(declared(project.system, project.environments[name], endpoints))
    within = [endpoint for endpoint in endpoints if endpoint.name in ours]
    for direction in (leaves, enters):
        found = {
            Connection(source=source.name, target=target.name, port=port, protocol=protocol)
            for source in within
            for target in within
            for _, port, protocol in target.ports
            if direction(policies, source, target, port, protocol)
        }
        assert found == {one for one in expected if {one.source, one.target} <= ours}, direction.__name__


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_matrix_of_the_report_says_the_same(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    environment = project.environments[name]
    matrix = reachability_matrix(environment, rendered[name])
    assert json.loads(json.dumps(matrix)) == matrix
    opened = {(one["source"], one["target"]): one["ports"] for one in matrix["open"]}
    endpoints, ours = endpoints_of(environment, rendered[name])
    inside = set(declared(project.system, environment, endpoints))
    pairs = {(one.source, one.target) for one in inside if {one.source, one.target} <= ours}
    within = {pair for pair in opened if {*pair} <= set(matrix["endpoints"]["inside"])}
    assert {(_component(source), _component(target)) for source, target in within} == pairs
    assert opened["ingress controller", "orchestrator"] == ["8080/TCP"]
    assert opened["orchestrator", "cluster DNS"] == ["53/TCP", "53/UDP"]
    assert not [pair for pair in opened if "any other namespace" in pair or "metadata service" in pair]
    assert matrix["denied"] == matrix["pairs"] - len(opened) > 4 * len(opened)


NODE_LOCAL = outside("node-local", "kube-system", {"k8s-app": "node-local-dns"}, 53)
CLOUD_DNS = Endpoint(name="cloud dns", ip="169.254.169.254", ports=(("", 53, "UDP"), ("", 80, "TCP")))


@pytest.mark.parametrize(
    ("target", "answering"),
    [("aws", set()), ("azure", set()), ("gcp", {"node-local", "cloud dns"}), ("local", {"node-local", "cloud dns"})],
)
def test_pods_ask_the_name_servers_that_their_cluster_has(target: str, answering: set[str]) -> None:
    policy = network_policy_spec(default_deny({}, target))
    item = {"kind": "NetworkPolicy", "metadata": {"name": "default-deny", "namespace": "shop"}, "spec": policy}
    pod = outside("web", "shop")
    servers = [outside("kube-dns", "kube-system", {"k8s-app": "kube-dns"}, 53), NODE_LOCAL, CLOUD_DNS]
    cached = Endpoint(name="cache", ip="169.254.20.10", ports=(("", 53, "UDP"),))
    found = {(one.target, one.port) for one in connections([item], [pod, *servers, cached]) if one.source == "web"}
    assert found == {(name, 53) for name in {"kube-dns", "cache", *answering}}


def test_a_solver_of_http01_answers_the_entrance_and_nobody_else() -> None:
    item = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "acme-http01", "namespace": "shop"},
        "spec": network_policy_spec(acme_solvers({}, "ingress-nginx")),
    }
    denied = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": "shop"},
        "spec": network_policy_spec(default_deny({}, "aws")),
    }
    solver = outside("solver", "shop", {"acme.cert-manager.io/http01-solver": "true"}, 8089)
    around = [outside("entrance", "ingress-nginx"), outside("stranger", "elsewhere"), outside("web", "shop")]
    found = {(one.source, one.target, one.port) for one in connections([item, denied], [solver, *around])}
    assert {one for one in found if "solver" in one} == {("entrance", "solver", 8089)}


def test_solvers_are_let_in_where_cert_manager_is(rendered: Mapping[str, Sequence[Object]]) -> None:
    having = {
        name for name, objects in rendered.items() if any(item["metadata"]["name"] == "acme-http01" for item in objects)
    }
    assert having == {name for name, objects in rendered.items() if of_kind(objects, "Certificate")} >= {"prod"}


@pytest.mark.integration
def test_externals_are_reached_by_name_where_the_cluster_has_cilium(
    project: Project, rendered: Mapping[str, Sequence[Object]], tmp_path: Path
) -> None:
    assert not of_kind(rendered["prod"], "CiliumNetworkPolicy")
    folder = tmp_path / "project" / "apps"
    shutil.copytree(ROOT / "apps" / "environments", folder / "environments")
    shutil.copy(ROOT / "apps" / "system.yaml", folder)
    dev = folder / "environments" / "dev.yaml"
    dev.write_text(dev.read_text().replace("    keda: true\n", "    keda: true\n    cilium: true\n"))
    objects = render(tmp_path / "project", tmp_path / "out", only=["dev"])["dev"]
    wanted = {name for name, part in project.system.components.items() if {*part.reaches} & {*project.system.externals}}
    found = {item["metadata"]["name"]: item["spec"] for item in of_kind(objects, "CiliumNetworkPolicy")}
    assert found.keys() == {*wanted, "create-secrets"}
    assert [one["toEntities"] for one in found["create-secrets"]["egress"]] == [["kube-apiserver"]]
    (name, *_) = sorted(wanted)
    hosts, dns = found[name]["egress"]
    assert [one["matchName"] for one in hosts["toFQDNs"]] == ["api.anthropic.com", "api.openai.com"]
    assert hosts["toPorts"] == [{"ports": [{"port": "443", "protocol": "TCP"}]}]
    assert dns["toPorts"][0]["rules"] == {"dns": [{"matchPattern": "*"}]}
    assert found[name]["endpointSelector"]["matchLabels"]["app.kubernetes.io/name"] == name


def test_a_missing_policy_would_be_seen(rendered: Mapping[str, Sequence[Object]], project: Project) -> None:
    objects = [item for item in rendered["prod"] if item["metadata"]["name"] != "default-deny"]
    objects = [i for i in objects if (i["kind"], i["metadata"]["name"]) != ("NetworkPolicy", "orchestrator")]
    endpoints = [*pods(objects), *surroundings(project.environments["prod"])]
    assert Connection(source="stranger", target="orchestrator", port=8080) in connections(objects, endpoints)


def _component(name: str) -> str:
    """Return a Job's name without the hash of its content; what restores a backup has the pods of what makes it."""
    plain = name.removesuffix("-restore").removesuffix("-drill")
    return next((job for job in JOBS if name.startswith(f"{job}-")), plain)
