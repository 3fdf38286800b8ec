"""Where the pods run that let requests in."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.cluster import Addons, Cluster
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]


@pytest.mark.parametrize(
    ("more", "namespace"),
    [
        ({}, "envoy-gateway-system"),
        ({"addons": Addons(gateway_api=True)}, "envoy-gateway-system"),
        ({"gateway_policies": None}, "envoy-gateway-system"),
        ({"ingress_namespace": "edge"}, "edge"),
        ({"ingress_class": "nginx"}, "ingress-nginx"),
        ({"ingress_class": "traefik", "ingress_namespace": "traefik"}, "traefik"),
    ],
)
def test_envoy_gateway_lets_requests_in_unless_the_cluster_says_otherwise(more: dict, namespace: str) -> None:
    assert Cluster(kubernetes_version="1.34", context="c", **more).entrance_namespace == namespace


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (
            "ingress_class: traefik\n  ingress_namespace: edge\n  addons: { gateway_api: true }",
            (
                'home.yaml:7: cluster.ingress_class: the ingress class "traefik" beside `gateway_api: true`, '
                "expected one of them"
            ),
        ),
        (
            "ingress_class: traefik",
            (
                'home.yaml:7: cluster.ingress_class: the ingress class "traefik" without the namespace of its '
                "controller, expected `cluster.ingress_namespace`"
            ),
        ),
        (
            "addons: { gateway_api: false }",
            (
                "home.yaml:7: cluster.addons.gateway_api: shop is public, in a cluster without Gateway API and without "
                "an ingress class, expected `cluster.ingress_class`"
            ),
        ),
    ],
)
def test_a_cluster_with_two_ways_in_or_none_is_refused(project: Make, cluster: str, said: str) -> None:
    small = project()
    small.replace_in_environment("home", "  context: kind-bakery\n", f"  {cluster}\n  context: kind-bakery\n")
    with pytest.raises(ModelError) as refused:
        load_project(small.root)
    assert said in str(refused.value)


CLOUD = """\
target: aws
clouds:
  aws: { account: "123456789012", region: eu-central-1, recovery_region: eu-west-1, state: { bucket: bakery-state } }
network: { cidr: 10.0.0.0/16 }
"""
POOLS = "  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def in_cloud(project: Project, cluster: str) -> Project:
    environment = ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", f"{POOLS}{cluster}owners")
    project.write_environment("home", environment)
    return project


def test_public_routes_in_a_cloud_never_use_plain_http_without_a_word(project: Make) -> None:
    with pytest.raises(ModelError) as refused:
        load_project(in_cloud(project(), "").root)
    (problem,) = refused.value.problems
    assert str(problem).startswith(
        "apps/environments/home.yaml:8: cluster.route_certificates: plain HTTP for the public routes of shop, expected "
        "`cluster.addons.cert_manager`, or `cluster.route_certificates`: gateway"
    )


@pytest.mark.parametrize(
    ("cluster", "certificates"),
    [
        ("  addons: { cert_manager: true }\n", "cert-manager"),
        ("  addons: { cert_manager: true }\n  route_certificates: gateway\n", "gateway"),
        ("  route_certificates: gateway\n", "gateway"),
        ("  route_certificates: none\n", "none"),
    ],
)
def test_what_is_said_of_certificates_is_taken(project: Make, cluster: str, certificates: str) -> None:
    loaded = load_project(in_cloud(project(), cluster).root)
    assert loaded.environments["home"].cluster.certificates == certificates


def test_a_system_without_public_routes_and_a_local_environment_need_no_certificates(project: Make) -> None:
    private = in_cloud(project(), "")
    private.replace_in_system("    exposed: true\n", "")
    assert load_project(private.root).environments["home"].cluster.certificates == "none"
    assert load_project(project().root).environments["home"].cluster.certificates == "none"


def test_certificates_of_cert_manager_without_the_addon_are_refused(project: Make) -> None:
    with pytest.raises(ModelError, match=r"cluster\.route_certificates: cert-manager without the add-on"):
        load_project(in_cloud(project(), "  route_certificates: cert-manager\n").root)
