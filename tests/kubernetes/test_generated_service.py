"""A short specification gives everything, and a thousand of them take a thousand times as long as one."""

from dataclasses import replace

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import Addresses, Entrance, GeneratedService, GeneratedServiceProps, Pods, Port, Reach
from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from quantacirc_cdk.kubernetes.generated_service import generated_policy
from quantacirc_cdk.kubernetes.reachability import Connection, Endpoint, connections, pods
from support.kubernetes.crossings import counted
from support.kubernetes.custom_resources import errors as custom_errors
from support.kubernetes.manifests import Object, find, synthesize
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors

FULL = GeneratedServiceProps(
    name="shop",
    image="registry.example/shop:1.0.0",
    port=3000,
    host="shop.example",
    health_path="/health",
    metrics_port=9090,
    callers=[Pods(labels={"app.kubernetes.io/name": "till"})],
    reaches=[Reach(peer=Addresses(cidr="0.0.0.0/0", public_only=True), ports=(Port(name="https", port=443),))],
    environment={"CURRENCY": "EUR"},
)
INSIDE = {
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
}
OBJECTS = len(INSIDE) + 5
"""Kubernetes objects of the full service: besides these the Ingress, and the Service that closed paths lead to."""


def render(props: GeneratedServiceProps) -> list[Object]:
    return synthesize(lambda scope: GeneratedService(scope, "shop", props))


def test_five_words_give_all_objects_of_a_service() -> None:
    objects = render(GeneratedServiceProps(name="shop", image="registry.example/shop:1.0.0", port=3000))
    assert {item["kind"] for item in objects} == INSIDE - {"ConfigMap", "ServiceMonitor"}
    assert [error for item in objects for version in (OLDEST, NEWEST) for error in errors(item, version)] == []


def test_a_host_leads_in_with_a_certificate_and_closes_the_health_path() -> None:
    objects = render(FULL)
    assert len(objects) == OBJECTS
    route = find(objects, "HTTPRoute", "shop")["spec"]
    led = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0]["name"] for rule in route["rules"]}
    assert (route["hostnames"], led) == (["shop.example"], {"/": "shop", "/health": "shop-closed"})
    assert find(objects, "Certificate", "shop-ingress-tls")["spec"]["issuerRef"]["name"] == "letsencrypt"
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert [error for item in core for version in (OLDEST, NEWEST) for error in errors(item, version)] == []


@pytest.mark.slow
def test_a_gateway_takes_the_place_of_the_ingress() -> None:
    objects = render(replace(FULL, entrance=Entrance(gateway="public", namespace="gateways")))
    kinds = [item["kind"] for item in objects]
    assert "Ingress" not in kinds
    assert {"HTTPRoute", "Certificate", "ReferenceGrant"} <= set(kinds)
    assert custom_errors([item for item in objects if item["apiVersion"] not in CORE]) == []


def test_an_ingress_of_any_class_takes_the_place_of_the_gateway() -> None:
    objects = render(replace(FULL, entrance=Entrance(ingress_class="haproxy", namespace="haproxy-controller")))
    ingress = find(objects, "Ingress", "shop")
    assert ingress["spec"]["ingressClassName"] == "haproxy"
    assert ingress["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}
    assert not [item for item in objects if "gateway" in item["apiVersion"]]


def test_its_pods_reach_and_are_reached_by_what_is_declared_and_nothing_else() -> None:
    objects = [{**item, "metadata": {**item["metadata"], "namespace": "mall"}} for item in render(FULL)]
    (shop,) = pods(objects)

    def pod(name: str, namespace: str, labels: dict[str, str], port: int, protocol: str = "TCP") -> Endpoint:
        found = {"kubernetes.io/metadata.name": namespace}
        ports = (("", port, protocol),)
        return Endpoint(name=name, namespace=namespace, labels=labels, namespace_labels=found, ports=ports)

    around = [
        pod("till", "mall", {"app.kubernetes.io/name": "till"}, 3000),
        pod("another", "mall", {"app.kubernetes.io/name": "another"}, 3000),
        pod("controller", "envoy-gateway-system", {}, 3000),
        pod("prometheus", "monitoring", {}, 9090),
        pod("dns", "kube-system", {"k8s-app": "kube-dns"}, 53, "UDP"),
        Endpoint(name="internet", ip="203.0.113.7", ports=(("", 443, "TCP"), ("", 80, "TCP"))),
        Endpoint(name="metadata", ip="169.254.169.254", ports=(("", 443, "TCP"),)),
    ]
    assert {one for one in connections(objects, [shop, *around]) if "shop" in (one.source, one.target)} == {
        Connection(source="controller", target="shop", port=3000),
        Connection(source="prometheus", target="shop", port=9090),
        Connection(source="till", target="shop", port=3000),
        Connection(source="shop", target="dns", port=53, protocol="UDP"),
        Connection(source="shop", target="internet", port=443),
    }
    alone = generated_policy(replace(FULL, host=None, callers=(), metrics_port=None, reaches=()))
    assert alone.incoming == []


def test_an_unknown_size_names_the_nearest() -> None:
    props = GeneratedServiceProps(name="shop", image="shop:1", size="larg")  # type: ignore[arg-type]
    with pytest.raises(PropsError, match='test/shop: size "larg", expected "large"'):
        synthesize(lambda scope: GeneratedService(scope, "shop", props))


def test_a_name_is_as_long_as_its_objects_allow() -> None:
    longest = "s" * 63
    objects = synthesize(lambda scope: GeneratedService(scope, "x", replace(FULL, name=longest, health_path="/")))
    assert find(objects, "HTTPRoute", f"{longest}-redirect")
    assert [error for item in objects if item["apiVersion"] in CORE for error in errors(item, NEWEST)] == []
    said = 'test/x: name "s{57}" of 57 characters, expected at most 56 characters with closed paths'
    with pytest.raises(PropsError, match=said):
        synthesize(lambda scope: GeneratedService(scope, "x", replace(FULL, name="s" * 57)))
    assert find(
        synthesize(lambda scope: GeneratedService(scope, "x", replace(FULL, name="s" * 56))), "Service", "s" * 56
    )


def test_a_problem_of_its_route_names_the_field_of_the_specification() -> None:
    with pytest.raises(PropsError, match=r"test/x: entrance.shared_certificate true, expected false with an issuer"):
        synthesize(
            lambda scope: GeneratedService(scope, "x", replace(FULL, entrance=Entrance(shared_certificate=True)))
        )


def test_a_wildcard_host_takes_its_certificate_from_an_issuer_that_can_issue_it() -> None:
    wild = replace(FULL, host="*.shop.example")
    said = r"^test/x: entrance\.wildcard_issuer none for a certificate of \*\.shop\.example, which HTTP-01 cannot issue"
    with pytest.raises(PropsError, match=said):
        synthesize(lambda scope: GeneratedService(scope, "x", wild))
    issued = replace(wild, entrance=Entrance(wildcard_issuer="letsencrypt-dns"))
    (certificate,) = [item for item in render(issued) if item["kind"] == "Certificate"]
    assert certificate["spec"]["issuerRef"]["name"] == "letsencrypt-dns"
    shared = replace(wild, entrance=Entrance(issuer=None, shared_certificate=True))
    assert "Certificate" not in {item["kind"] for item in render(shared)}


@pytest.mark.parametrize("entrance", [Entrance(), Entrance(ingress_class="nginx", namespace="ingress-nginx")])
def test_two_services_at_one_host_are_refused_with_both_paths(entrance: Entrance) -> None:
    one = replace(FULL, entrance=entrance)

    def declare(scope: Construct, host: str) -> None:
        GeneratedService(scope, "one", one)
        GeneratedService(scope, "other", replace(one, name="till", host=host))

    assert synthesize(lambda scope: declare(scope, "till.example"))
    with pytest.raises(PropsError, match=r"^test/other/\w+: shop\.example/, at which test/one/\w+ answers"):
        synthesize(lambda scope: declare(scope, "shop.example"))


def test_charts_for_two_clusters_may_have_the_same_hosts() -> None:
    app = cdk8s.Testing.app()
    for name in ("north", "south"):
        GeneratedService(cdk8s.Chart(app, name), "x", replace(FULL, name=f"shop-{name}"))


def crossings(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the calls into jsii that this many services cost, synthesis included."""
    with counted(monkeypatch) as calls:
        chart = cdk8s.Testing.chart()
        for index in range(count):
            GeneratedService(
                Construct(chart, f"{index}"), "x", replace(FULL, name=f"s{index}", host=f"s{index}.example")
            )
        assert len(cdk8s.Testing.synth(chart)) == OBJECTS * count
    return len(calls)


@pytest.mark.slow
def test_the_work_grows_with_the_number_of_services_and_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are what synthesis spends its time on; ``benchmarks/services.py`` measures the time itself."""
    one, few, many = (crossings(count, monkeypatch) for count in (1, 11, 111))
    marginal = (few - one) // 10
    assert 0 < marginal <= 2 * OBJECTS  # and the construct around them
    assert many - few == 100 * marginal
