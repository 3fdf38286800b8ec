"""Load balancers that a cloud makes, and those that it does not."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.limits.services import balancer_annotations, balancer_refusals
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.facts import balanced_ports, system_in
from support.project import Project

TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
ROUTES = """\
    contract: false
    ports: [{ name: web, port: 8080 }, { name: media, port: 10000, protocol: UDP }, { name: ssh, port: 2222 }]
    service: { type: LoadBalancer, source_ranges: [198.51.100.0/24] }
    routes:
      media: { protocol: udp, port: media }
      ssh: { protocol: tcp, port: ssh, external_port: 22, source_ranges: [203.0.113.0/24] }
      raw: { protocol: tls, port: web, subdomains: [raw] }
      mqtt: { protocol: tls, port: web, subdomains: [mqtt], external_port: 8883 }
      sensors: { protocol: tls, port: web, subdomains: [sensors], external_port: 8883 }
"""


def test_a_load_balancer_on_aws_is_one_with_udp_that_faces_the_internet() -> None:
    assert balancer_annotations("aws", {"a": "b"}) == {TYPE: "nlb", SCHEME: "internet-facing", "a": "b"}
    assert balancer_annotations("aws", {TYPE: "external", INTERNAL: "true"}) == {TYPE: "external", INTERNAL: "true"}
    assert balancer_annotations("azure", {"a": "b"}) == {"a": "b"}


def test_a_load_balancer_for_both_families_on_google_cloud_is_one_of_backend_services() -> None:
    assert balancer_annotations("gcp", {"a": "b"}) == {"a": "b"}
    assert balancer_annotations("gcp", {"a": "b"}, ipv6=True) == {"cloud.google.com/l4-rbs": "enabled", "a": "b"}


@pytest.mark.parametrize(
    ("cloud", "annotations", "protocols", "affinity", "fields"),
    [
        ("aws", {}, ["TCP", "UDP"], False, ["type"]),
        ("aws", {}, ["SCTP"], False, ["type"]),
        ("aws", {}, ["UDP", "UDP"], True, ["client_affinity"]),
        ("aws", {TYPE: "external"}, ["TCP", "UDP"], True, []),
        ("gcp", {}, ["TCP", "UDP"], True, []),
    ],
)
def test_what_aws_makes_no_load_balancer_for_is_refused(
    cloud: str, annotations: dict[str, str], protocols: list[str], affinity: bool, fields: list[str]
) -> None:
    assert [one.field for one in balancer_refusals(cloud, annotations, protocols, affinity=affinity)] == fields


def test_the_ports_of_all_load_balancers(project: Callable[[], Project]) -> None:
    small = project()
    small.replace_in_system("    exposed: true\n", ROUTES)
    loaded = load_project(small.root)
    environment = loaded.environments["home"]
    clients = ["198.51.100.0/24"]
    assert balanced_ports(system_in(loaded.system, environment), environment) == [
        ("shop-media", 10000, "UDP", []),
        ("shop-ssh", 22, "TCP", ["203.0.113.0/24"]),
        ("gateway-tls", 8443, "TCP", []),
        ("gateway-tls-8883", 8883, "TCP", []),
        ("shop_8080_TCP", 8080, "TCP", clients),
        ("shop_10000_UDP", 10000, "UDP", clients),
        ("shop_2222_TCP", 2222, "TCP", clients),
    ]
