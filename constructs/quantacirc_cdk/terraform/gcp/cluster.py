"""A GKE cluster."""

import json
from datetime import date, timedelta
from typing import Any

from quantacirc_cdk.limits.gcp import refused_arm
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import length
from quantacirc_cdk.terraform.gcp.cluster_backup import ClusterBackup
from quantacirc_cdk.terraform.gcp.log_bucket import LogBucket
from quantacirc_cdk.terraform.gcp.names import check_name, labels
from quantacirc_cdk.terraform.gcp.network import POD_RANGE, SERVICE_RANGE
from quantacirc_cdk.terraform.gcp.node_pools import NodeAccount, NodePools
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity, awaited
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, ExistingCluster, refuse_limits
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.text.terraform import bare

LONGEST_NAME = 40
_SNAPSHOTS = (
    *(f"compute.disks.{action}" for action in ("create", "createSnapshot", "get")),
    *(f"compute.snapshots.{action}" for action in ("create", "delete", "get", "setLabels", "useReadOnly")),
    "compute.projects.get",
    "compute.zones.get",
)
"""Permissions for snapshots of volumes and volumes of snapshots: those of Velero's plugin, but for objects and
signatures (https://github.com/vmware-tanzu/velero-plugin-for-gcp/blob/main/README.md#set-permissions-for-velero)."""
_COMPONENTS = ("SYSTEM_COMPONENTS", "APISERVER", "SCHEDULER", "CONTROLLER_MANAGER")
"""Whose logs and metrics are kept; those of workloads are Prometheus' and the cluster's own."""


class Cluster(Checked, Construct):
    """A regional GKE cluster with private nodes, Dataplane V2, Workload Identity, encrypted secrets and backups.

    Creates the control plane, the account of its nodes, node pools (or none: ``mode="autopilot"``), a bucket for its
    logs, a backup plan, and a grant for every group of admins: project-wide, because IAM has no narrower scope for
    clusters. The cluster follows the regular release channel and is upgraded at weekends. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: ClusterProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        check_name(rules, props.name, LONGEST_NAME)
        if props.mode == "autopilot" and props.node_pools:
            rules.refuse("node_pools", "node pools in an Autopilot cluster, which chooses its own nodes", "none")
        refuse_limits(rules, "gcp", props)
        if props.node_image:
            rules.refuse("node_image", "only AWS asks for it", "none: GKE updates node images itself")
        if props.autoscaler != "cluster-autoscaler":
            rules.refuse("autoscaler", f'"{props.autoscaler}", but GKE runs its own', "no autoscaler")
        for name, pool in props.node_pools.items():
            check_name(rules, name, 40, f"node_pools.{name}")
            if wrong := refused_arm(props.region, pool.machine_type, pool.architecture):
                rules.refuse(f"node_pools.{name}.architecture", *wrong)
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ClusterProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self.autopilot = props.mode == "autopilot"
        self._dual = getattr(props.network, "ip_family", "ipv4") == "dual"
        self._name = terraform_name(id)
        # Binary Authorization asks its own API (https://cloud.google.com/binary-authorization/docs/enabling).
        self._apis = enable(self, "container", "binaryauthorization")
        self.account = NodeAccount(self, "node-account", cluster=props, terraform_name=terraform_name(id, "nodes"))
        self.cluster = self._control_plane()
        self.cluster_name = self.cluster.ref("name")
        self.endpoint = self.cluster.ref("endpoint")
        self.certificate_authority = self.cluster.ref("master_auth[0].cluster_ca_certificate")
        self.oidc_issuer = f"https://container.googleapis.com/v1/{self.cluster.id}"
        self.node_security_group_id = self.account.tag
        self._grant_admins()
        self._keep_logs()
        if not self.autopilot:
            NodePools(self, "nodes", cluster=self)
        ClusterBackup(self, "backup", cluster=self)

    @staticmethod
    def from_existing(
        *,
        cluster_name: str,
        endpoint: str,
        certificate_authority: str,
        node_security_group_id: str,
        oidc_issuer: str = "",
    ) -> ExistingCluster:
        """Return an existing cluster for other constructs; creates nothing.

        ``node_security_group_id`` is the network tag of its nodes.
        """
        return ExistingCluster(
            cluster_name=cluster_name,
            endpoint=endpoint,
            certificate_authority=certificate_authority,
            node_security_group_id=node_security_group_id,
            oidc_issuer=oidc_issuer,
        )

    def grant_snapshots(self, identity: WorkloadIdentity) -> None:
        """Let Velero take snapshots of disks, and create disks from snapshots, in the project: no predefined role is as
        narrow, and none can be limited to the disks of a cluster.
        """
        role = Resource(
            self,
            "google_project_iam_custom_role",
            terraform_name(self._name, "snapshots"),
            # Ids have no dashes (https://cloud.google.com/iam/docs/creating-custom-roles#creating).
            role_id=f"{self.props.name.replace('-', '_')}_snapshots",
            title=f"{self.props.name}: snapshots of volumes",
            permissions=list(_SNAPSHOTS),
            depends_on=enable(self, "iam"),
        )
        Resource(
            identity,
            "google_project_iam_member",
            identity.grant_name("snapshots"),
            project=self.props.account,
            role=role.id,
            member=identity.identity_id,
            depends_on=awaited(identity),
        )

    def _control_plane(self) -> Resource:
        props = self.props
        return Resource(
            self,
            "google_container_cluster",
            self._name,
            name=props.name,
            location=props.region,
            min_master_version=props.kubernetes_version,
            release_channel={"channel": "REGULAR"},
            network=props.network.network_id,
            subnetwork=props.network.private_subnet_ids[0],
            networking_mode="VPC_NATIVE",
            ip_allocation_policy={
                "cluster_secondary_range_name": POD_RANGE,
                "services_secondary_range_name": SERVICE_RANGE,
                # https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#dual_stack_network
                "stack_type": "IPV4_IPV6" if self._dual else None,
            },
            # With dual stack, GKE turns it on; what is on cannot be turned off, which would replace the cluster
            # (https://github.com/GoogleCloudPlatform/magic-modules/pull/7459).
            enable_l4_ilb_subsetting=True if self._dual else None,
            private_cluster_config={
                "enable_private_nodes": True,
                "enable_private_endpoint": props.private_endpoint,
                # A VPN may end in another region.
                "master_global_access_config": {"enabled": bool(props.operator_cidrs)},
            },
            master_authorized_networks_config=self._authorized_networks(),
            # https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation#dns-based-endpoint
            control_plane_endpoints_config={"dns_endpoint_config": {"allow_external_traffic": True}}
            if props.dns_endpoint
            else None,
            master_auth={"client_certificate_config": {"issue_client_certificate": False}},
            enable_legacy_abac=False,
            authenticator_groups_config={"security_group": props.security_group} if props.security_group else None,
            # Neither anonymous callers nor everybody with a Google account may be given roles by mistake.
            rbac_binding_config={
                "enable_insecure_binding_system_authenticated": False,
                "enable_insecure_binding_system_unauthenticated": False,
            },
            database_encryption={"state": "ENCRYPTED", "key_name": props.keys.key_id("cluster")},
            binary_authorization={"evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE"},
            # GKE no longer scans images; the registry does
            # (https://cloud.google.com/kubernetes-engine/docs/deprecations/posture-management-deprecation).
            security_posture_config={"mode": "BASIC", "vulnerability_mode": "VULNERABILITY_DISABLED"},
            logging_config={"enable_components": [*_COMPONENTS, "WORKLOADS"]},
            monitoring_config={"enable_components": list(_COMPONENTS), "managed_prometheus": {"enabled": False}}
            if not self.autopilot
            else None,
            cost_management_config={"enabled": True},
            resource_labels={"cluster": props.name, **labels(props.tags)},
            maintenance_policy={
                # Saturdays and Sundays; Google asks for 48 hours in any 32 days.
                "recurring_window": {
                    "start_time": "2025-01-04T02:00:00Z",
                    "end_time": "2025-01-04T08:00:00Z",
                    "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
                },
                "maintenance_exclusion": [
                    {
                        "exclusion_name": name,
                        "start_time": f"{one.first_day}T00:00:00Z",
                        "end_time": f"{date.fromisoformat(one.last_day) + timedelta(days=1)}T00:00:00Z",
                        "exclusion_options": {"scope": "NO_UPGRADES"},
                    }
                    for name, one in sorted(props.maintenance_exclusions.items())
                ]
                or None,
            },
            deletion_protection=props.deletion_protection,
            depends_on=[*self._apis, *self.account.grants],
            **(self._autopilot() if self.autopilot else self._standard()),
        )

    def _standard(self) -> dict[str, Any]:
        props = self.props
        count = length(props.network.private_subnet_ids)
        zones = DataSource(
            self,
            "google_compute_zones",
            self._name,
            region=props.region,
            status="UP",
            depends_on=enable(self, "compute"),
        )
        return {
            "node_locations": f"${{slice({zones.address}.names, 0, {bare(str(count))})}}",
            # A cluster cannot be made without a pool; its own pools replace this one at once.
            "remove_default_node_pool": True,
            "initial_node_count": 1,
            "node_config": self.account.node_config("e2-medium", 20),
            "datapath_provider": "ADVANCED_DATAPATH",
            "enable_intranode_visibility": True,
            "enable_shielded_nodes": True,
            "workload_identity_config": {"workload_pool": f"{props.account}.svc.id.goog"},
            "addons_config": {
                "dns_cache_config": {"enabled": True},
                "gce_persistent_disk_csi_driver_config": {"enabled": True},
                "gke_backup_agent_config": {"enabled": True},
                "http_load_balancing": {"disabled": False},
            },
            "lifecycle": self._lifecycle("initial_node_count", "node_config"),
        }

    def _autopilot(self) -> dict[str, Any]:
        # Shielded nodes, Dataplane V2, Workload Identity and visibility inside a node cannot be turned off there.
        return {
            "enable_autopilot": True,
            "cluster_autoscaling": {
                "auto_provisioning_defaults": {
                    "service_account": self.account.email,
                    "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                    "boot_disk_kms_key": self.props.keys.key_id("volumes"),
                }
            },
            "node_pool_auto_config": {"network_tags": {"tags": [self.account.tag]}},
            "addons_config": {"gke_backup_agent_config": {"enabled": True}},
            "lifecycle": self._lifecycle(),
        }

    def _lifecycle(self, *ignored: str) -> dict[str, Any] | None:
        # GKE also turns it on in new clusters of IPv4, and the provider before 7.13 would replace them
        # (https://github.com/hashicorp/terraform-provider-google/issues/24718).
        paths = [*ignored, *([] if self._dual else ["enable_l4_ilb_subsetting"])]
        rules: dict[str, Any] = {"ignore_changes": paths} if paths else {}
        return rules | ({"prevent_destroy": True} if self.props.deletion_protection else {}) or None

    def _authorized_networks(self) -> dict[str, Any]:
        inside = {"cidr_block": self.props.network.cidr, "display_name": "network"}
        offices = [] if self.props.private_endpoint else self.props.authorized_cidrs
        named = [(cidr, "authorized") for cidr in offices] + [(cidr, "operators") for cidr in self.props.operator_cidrs]
        return {
            "cidr_blocks": [inside, *({"cidr_block": cidr, "display_name": name} for cidr, name in named)],
            "gcp_public_cidrs_access_enabled": False,
        }

    def _grant_admins(self) -> None:
        admins = self.props.admins
        if not admins:
            return
        listed = bare(admins) if isinstance(admins, str) else json.dumps(list(admins))
        Resource(
            self,
            "google_project_iam_member",
            terraform_name(self._name, "admins"),
            for_each=f"${{toset({listed})}}",
            project=self.props.account,
            role="roles/container.admin",
            member="group:${each.value}",
        )

    def _keep_logs(self) -> None:
        name = self.props.name
        components = 'resource.type="k8s_control_plane_component" OR resource.type="k8s_cluster"'
        LogBucket(
            self,
            "logs",
            terraform_name=terraform_name(self._name, "logs"),
            name=f"{name}-cluster",
            description=f"Control plane of {name}",
            filter=f'({components}) AND resource.labels.cluster_name="{name}"',
            project=self.props.account,
            region=self.props.region,
            retention_days=self.props.log_retention_days,
            key_id=self.props.keys.key_id("logs"),
        )
