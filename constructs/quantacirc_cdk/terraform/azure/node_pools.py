"""Node pools."""

import hashlib
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.limits.azure import node_type, system_pools
from quantacirc_cdk.limits.machines import has_gpu
from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, NodePoolProps
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
        spot: dict[str, Any] = (
            {"priority": "Spot", "eviction_policy": "Delete", "spot_max_price": -1} if pool.spot else {}
        )
        return AzureResource(
            self,
            "azurerm_kubernetes_cluster_node_pool",
            terraform_name(cluster.cluster.name, key),
            kubernetes_cluster_id=cluster.cluster.id,
            mode="User",
            # Another machine or zone is rotated in by way of a pool of this name; without it the provider refuses.
            temporary_name_for_rotation=rotation_name(key),
            lifecycle={"ignore_changes": ["node_count"]},
            tags=place_of(self).tags | dict(cluster.props.tags),
            node_taints=[*([_SPOT_TAINT] if pool.spot else []), *_taints(pool)] or None,
            **node_pool(cluster.props, key, pool),
            **spot,
        )


def system_pool(props: ClusterProps) -> str:
    """Return the name of the pool that is made with the cluster. Its place among the pools does not matter: another one
    replaces the cluster.
    """
    return props.system_pool or next(iter([*system_pools(props.node_pools), *props.node_pools]))


def _taints(pool: NodePoolProps) -> list[str]:
    stated = [f"{one.key}={one.value}:{one.effect}" for one in pool.taints]
    return [one for one in stated if one != _SPOT_TAINT]


def rotation_name(key: str) -> str:
    """Return the name of the temporary pool during a change of ``key``; at most 12 letters and digits."""
    return f"tmp{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def node_pool(cluster: ClusterProps, key: str, pool: NodePoolProps) -> dict[str, Any]:
    """Return how the nodes of a pool are: over the zones of the region, without public addresses, encrypted."""
    zones = len(cluster.network.private_subnet_ids) if has_zones(cluster.region) else 0
    upgrade = {"max_surge": "33%", "drain_timeout_in_minutes": 30, "node_soak_duration_in_minutes": 0}
    return {
        "name": key,
        # The provider upgrades the control plane, then its first pool; the other pools follow
        # (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/kubernetes_cluster).
        "orchestrator_version": cluster.kubernetes_version,
        "vm_size": pool.machine_type or node_type(pool.cpu, pool.memory_gib, pool.architecture or "amd64"),
        "vnet_subnet_id": cluster.network.private_subnet_ids[0],
        "zones": [str(zone + 1) for zone in range(zones)] or None,
        "auto_scaling_enabled": True,
        "min_count": pool.min_nodes,
        "max_count": pool.max_nodes,
        "os_disk_size_gb": pool.disk_gib,
        "os_disk_type": "Managed",
        # AKS installs the driver of most GPUs on Ubuntu only.
        "os_sku": "Ubuntu" if has_gpu("azure", pool.machine_type, pool.gpus) else "AzureLinux",
        "host_encryption_enabled": True,
        "node_public_ip_enabled": False,
        "max_pods": 110,
        "node_labels": {"node-pool": key, **({_PRIORITY: "spot"} if pool.spot else {}), **pool.labels},
        "upgrade_settings": None if pool.spot else upgrade,
    }
