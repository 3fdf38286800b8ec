"""Firewall rules that let a cluster's nodes connect to a service inside the network."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.network import ExistingNetwork, NetworkLike
from quantacirc_cdk.terraform.resource import Resource


def admit_nodes(
    scope: Construct,
    terraform_name: str,
    *,
    name: str,
    service: str,
    network: NetworkLike,
    clients: ClusterLike,
    hosts: Sequence[str],
    port: int,
) -> None:
    """Let the nodes of ``clients`` connect to the addresses and the TCP port of ``service``."""
    Resource(
        scope,
        "google_compute_firewall",
        terraform_name,
        name=name,
        description=f"{service} from the cluster's nodes",
        network=network.network_id,
        project=network.project if isinstance(network, ExistingNetwork) else None,
        direction="EGRESS",
        priority=1000,
        target_tags=[clients.node_security_group_id],
        destination_ranges=[f"{host}/32" for host in hosts],
        allow=[{"protocol": "tcp", "ports": [str(port)]}],
        log_config={"metadata": "INCLUDE_ALL_METADATA"},
    )


def refuse_others(
    scope: Construct, terraform_name: str, *, name: str, network: NetworkLike, hosts: Sequence[str]
) -> None:
    """Refuse connections to the addresses that no rule of ``admit_nodes`` allows."""
    Resource(
        scope,
        "google_compute_firewall",
        terraform_name,
        name=name,
        description="No connections to the endpoints of databases without an explicit rule",
        network=network.network_id,
        project=network.project if isinstance(network, ExistingNetwork) else None,
        direction="EGRESS",
        priority=2000,
        destination_ranges=[f"{host}/32" for host in hosts],
        deny=[{"protocol": "all"}],
        log_config={"metadata": "INCLUDE_ALL_METADATA"},
    )
