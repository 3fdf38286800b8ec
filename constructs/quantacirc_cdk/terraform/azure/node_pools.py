"""Node pools."""

import hashlib
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.limits.azure import node_type, system_pools
from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import (
    Flag,
    Text,
    blocks,
    choose,
    concatenated,
    each_of,
    length,
    merged,
    numbered,
    only,
)
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, NodePoolProps, Taint, is_gpu
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.azure.cluster import Cluster


_PRIORITY = "kubernetes.azure.com/scalesetpriority"
_SPOT_TAINT = f"{_PRIORITY}=spot:NoSchedule"
"""AKS adds taint and label by itself, and a plan that leaves them out would make the pool again
(https://learn.microsoft.com/azure/aks/spot-node-pool)."""


class NodePools(Construct):
    """A node pool for each that is declared but the system pool, which is made with the cluster."""

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        others = ((key, pool) for key, pool in cluster.props.node_pools.items() if key != system_pool(cluster.props))
        self.pools = [self._pool(key, pool) for key, pool in others]

    def _pool(self, key: str, pool: NodePoolProps) -> Resource:
        cluster = self._cluster
        # Spot nodes are taken away by Azure, which pays no more than the price it asks (-1).
        spot: dict[str, Any] = {
            "priority": choose(pool.spot, "Spot", None),
            "eviction_policy": choose(pool.spot, "Delete", None),
            "spot_max_price": choose(pool.spot, -1, None),
        }
        return AzureResource(
            self,
            "azurerm_kubernetes_cluster_node_pool",
            terraform_name(cluster.cluster.name, key),
            kubernetes_cluster_id=cluster.cluster.id,
            mode="User",
            # Another machine or zone is rotated in by way of a pool of this name; without it the provider refuses.
            temporary_name_for_rotation=rotation_name(key),
            lifecycle={"ignore_changes": ["node_count"]},
            tags=merged(place_of(self).tags, cluster.props.tags),
            node_taints=concatenated(choose(pool.spot, [_SPOT_TAINT], []), _taints(pool)) or None,
            **node_pool(cluster.props, key, pool),
            **spot,
        )


def system_pool(props: ClusterProps) -> str:
    """Return the name of the pool that is made with the cluster. Its place among the pools does not matter: another one
    replaces the cluster.
    """
    return props.system_pool or next(iter([*system_pools(props.node_pools), *props.node_pools]))


def _taints(pool: NodePoolProps) -> Any:
    stated = each_of(pool.taints, "taint", _taint)
    return stated if isinstance(stated, str) else [one for one in stated if one != _SPOT_TAINT]


def _taint(taint: Taint) -> str:
    return f"{taint.key}={taint.value}:{taint.effect}"


def _upgrade_settings(spot: bool | Flag) -> dict[str, Any]:
    """Return how nodes are upgraded; those of spot pools take no setting."""
    settings = {"max_surge": "33%", "drain_timeout_in_minutes": 30, "node_soak_duration_in_minutes": 0}
    if isinstance(spot, Flag):
        return blocks(upgrade_settings=(only(Flag(f"!{spot.expression}", sample=True), settings), dict))
    return {} if spot else {"upgrade_settings": settings}


def rotation_name(key: str) -> str:
    """Return the name of the temporary pool during a change of ``key``; at most 12 letters and digits."""
    if isinstance(key, Text):
        return f"tmp${{substr(sha256({key.expression}), 0, 8)}}"
    return f"tmp{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def node_pool(cluster: ClusterProps, key: str, pool: NodePoolProps) -> dict[str, Any]:
    """Return how the nodes of a pool are: over the zones of the region, without public addresses, encrypted."""
    zones = length(cluster.network.private_subnet_ids) if has_zones(cluster.region) else 0
    spot: Any = choose(pool.spot, {_PRIORITY: "spot"}, {})
    return {
        "name": key,
        # The provider upgrades the control plane, then its first pool; the other pools follow
        # (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/kubernetes_cluster).
        "orchestrator_version": cluster.kubernetes_version,
        "vm_size": pool.machine_type or node_type(pool.cpu, pool.memory_gib, pool.architecture or "amd64"),
        "vnet_subnet_id": cluster.network.private_subnet_ids[0],
        "zones": numbered(zones) or None,
        "auto_scaling_enabled": True,
        "min_count": pool.min_nodes,
        "max_count": pool.max_nodes,
        "os_disk_size_gb": pool.disk_gib,
        "os_disk_type": "Managed",
        # AKS installs the driver of most GPUs on Ubuntu only.
        "os_sku": choose(is_gpu("azure", pool), "Ubuntu", "AzureLinux"),
        "host_encryption_enabled": True,
        "node_public_ip_enabled": False,
        "max_pods": 110,
        "node_labels": merged({"node-pool": key}, spot, pool.labels),
        **_upgrade_settings(pool.spot),
    }
