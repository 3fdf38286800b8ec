"""Node pools, and the account that nodes act as."""

from typing import TYPE_CHECKING, Any

from quantacirc_cdk.contract.names import service_account_id
from quantacirc_cdk.limits.gcp import disk_type, node_type
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import Flag, Number, blocks, choose, length, merged, only
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, NodePoolProps, Taint
from quantacirc_cdk.terraform.names import terraform_name as join
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.gcp.cluster import Cluster

_ROLES = {
    # Logs and metrics (https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa).
    "monitoring": "roles/container.defaultNodeServiceAccount",
    "images": "roles/artifactregistry.reader",
}


class NodeAccount(Construct):
    """A service account that may write logs and metrics and pull images, in place of the project's editor account."""

    def __init__(self, scope: Construct, id: str, *, cluster: ClusterProps, terraform_name: str) -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        self.tag = f"{cluster.name}-nodes"
        """Network tag of the nodes, by which firewall rules know them."""
        account = Resource(
            self,
            "google_service_account",
            terraform_name,
            account_id=service_account_id(cluster.name, "nodes"),
            display_name=f"Nodes of {cluster.name}",
            depends_on=enable(self, "iam"),
        )
        self.email = account.ref("email")
        self.grants = [
            Resource(
                self,
                "google_project_iam_member",
                join(terraform_name, purpose),
                project=cluster.account,
                role=role,
                member=account.ref("member"),
            )
            for purpose, role in _ROLES.items()
        ]

    def node_config(self, machine_type: str, disk_gib: int, **more: Any) -> dict[str, Any]:
        """Return how every node is: shielded, with an encrypted disk, and metadata that pods cannot reach."""
        return {
            "machine_type": machine_type,
            "image_type": "COS_CONTAINERD",
            "disk_size_gb": disk_gib,
            "disk_type": disk_type(machine_type),
            "boot_disk_kms_key": self._cluster.keys.key_id("volumes"),
            "service_account": self.email,
            # Scopes are what accounts had before IAM: all, and the account's roles decide.
            "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
            "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
            "workload_metadata_config": {"mode": "GKE_METADATA"},
            "metadata": {"disable-legacy-endpoints": "true"},
            "kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"},
            "tags": [self.tag],
            **more,
        }


class NodePools(Construct):
    """A node pool over all zones for each that is declared: repaired and upgraded by GKE, one node more at a time."""

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        self.pools = [self._pool(key, pool) for key, pool in cluster.props.node_pools.items()]

    def _pool(self, key: str, pool: NodePoolProps) -> Resource:
        cluster = self._cluster
        zones = length(cluster.props.network.private_subnet_ids)
        return Resource(
            self,
            "google_container_node_pool",
            join(cluster.cluster.name, key),
            # Some changes replace the pool, such as spot nodes or another GPU: the new one, under another name, comes
            # first. GKE drains the old one when it is deleted
            # (https://cloud.google.com/kubernetes-engine/docs/how-to/node-pools#deleting_a_node_pool).
            name_prefix=f"{key}-",
            cluster=cluster.cluster.id,
            # In each zone; the autoscaler owns the number from the first minute on.
            initial_node_count=-(-pool.min_nodes // zones),
            autoscaling={
                "total_min_node_count": pool.min_nodes,
                "total_max_node_count": pool.max_nodes,
                "location_policy": choose(pool.spot, "ANY", "BALANCED"),
            },
            management={"auto_repair": True, "auto_upgrade": True},
            upgrade_settings={"strategy": "SURGE", "max_surge": 1, "max_unavailable": 0},
            node_config=cluster.account.node_config(
                pool.machine_type or node_type(pool.cpu, pool.memory_gib, pool.architecture or "amd64"),
                pool.disk_gib,
                spot=pool.spot,
                labels=merged({"node-pool": key}, pool.labels),
                **_special(pool),
            ),
            lifecycle={"create_before_destroy": True, "ignore_changes": ["initial_node_count"]},
        )


def _special(pool: NodePoolProps) -> dict[str, Any]:
    """Return the taints of nodes, and their GPUs with the driver that GKE installs."""
    gpus: bool | Flag = bool(pool.gpus)
    if isinstance(pool.gpus, Number):
        gpus = Flag(f"{pool.gpus.expression} > 0", sample=False)
    return blocks(taint=(pool.taints, _taint), guest_accelerator=(only(gpus, pool), _accelerator))


def _taint(taint: Taint) -> dict[str, Any]:
    return {"key": taint.key, "value": taint.value, "effect": taint.constant}


def _accelerator(pool: NodePoolProps) -> dict[str, Any]:
    driver = {"gpu_driver_version": "DEFAULT"}
    return {"type": pool.gpu_type, "count": pool.gpus, "gpu_driver_installation_config": driver}
