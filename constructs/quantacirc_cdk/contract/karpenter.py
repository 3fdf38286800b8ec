"""Names with which Karpenter finds what Terraform creates, and the pools of machines that it adds."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.contract.volumes import volumes_key
from quantacirc_cdk.model.cloud_limits import environment_tags
from quantacirc_cdk.model.cluster import NodePool
from quantacirc_cdk.model.site import Site

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "karpenter"


@dataclass(frozen=True, kw_only=True)
class KarpenterBinding:
    """What Karpenter needs to know of a cluster's cloud resources."""

    cluster: str
    """Name of the cluster, which is also that of the queue of interruptions."""
    node_role: str
    """Name of the nodes' role."""
    subnets: tuple[Mapping[str, str | Mapping[str, str]], ...]
    """Selectors of the private subnets."""
    volumes_key: str
    """Name of the key of the nodes' disks."""
    image: str
    """Release of Bottlerocket."""
    tags: Mapping[str, str]
    """Tags of machines and disks."""
    pools: Mapping[str, NodePool]
    """Pools that can have more than ``min_nodes``."""


def _by(name: str) -> Mapping[str, str | Mapping[str, str]]:
    """Return the selector of an existing subnet, by its id or name."""
    return {"id": name} if name.startswith("subnet-") else {"tags": {"Name": name}}


def karpenter_of(site: Site) -> KarpenterBinding | None:
    """Return the binding of an environment; None if Karpenter does not scale its nodes."""
    environment, cluster, network = site.environment, site.environment.cluster, site.environment.network
    if environment.target != "aws" or cluster.autoscaler != "karpenter" or network is None:
        return None
    name = environment_name(site.system, environment)
    named = [{"tags": {"Name": f"{name}-private-{zone}"}} for zone in range(1, network.zones + 1)]
    existing = [_by(one) for one in network.existing.private_subnets] if network.existing else named
    release = (cluster.node_image or "latest").partition("-")[0]
    return KarpenterBinding(
        cluster=name,
        node_role=f"{name}-nodes",
        subnets=tuple(existing),
        volumes_key=volumes_key(site),
        image=release if release == "latest" else f"v{release}",
        tags=environment_tags(site.system, environment) | {"managed-by": SERVICE_ACCOUNT},
        pools={key: pool for key, pool in cluster.node_pools.items() if pool.max_nodes > pool.min_nodes},
    )
