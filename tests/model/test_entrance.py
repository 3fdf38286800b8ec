"""Where the pods run that let requests in."""

import pytest

from quantacirc_cdk.model.cluster import Addons, Cluster


@pytest.mark.parametrize(
    ("more", "namespace"),
    [
        ({}, "ingress-nginx"),
        ({"addons": Addons(gateway_api=True)}, "envoy-gateway-system"),
        ({"addons": Addons(gateway_api=True), "gateway_policies": None}, "ingress-nginx"),
        ({"addons": Addons(gateway_api=True), "ingress_namespace": "edge"}, "edge"),
        ({"ingress_namespace": "edge"}, "edge"),
    ],
)
def test_the_gateway_api_is_served_by_envoy_gateway_unless_a_namespace_is_named(more: dict, namespace: str) -> None:
    assert Cluster(kubernetes_version="1.34", context="c", **more).entrance_namespace == namespace
