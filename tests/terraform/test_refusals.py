"""Props of every cloud's constructs refuse what they are not, with the construct's path and before it is made."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.plain import Plain
from quantacirc_cdk.terraform import interface
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.expressions import Flag, Number
from support.props import changed

CLOUDS = ("aws", "gcp", "azure")
PLACE: dict[str, str] = {"region": "here", "account": "shop-prod"}
KEYS = interface.ExistingKeyRing(keys={})
NETWORK = interface.ExistingNetwork(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a", "b"])
CLUSTER = interface.ExistingCluster(
    cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="n", oidc_issuer="https://i"
)
POOL = interface.NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=3)
PROPS: dict[str, Any] = {
    "ObjectStore": interface.ObjectStoreProps(name="shop-objects", **PLACE, keys=KEYS),
    "Cluster": interface.ClusterProps(
        name="shop",
        **PLACE,
        network=NETWORK,
        keys=KEYS,
        kubernetes_version="1.34",
        node_pools={"general": POOL},
    ),
    "AuditTrail": interface.AuditTrailProps(name="shop", **PLACE, keys=KEYS),
    "DnsZone": interface.DnsZoneProps(name="shop", domain="shop.example.com"),
    "ImageRegistry": interface.ImageRegistryProps(name="shop", **PLACE, keys=KEYS, repositories=["web"]),
    "KeyRing": interface.KeyRingProps(name="shop", **PLACE),
    "Database": interface.DatabaseProps(name="shop", **PLACE, network=NETWORK, clients=CLUSTER, keys=KEYS),
    "Network": interface.NetworkProps(name="shop", **PLACE, cidr="10.0.0.0/16"),
    "Observability": interface.ObservabilityProps(
        name="shop", **PLACE, keys=KEYS, owners=["owner@example.com"], budget=interface.Budget(monthly_amount=500)
    ),
    "SecretStore": interface.SecretStoreProps(name="shop/prod", **PLACE, keys=KEYS),
    "WorkloadIdentity": interface.WorkloadIdentityProps(
        name="shop", **PLACE, cluster=CLUSTER, namespace="shop", service_account="web"
    ),
}
SKIPPED = {"keys", "network", "clients", "cluster"}
"""What only has to offer something: ``test_what_offers_nothing_is_refused``."""


def wrong_types(props: Any) -> Iterator[tuple[str, Any]]:
    for field, _, other in changed(props):
        if field.split(".")[0] not in SKIPPED:
            yield field, other


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("name", PROPS)
def test_every_field_refuses_what_it_is_not(name: str, cloud: str) -> None:
    construct = getattr(import_module(f"quantacirc_cdk.terraform.{cloud}"), name)
    assert issubclass(construct, Checked)
    kept, seen = [], 0
    for field, props in wrong_types(PROPS[name]):
        seen += 1
        try:
            construct(Plain("stack"), "part", props)
        except PropsError as error:
            if f"stack/part: {field}" in str(error):
                continue
        kept.append((field, getattr(props, field, None)))
    assert kept == []
    assert seen > 5


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("name", PROPS)
def test_what_offers_nothing_is_refused(name: str, cloud: str) -> None:
    construct = getattr(import_module(f"quantacirc_cdk.terraform.{cloud}"), name)
    for field in SKIPPED & set(vars(PROPS[name])):
        props = type(PROPS[name])(**{**vars(PROPS[name]), field: "text"})
        with pytest.raises(PropsError, match=f'stack/part: {field} "text", expected something with'):
            construct(Plain("stack"), "part", props)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_a_cloud_refuses_is_said_with_the_path_as_well(cloud: str, tmp_path: Path) -> None:
    network = import_module(f"quantacirc_cdk.terraform.{cloud}").Network
    with pytest.raises(PropsError, match=r"^stack/net: shop\.cidr: a /24, expected a /16 to /22$"):
        network(Plain("stack"), "net", interface.NetworkProps(name="shop", **PLACE, cidr="10.0.0.0/24"))


def test_what_only_terraform_knows_is_terraforms_to_judge() -> None:
    values = {
        "name": "${var.name}",
        "region": "${var.region}",
        "account": "${var.account}",
        "cidr": "${var.cidr}",
        "zones": Number("var.zones", 3),
        "private_services": Flag("var.private_services", sample=True),
    }
    props: Any = interface.NetworkProps
    construct = import_module("quantacirc_cdk.terraform.gcp").Network
    assert construct._refusals(Plain("stack"), "net", props(**values)) == []
