"""What reaches an exposed component from outside: at its host, over TLS, within limits, and never a health check."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find, of_kind
from support.kubernetes.schemas import NEWEST, OLDEST, errors
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import ROOT

HEALTH = ("/livez", "/readyz", "/startupz")
GATEWAY = "  addons: { gateway_api: true, cert_manager: true }\n"
INGRESS = "  ingress_class: nginx\n  addons: { cert_manager: true }\n"


def backend(objects: Sequence[Object], host: str, path: str) -> str | None:
    """Return the Service that a request reaches, by the rules of Ingress and HTTPRoute: exact first, then longest."""
    found: list[tuple[int, str]] = []
    for item in of_kind(objects, "Ingress"):
        for rule in item["spec"]["rules"]:
            for entry in rule["http"]["paths"] if rule["host"] == host else []:
                found += _match(entry["pathType"], entry["path"], path, entry["backend"]["service"]["name"])
    for item in of_kind(objects, "HTTPRoute"):
        for rule in item["spec"]["rules"] if host in item["spec"]["hostnames"] else []:
            for match in rule.get("matches", []):
                found += _match(match["path"]["type"], match["path"]["value"], path, rule["backendRefs"][0]["name"])
    return max(found)[1] if found else None


def _match(kind: str, wanted: str, path: str, service: str) -> list[tuple[int, str]]:
    if kind == "Exact":
        return [(10_000, service)] if path == wanted else []
    below = wanted.rstrip("/") + "/"
    return [(len(wanted), service)] if path == wanted or path.startswith(below) else []


def has_pods(objects: Sequence[Object], service: str) -> bool:
    """Whether a Service leads to anything."""
    return "selector" in find(objects, "Service", service)["spec"]


@pytest.fixture
def made(project: Callable[[], Project], out: Path) -> Callable[[str, str], list[Object]]:
    """Return a maker of the objects of a small system with more in its environment and its cluster."""

    def make(more: str, cluster: str = "") -> list[Object]:
        small = project()
        text = small.environment_file("home").read_text()
        text = text.replace("  context: kind-bakery\n", f"  context: kind-bakery\n{cluster}")
        small.write_environment("home", text + more)
        (objects,) = render(small.root, out).values()
        return objects

    return make


def test_every_environment_answers_at_its_domain_and_nowhere_else(rendered: Mapping[str, Sequence[Object]]) -> None:
    hosts = {
        name: sorted({host for item in of_kind(found, "HTTPRoute") for host in item["spec"]["hostnames"]})
        for name, found in rendered.items()
    }
    assert hosts == {
        "dev": ["dev.quantacirc.example"],
        "local": ["quantacirc.localhost"],
        "prod": ["quantacirc.example"],
        "staging": ["staging.quantacirc.example"],
    }


@pytest.mark.parametrize("cluster", ["", GATEWAY, INGRESS])
def test_requests_reach_the_service_and_never_a_health_check(
    made: Callable[[str, str], list[Object]], cluster: str
) -> None:
    objects = made("", cluster)
    for path in ("/", "/orders/7", "/livez/more", "/livezz"):
        assert backend(objects, "bakery.example", path) == "shop", path
    for path in HEALTH:
        closed = backend(objects, "bakery.example", path)
        assert closed == "shop-closed"
        assert not has_pods(objects, closed)
    assert has_pods(objects, "shop")
    assert backend(objects, "elsewhere.example", "/") is None


OTHER_PORT = """\
components:
  shop:
    ports: [{ name: health, port: 9000 }]
    probes: { readiness: { http: { path: /readyz, port: health } } }
"""


@pytest.mark.parametrize("cluster", [GATEWAY, INGRESS], ids=["gateway", "ingress"])
@pytest.mark.parametrize("port", ["health", "9000"])
def test_a_probe_of_another_port_closes_nothing(
    made: Callable[[str, str], list[Object]], cluster: str, port: str
) -> None:
    objects = made(OTHER_PORT.replace("port: health }", f"port: {port} }}"), cluster)
    assert backend(objects, "bakery.example", "/readyz") == "shop"
    assert backend(objects, "bakery.example", "/livez") == "shop-closed"


def test_a_probe_that_is_switched_off_closes_nothing(made: Callable[[str, str], list[Object]]) -> None:
    objects = made("components: { shop: { probes: { startup: null } } }\n", GATEWAY)
    assert backend(objects, "bakery.example", "/startupz") == "shop"


METRICS = "components: { shop: { metrics: { port: http, path: /metrics } } }\n"


@pytest.mark.parametrize("cluster", [GATEWAY, INGRESS], ids=["gateway", "ingress"])
def test_metrics_on_the_public_port_are_not_public(made: Callable[[str, str], list[Object]], cluster: str) -> None:
    objects = made(METRICS, cluster)
    assert backend(objects, "bakery.example", "/metrics") == "shop-closed"
    assert backend(objects, "bakery.example", "/metrics/more") == "shop"


def test_metrics_of_another_port_and_paths_that_a_route_names_are_as_the_route_says(
    made: Callable[[str, str], list[Object]],
) -> None:
    assert backend(made("", GATEWAY), "bakery.example", "/metrics") == "shop"
    routes = METRICS.replace("metrics:", "routes: { all: { paths: [/, /metrics], subdomains: [all] } }, metrics:", 1)
    assert backend(made(routes, GATEWAY), "all.bakery.example", "/metrics") == "shop"


def test_in_every_environment_health_is_closed(objects: Sequence[Object]) -> None:
    assert not of_kind(objects, "Ingress")
    (host,) = find(objects, "HTTPRoute", "orchestrator")["spec"]["hostnames"]
    assert backend(objects, host, "/runs") == "orchestrator"
    for path in HEALTH:
        assert not has_pods(objects, backend(objects, host, path) or "")


def test_below_a_path_of_its_own_no_health_check_is_reachable_anyway(
    made: Callable[[str, str], list[Object]],
) -> None:
    objects = made("components: { shop: { host: food.example, path: /bread } }\n", "")
    assert backend(objects, "food.example", "/bread/1") == "shop"
    assert [backend(objects, "food.example", path) for path in ("/", "/livez", "/breadth")] == [None] * 3
    assert not [item for item in of_kind(objects, "Service") if item["metadata"]["name"] == "shop-closed"]


def test_tls_where_the_cluster_has_cert_manager(rendered: Mapping[str, Sequence[Object]]) -> None:
    for name, found in rendered.items():
        tls = name != "local"
        route = find(found, "HTTPRoute", "orchestrator")["spec"]
        assert [parent["sectionName"] for parent in route["parentRefs"]] == ["https" if tls else "http"]
        certificates = [item["spec"] for item in of_kind(found, "Certificate") if "ClusterIssuer" in str(item)]
        wanted = [(route["hostnames"], "letsencrypt", "orchestrator-ingress-tls")] if tls else []
        assert [(one["dnsNames"], one["issuerRef"]["name"], one["secretName"]) for one in certificates] == wanted


def test_tls_with_an_ingress(made: Callable[[str, str], list[Object]]) -> None:
    for cluster, tls in ((INGRESS, True), ("  ingress_class: nginx\n", False)):
        ingress = find(made("", cluster), "Ingress", "shop")
        annotations = ingress["metadata"]["annotations"]
        assert annotations["nginx.ingress.kubernetes.io/force-ssl-redirect"] == str(tls).lower()
        assert annotations.get("cert-manager.io/cluster-issuer") == ("letsencrypt" if tls else None)
        (rule,) = ingress["spec"]["rules"]
        expected = [{"hosts": [rule["host"]], "secretName": "shop-ingress-tls"}] if tls else None
        assert ingress["spec"].get("tls") == expected


def test_another_class_of_ingress_gets_no_annotations_of_nginx(made: Callable[[str, str], list[Object]]) -> None:
    cluster = "  ingress_class: traefik\n  ingress_namespace: traefik\n"
    objects = made("traffic: { requests_per_second: null, body_size: null }\n", cluster)
    ingress = find(objects, "Ingress", "shop")
    assert ingress["spec"]["ingressClassName"] == "traefik"
    assert "nginx" not in str(ingress)
    entered = [peer for rule in find(objects, "NetworkPolicy", "shop")["spec"]["ingress"] for peer in rule["from"]]
    assert {"matchLabels": {"kubernetes.io/metadata.name": "traefik"}} in [
        peer.get("namespaceSelector") for peer in entered
    ]


def test_limits_are_what_the_environment_says(made: Callable[[str, str], list[Object]]) -> None:
    traffic = "traffic: { requests_per_second: 7, body_size: 1500Ki, timeout_seconds: 9 }\n"
    annotations = find(made(traffic, INGRESS), "Ingress", "shop")["metadata"]["annotations"]
    limits = {key.rpartition("/")[2]: value for key, value in annotations.items()}
    assert (limits["limit-rps"], limits["proxy-body-size"], limits["proxy-read-timeout"]) == ("7", "2m", "9")


def test_no_limits_where_none_are_wanted(made: Callable[[str, str], list[Object]]) -> None:
    annotations = find(made("traffic: { requests_per_second: null, body_size: null }\n", INGRESS), "Ingress", "shop")
    limits = {key.rpartition("/")[2]: value for key, value in annotations["metadata"]["annotations"].items()}
    assert "limit-rps" not in limits
    assert limits["proxy-body-size"] == "0"  # which is no limit, while nothing would be 1 MiB


ROUTES = """\
components:
  shop:
    routes:
      web: { subdomains: [web] }
      large: { subdomains: [large], body_size: 64Mi }
      live: { subdomains: [live], body_size: null }
      rpc: { subdomains: [rpc], protocol: grpc }
"""


def test_by_default_no_gateway_waits_for_the_end_of_a_request(made: Callable[[str, str], list[Object]]) -> None:
    policies = {
        item["metadata"]["name"]: item["spec"].get("requestBuffer")
        for item in of_kind(made(ROUTES, GATEWAY), "BackendTrafficPolicy")
    }
    limits = {"shop": None, "shop-large": {"limit": "64Mi"}, "shop-live": None, "shop-rpc": None, "shop-web": None}
    assert policies == limits


def test_a_limit_of_the_environment_is_for_its_http_routes_without_their_own(
    made: Callable[[str, str], list[Object]],
) -> None:
    policies = {
        item["metadata"]["name"]: item["spec"].get("requestBuffer")
        for item in of_kind(made(f"{ROUTES}traffic: {{ body_size: 2Mi }}\n", GATEWAY), "BackendTrafficPolicy")
    }
    two = {"limit": "2Mi"}
    limits = {"shop": two, "shop-large": {"limit": "64Mi"}, "shop-live": None, "shop-rpc": None, "shop-web": two}
    assert policies == limits


def test_nginx_counts_bodies_by_default_and_never_those_of_grpc(made: Callable[[str, str], list[Object]]) -> None:
    sizes = {
        item["metadata"]["name"]: item["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
        for item in of_kind(made(ROUTES, INGRESS), "Ingress")
    }
    assert sizes == {"shop": "8m", "shop-large": "64m", "shop-live": "0", "shop-rpc": "0", "shop-web": "8m"}


def test_gateway_api_in_place_of_an_ingress(made: Callable[[str, str], list[Object]]) -> None:
    objects = made("traffic: { requests_per_second: 7, body_size: 2Mi }\n", GATEWAY)
    assert not of_kind(objects, "Ingress")
    route, redirect = (find(objects, "HTTPRoute", name)["spec"] for name in ("shop", "shop-redirect"))
    assert [parent["sectionName"] for parent in (*route["parentRefs"], *redirect["parentRefs"])] == ["https", "http"]
    (rule,) = redirect["rules"]
    (sent_on,) = rule["filters"]
    assert sent_on["requestRedirect"] == {"scheme": "https", "statusCode": 301}
    assert rule.keys() == {"filters"}
    policy = find(objects, "BackendTrafficPolicy", "shop")["spec"]
    assert policy["rateLimit"]["local"]["rules"] == [{"limit": {"requests": 7, "unit": "Second"}}]
    assert policy["requestBuffer"] == {"limit": "2Mi"}
    certificate = find(objects, "Certificate", "shop-ingress-tls")["spec"]
    assert certificate["dnsNames"] == ["bakery.example"]
    assert certificate["issuerRef"]["kind"] == "ClusterIssuer"
    grant = find(objects, "ReferenceGrant", "shop")["spec"]
    assert grant["to"] == [{"group": "", "kind": "Secret", "name": certificate["secretName"]}]


@pytest.mark.integration
def test_the_documented_gateway_serves_the_routes_of_every_environment(
    rendered: Mapping[str, Sequence[Object]],
) -> None:
    text = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    (block,) = [found for found in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "kind: GatewayClass" in found]
    kind, gateway, issuer = yaml.safe_load_all(block)
    assert gateway["spec"]["gatewayClassName"] == kind["metadata"]["name"]
    listeners = {one["name"]: one for one in gateway["spec"]["listeners"]}
    (solver,) = issuer["spec"]["acme"]["solvers"]
    parents = [solver["http01"]["gatewayHTTPRoute"]["parentRefs"]]
    for found in rendered.values():
        parents += [item["spec"]["parentRefs"] for item in of_kind(found, "HTTPRoute")]
        for item in of_kind(found, "ReferenceGrant"):
            (allowed,) = item["spec"]["to"]
            wanted = {"kind": "Secret", "name": allowed["name"], "namespace": item["metadata"]["namespace"]}
            assert wanted in listeners["https"]["tls"]["certificateRefs"]
            assert item["spec"]["from"][0]["namespace"] == gateway["metadata"]["namespace"]
        certificates = [item for item in of_kind(found, "Certificate") if "ClusterIssuer" in str(item)]
        assert {item["spec"]["issuerRef"]["name"] for item in certificates} <= {issuer["metadata"]["name"]}
    metadata = gateway["metadata"]
    for (parent,) in parents:
        assert (parent["name"], parent["namespace"]) == (metadata["name"], metadata["namespace"])
        assert listeners[parent["sectionName"]]["allowedRoutes"] == {"namespaces": {"from": "All"}}


def test_the_closed_service_is_valid(objects: Sequence[Object]) -> None:
    closed = find(objects, "Service", "orchestrator-closed")
    assert [error for version in (OLDEST, NEWEST) for error in errors(closed, version)] == []


@pytest.mark.parametrize(
    ("cluster", "what"),
    [
        ("  ingress_class: traefik\n  ingress_namespace: edge\n", 'of {} with the ingress class "traefik"'),
        ("  addons: { gateway_api: true }\n  gateway_policies: null\n", "of {} behind a Gateway without policies"),
    ],
)
def test_limits_that_nothing_enforces_are_refused(
    made: Callable[[str, str], list[Object]], cluster: str, what: str
) -> None:
    with pytest.raises(ModelError) as refused:
        made("traffic: { requests_per_second: 7, body_size: 3Mi }\n", cluster)
    for key, value in (("requests_per_second", "7"), ("body_size", "3Mi")):
        assert f"`traffic.{key}` {what.format(value)}" in str(refused.value)
        assert f"`traffic.{key}: null`" in str(refused.value)


def test_a_gateway_without_policies_takes_the_default_of_no_body_size(
    made: Callable[[str, str], list[Object]],
) -> None:
    found = made("traffic: { requests_per_second: null }\n", "  gateway_policies: null\n")
    assert {item["kind"] for item in found} & {"BackendTrafficPolicy", "HTTPRoute"} == {"HTTPRoute"}


def test_two_components_at_one_address_are_refused(project: Callable[[], Project]) -> None:
    small = project()
    small.replace_in_system("    reaches: [shop]\n", "    reaches: [shop]\n    exposed: true\n")
    text = small.environment_file("home").read_text()
    small.write_environment("home", text + "components: { shop: { host: a.example }, baker: { host: a.example } }\n")
    with pytest.raises(ModelError, match=r'"baker" and "shop" both answer at a\.example/'):
        load_project(small.root)


def test_several_components_answer_each_at_its_name(project: Callable[[], Project], out: Path) -> None:
    small = project()
    small.replace_in_system("    reaches: [shop]\n", "    reaches: [shop]\n    exposed: true\n")
    (objects,) = render(small.root, out).values()
    hosts = {item["metadata"]["name"]: item["spec"]["hostnames"][0] for item in of_kind(objects, "HTTPRoute")}
    assert hosts == {"baker": "baker.bakery.example", "shop": "shop.bakery.example"}


def test_a_gateway_with_its_own_certificate_gets_https_and_a_redirect_and_no_certificate(
    made: Callable[[str, str], list[Object]],
) -> None:
    objects = made("", "  route_certificates: gateway\n")
    listeners = {
        item["metadata"]["name"]: item["spec"]["parentRefs"][0]["sectionName"] for item in of_kind(objects, "HTTPRoute")
    }
    assert listeners == {"shop": "https", "shop-redirect": "http"}
    assert not [*of_kind(objects, "Certificate"), *of_kind(objects, "ReferenceGrant")]


def test_an_ingress_controller_with_its_own_certificate_gets_tls_without_a_secret(
    made: Callable[[str, str], list[Object]],
) -> None:
    (ingress,) = of_kind(made("", "  ingress_class: nginx\n  route_certificates: gateway\n"), "Ingress")
    assert ingress["spec"]["tls"] == [{"hosts": ["bakery.example"]}]
    annotations = ingress["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/force-ssl-redirect"] == "true"
    assert "cert-manager.io/cluster-issuer" not in annotations


def test_routes_without_certificates_use_plain_http_even_beside_cert_manager(
    made: Callable[[str, str], list[Object]],
) -> None:
    objects = made("", f"{GATEWAY}  route_certificates: none\n")
    (route,) = of_kind(objects, "HTTPRoute")
    assert route["spec"]["parentRefs"][0]["sectionName"] == "http"
    assert not [one for one in of_kind(objects, "Certificate") if one["metadata"]["name"].endswith("-ingress-tls")]


WILDCARD = """\
components: { shop: { routes: { shops: { hosts: [all.example, "*.shops.example"] }, one: { hosts: [one.example] } } } }
"""


@pytest.mark.parametrize("cluster", [GATEWAY, INGRESS], ids=["gateway", "ingress"])
@pytest.mark.parametrize("issuer", ["letsencrypt-dns", "letsencrypt"])
def test_certificates_of_wildcard_hosts_come_from_the_issuer_that_is_said_to_issue_them(
    made: Callable[[str, str], list[Object]], cluster: str, issuer: str
) -> None:
    with pytest.raises(ModelError) as refused:
        made(WILDCARD, cluster)
    (problem,) = refused.value.problems
    assert (problem.key, bool(problem.line)) == ("cluster.wildcard_issuer", True)
    assert problem.what == "a certificate for *.shops.example of the route shop-shops, which HTTP-01 cannot issue"
    objects = made(WILDCARD, f"{cluster}  wildcard_issuer: {issuer}\n")
    by_route = {
        item["metadata"]["name"].removesuffix("-ingress-tls"): item["spec"]["issuerRef"]["name"]
        for item in of_kind(objects, "Certificate")
        if item["spec"]["issuerRef"]["kind"] == "ClusterIssuer"
    } or {
        item["metadata"]["name"]: item["metadata"]["annotations"]["cert-manager.io/cluster-issuer"]
        for item in of_kind(objects, "Ingress")
    }
    assert by_route == {"shop": "letsencrypt", "shop-one": "letsencrypt", "shop-shops": issuer}


@pytest.mark.parametrize("certificates", ["gateway", "none"])
def test_wildcard_hosts_without_cert_manager_need_no_issuer(
    made: Callable[[str, str], list[Object]], certificates: str
) -> None:
    objects = made(WILDCARD, f"{GATEWAY}  route_certificates: {certificates}\n")
    assert {item["spec"]["issuerRef"]["kind"] for item in of_kind(objects, "Certificate")} == {"Issuer"}
