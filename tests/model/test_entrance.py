"""Where the pods run that let requests in."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.cluster import Addons, Cluster
from support.project import Project

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
