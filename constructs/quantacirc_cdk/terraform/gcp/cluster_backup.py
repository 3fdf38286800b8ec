"""Backups of a cluster's objects and volumes."""

from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.gcp.cluster import Cluster

RETENTION_DAYS = 14
_LOCK_DAYS = 7


class ClusterBackup(Construct):
    """A nightly backup of all namespaces with their secrets and volumes; it cannot be deleted for a week."""

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        props = cluster.props
        Resource(
            self,
            "google_gke_backup_backup_plan",
            cluster.cluster.name,
            name=props.name,
            description=f"Every night, kept for {RETENTION_DAYS} days",
            cluster=cluster.cluster.id,
            location=props.region,
            backup_schedule={"cron_schedule": "0 1 * * *"},
            backup_config={
                "all_namespaces": True,
                "include_secrets": True,
                "include_volume_data": True,
                "encryption_key": {"gcp_kms_encryption_key": props.keys.key_id("cluster")},
            },
            retention_policy={
                "backup_retain_days": RETENTION_DAYS,
                "backup_delete_lock_days": _LOCK_DAYS if props.deletion_protection else 0,
                "locked": False,
            },
            depends_on=enable(self, "gkebackup"),
        )
