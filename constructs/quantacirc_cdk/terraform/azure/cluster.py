"""An AKS cluster."""

from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.limits.azure import system_pools
from quantacirc_cdk.limits.clusters import refused_system_pool
from quantacirc_cdk.terraform.azure.container_logs import ContainerLogs
from quantacirc_cdk.terraform.azure.network import ZONES, ExistingAzureNetwork, Network
from quantacirc_cdk.terraform.azure.node_pools import NodePools, node_pool, system_pool
from quantacirc_cdk.terraform.azure.place import AzureResource, KeyUser, assign, diagnose, key_user, place_of
from quantacirc_cdk.terraform.azure.workload_identity import WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import Text, host
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, ExistingCluster, refuse_limits
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

LONGEST_NAME = 54
_LOGS = (
    "cluster-autoscaler",
    "guard",
    "kube-apiserver",
    "kube-audit-admin",
    "kube-controller-manager",
    "kube-scheduler",
)
"""Control plane logs: all there are but reads by the cluster itself."""
_SNAPSHOTS = (
    *(f"Microsoft.Compute/disks/{action}" for action in ("beginGetAccess/action", "endGetAccess/action")),
    *(f"Microsoft.Compute/disks/{action}" for action in ("read", "write")),
    *(f"Microsoft.Compute/snapshots/{action}" for action in ("delete", "read", "write")),
)
"""Permissions for snapshots of volumes and volumes of snapshots: those of Velero's plugin for disks
(https://github.com/vmware-tanzu/velero-plugin-for-microsoft-azure/blob/main/README.md#specify-role)."""


class Cluster(Checked, Construct):
    """An AKS cluster with private nodes over all zones, Cilium, Workload Identity, Azure RBAC and encrypted secrets.

    Creates the control plane, its identity, the disk encryption of its nodes, a node pool for each that is declared
    (``system_pool`` also runs the system's pods) and the right to pull images. Patches come at weekends by themselves.
    Local accounts are off: admins are groups of Entra ID. Raises ``PropsError``.
    """

    def __init__(self, scope: Construct, id: str, props: ClusterProps) -> None:
        super().__init__(scope, id)
        _check_limits(props, key_user(self, props.keys.key_id("cluster")))
        self.props = props
        self._name = terraform_name(id)
        self.disks = self._disk_encryption()
        self.cluster = self._control_plane(self._identity())
        place_of(self).groups.append(self.cluster.ref("node_resource_group"))
        self.cluster_name = self.cluster.ref("name")
        self.endpoint = f"https://${{{self.cluster.address}.{'private_fqdn' if props.private_endpoint else 'fqdn'}}}"
        self.certificate_authority = self.cluster.ref("kube_config[0].cluster_ca_certificate")
        self.oidc_issuer = self.cluster.ref("oidc_issuer_url")
        self.node_security_group_id = props.network.private_subnet_ids[0]
        assign(
            self,
            terraform_name(self._name, "images"),
            role="AcrPull",
            to=self.cluster.ref("kubelet_identity[0].object_id"),
            on=place_of(self).group.id,
        )
        diagnose(self, self._name, self.cluster, *_LOGS)
        ContainerLogs(self, "container-logs", cluster=self)
        NodePools(self, "nodes", cluster=self)

    @staticmethod
    def from_existing(
        *,
        cluster_name: str,
        endpoint: str,
        certificate_authority: str,
        node_security_group_id: str,
        oidc_issuer: str = "",
    ) -> ExistingCluster:
        """Return an existing cluster for other constructs; creates nothing."""
        return ExistingCluster(
            cluster_name=cluster_name,
            endpoint=endpoint,
            certificate_authority=certificate_authority,
            node_security_group_id=node_security_group_id,
            oidc_issuer=oidc_issuer,
        )

    def grant_snapshots(self, identity: WorkloadIdentity) -> None:
        """Let Velero take snapshots of disks, and create disks from snapshots, in the resource group of the nodes. No
        role of Azure is as narrow: that for snapshots also deletes storage accounts.
        """
        group, name = self.cluster.ref("node_resource_group_id"), terraform_name(self._name, "snapshots")
        role = AzureResource(
            self,
            "azurerm_role_definition",
            name,
            name=f"{self.props.name}-snapshots",
            description="Snapshots of volumes, and volumes of snapshots",
            scope=group,
            assignable_scopes=[group],
            permissions=[{"actions": list(_SNAPSHOTS)}],
        )
        AzureResource(
            self,
            "azurerm_role_assignment",
            identity.grant_name("snapshots"),
            scope=group,
            role_definition_id=role.ref("role_definition_resource_id"),
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
        )

    def _identity(self) -> Resource:
        """Create what the control plane acts as: it joins nodes to their subnet and reads the key of the secrets."""
        identity = AzureResource(self, "azurerm_user_assigned_identity", self._name, name=f"{self.props.name}-cluster")
        principal = identity.ref("principal_id")
        user = key_user(self, self.props.keys.key_id("cluster"))
        self._grants = [
            assign(
                self,
                terraform_name(self._name, "network"),
                role="Network Contributor",
                to=principal,
                on=self.props.network.private_subnet_ids[0],
            ),
            assign(
                self,
                terraform_name(self._name, "secrets_key"),
                role="Key Vault Crypto User",
                to=principal,
                on=user.key_id,
            ),
            # AKS makes itself a private endpoint to the vault; in a vault under RBAC the role opens no key.
            assign(
                self,
                terraform_name(self._name, "vault"),
                role="Key Vault Contributor",
                to=principal,
                on=user.vault_id,
            ),
            assign(
                self,
                terraform_name(self._name, "control_plane"),
                role="Network Contributor",
                to=principal,
                on=_control_plane_subnet(self.props),
            ),
        ]
        return identity

    def _disk_encryption(self) -> Resource:
        key = self.props.keys.key_id("volumes")
        user = key_user(self, key)
        return AzureResource(
            self,
            "azurerm_disk_encryption_set",
            self._name,
            name=f"{self.props.name}-volumes",
            key_vault_key_id=key,
            auto_key_rotation_enabled=True,
            encryption_type="EncryptionAtRestWithCustomerKey",
            identity={"type": "UserAssigned", "identity_ids": [user.identity_id]},
            depends_on=user.ready,
        )

    def _control_plane(self, identity: Resource) -> Resource:
        props = self.props
        workspace = place_of(self).workspace(props.log_retention_days).id
        system = system_pool(props)
        window = {
            "frequency": "Weekly",
            "interval": 1,
            "day_of_week": "Sunday",
            "duration": 6,
            "start_time": "02:00",
            "utc_offset": "+00:00",
            # Whole days, of which the provider takes the date
            # (https://learn.microsoft.com/azure/aks/planned-maintenance#configure-a-maintenance-window).
            "not_allowed": [
                {"start": f"{one.first_day}T00:00:00Z", "end": f"{one.last_day}T00:00:00Z"}
                for _, one in sorted(props.maintenance_exclusions.items())
            ]
            or None,
        }
        return AzureResource(
            self,
            "azurerm_kubernetes_cluster",
            self._name,
            name=props.name,
            dns_prefix=props.name,
            kubernetes_version=props.kubernetes_version,
            sku_tier="Standard",
            node_resource_group=f"{props.name}-nodes",
            automatic_upgrade_channel="patch",
            node_os_upgrade_channel="NodeImage",
            maintenance_window_auto_upgrade=window,
            maintenance_window_node_os=window,
            private_cluster_enabled=props.private_endpoint,
            private_cluster_public_fqdn_enabled=False if props.private_endpoint else None,
            api_server_access_profile={
                # A vault with a firewall is reached from inside only
                # (https://learn.microsoft.com/azure/aks/use-kms-etcd-encryption#limitations).
                "virtual_network_integration_enabled": True,
                "subnet_id": _control_plane_subnet(props),
                "authorized_ip_ranges": None if props.private_endpoint else list(props.authorized_cidrs),
            },
            local_account_disabled=True,
            run_command_enabled=False,
            role_based_access_control_enabled=True,
            azure_active_directory_role_based_access_control={
                "azure_rbac_enabled": True,
                "admin_group_object_ids": props.admins if isinstance(props.admins, str) else list(props.admins),
            },
            oidc_issuer_enabled=True,
            workload_identity_enabled=True,
            identity={"type": "UserAssigned", "identity_ids": [identity.id]},
            disk_encryption_set_id=self.disks.id,
            key_management_service={
                "key_vault_key_id": key_user(self, props.keys.key_id("cluster")).versioned_id,
                "key_vault_network_access": "Private",
            },
            network_profile=self._network_profile(),
            default_node_pool={
                **node_pool(props, system, props.node_pools[system]),
                "temporary_name_for_rotation": _rotation_name(system),
            },
            node_provisioning_profile={"mode": "Manual"},
            auto_scaler_profile={"balance_similar_node_groups": True},
            azure_policy_enabled=True,
            image_cleaner_enabled=True,
            image_cleaner_interval_hours=168,
            microsoft_defender={"log_analytics_workspace_id": workspace},
            oms_agent={"log_analytics_workspace_id": workspace, "msi_auth_for_monitoring_enabled": True},
            lifecycle=self._lifecycle(),
            depends_on=self._grants,
        )

    def _network_profile(self) -> dict[str, Any]:
        network = self.props.network
        return {
            "network_plugin": "azure",
            "network_plugin_mode": "overlay",
            "network_data_plane": "cilium",
            "network_policy": "cilium",
            "pod_cidr": network.pod_cidr if isinstance(network, Network) else None,
            "service_cidr": self.props.service_cidr,
            "dns_service_ip": host(self.props.service_cidr, 10),
            "outbound_type": "userAssignedNATGateway",
            "load_balancer_sku": "standard",
        }

    def _lifecycle(self) -> dict[str, Any]:
        # The autoscaler owns the number of nodes. Patches come by themselves, but no minor version
        # (https://learn.microsoft.com/azure/aks/auto-upgrade-cluster#cluster-auto-upgrade-channels): a version without
        # a patch, as here, stands for the latest one
        # (https://learn.microsoft.com/azure/aks/supported-kubernetes-versions#alias-minor-version).
        rules: dict[str, Any] = {"ignore_changes": ["default_node_pool[0].node_count"]}
        return rules | ({"prevent_destroy": True} if self.props.deletion_protection else {})


def _rotation_name(pool: str) -> str:
    """Return the name of the temporary pool during a change of the system pool; at most 12 letters and digits."""
    return f"${{substr({pool.expression}, 0, 9)}}tmp" if isinstance(pool, Text) else f"{pool[:9]}tmp"


def _control_plane_subnet(props: ClusterProps) -> str:
    network = props.network
    return network.control_plane_subnet_id if isinstance(network, Network | ExistingAzureNetwork) else ""


def _check_limits(props: ClusterProps, key: KeyUser) -> None:
    rules = Rules(props.name)
    if not key.versioned_id:
        rules.refuse("keys", "a key without a version", "cluster_key_version of KeyRing.from_existing")
    if not _control_plane_subnet(props):
        rules.refuse("network", "no subnet for the control plane", "control_plane_subnet_id of Network.from_existing")
    rules.matches(
        "name",
        props.name,
        rf"[a-z][-a-z0-9]{{0,{LONGEST_NAME - 2}}}[a-z0-9]",
        f"at most {LONGEST_NAME} lower-case letters, digits, dashes",
    )
    if props.mode == "autopilot":
        rules.refuse("mode", '"autopilot" is only offered by Google Cloud', '"standard"')
    if props.operator_cidrs:
        what = "networks that are peered or connected by a VPN reach the private API already"
        rules.refuse("operator_cidrs", what, "none")
    refuse_limits(rules, "azure", props)
    if props.node_image:
        rules.refuse("node_image", "only AWS asks for it", "none: AKS updates node images itself")
    if props.autoscaler != "cluster-autoscaler":
        rules.refuse("autoscaler", f'"{props.autoscaler}", but AKS runs its own', "no autoscaler")
    if props.security_group:
        rules.refuse("security_group", "a setting of Google Cloud only", "none: groups are those of Entra ID")
    for pool in props.node_pools:
        # https://learn.microsoft.com/azure/aks/create-node-pools#limitations
        rules.matches(f"node_pools.{pool}", pool, r"[a-z][a-z0-9]{0,11}", "at most 12 lower-case letters and digits")
    if props.node_pools:
        _check_system_pool(props, rules)
    rules.between("log_retention_days", props.log_retention_days, 30, 730, "days")
    rules.between("network", len(props.network.private_subnet_ids), 1, ZONES, "zones")
    rules.check()


def _check_system_pool(props: ClusterProps, rules: Rules) -> None:
    pools = system_pools(props.node_pools)
    if props.system_pool is not None and props.system_pool not in props.node_pools:
        rules.refuse("system_pool", f'no pool "{props.system_pool}"', nearest(props.system_pool, pools))
        return
    if props.system_pool is None and len(pools) > 1:
        what = f"several pools that could run the system's pods: {', '.join(pools)}"
        rules.refuse("system_pool", what, "the one that was first until now: another one replaces the cluster")
        return
    name = system_pool(props)
    rules.refused(refused_system_pool(props.node_pools[name]), "node_pools", name)
