"""Data sources for existing Azure infrastructure."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.azure.cluster import Cluster
from quantacirc_cdk.terraform.azure.network import ExistingAzureNetwork
from quantacirc_cdk.terraform.azure.place import assign, place_of
from quantacirc_cdk.terraform.azure.private_services import PrivateServices
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ExistingCluster
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry
from quantacirc_cdk.terraform.interface.lookup import ClusterLookup, ImageRegistryLookup, NetworkLookup
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource


def look_up_network(scope: Construct, id: str, lookup: NetworkLookup) -> ExistingAzureNetwork:
    """Read a virtual network and its subnets.

    The nodes' subnet must have the service endpoints ``Microsoft.KeyVault`` and ``Microsoft.Storage`` and a NAT
    gateway. The databases' subnet must be delegated to ``Microsoft.DBforPostgreSQL/flexibleServers``, that of the
    control plane to ``Microsoft.ContainerService/managedClusters``. The endpoint of a registry of the stack is in the
    nodes' subnet.
    """
    name = terraform_name(id)
    group = {"resource_group_name": lookup.resource_group}
    network = DataSource(scope, "azurerm_virtual_network", name, name=lookup.name, **group)

    def subnets(tier: str, wanted: Sequence[str]) -> list[str]:
        place = {"virtual_network_name": network.ref("name"), **group}
        return [
            DataSource(scope, "azurerm_subnet", terraform_name(name, tier), name=one, **place).id for one in wanted[:1]
        ]

    private = subnets("private", lookup.private_subnets)
    for subnet_id in private:
        place_of(scope).admit(subnet_id)
    PrivateServices(
        scope,
        f"{id}-private-services",
        network=network.id,
        subnet=lambda: private[0],
        name=place_of(scope).name,
        every=False,
    )
    control_plane = subnets("control-plane", [lookup.control_plane_subnet] if lookup.control_plane_subnet else [])
    return ExistingAzureNetwork(
        network_id=network.id,
        cidr=lookup.cidr,
        private_subnet_ids=private * lookup.zones,
        public_subnet_ids=subnets("public", lookup.public_subnets) * lookup.zones,
        database_subnet_ids=subnets("database", lookup.database_subnets) * lookup.zones,
        control_plane_subnet_id=control_plane[0] if control_plane else "",
    )


def look_up_cluster(scope: Construct, id: str, lookup: ClusterLookup) -> ExistingCluster:
    """Read an AKS cluster with an OpenID Connect issuer and Workload Identity."""
    group = lookup.resource_group
    cluster = DataSource(
        scope, "azurerm_kubernetes_cluster", terraform_name(id), name=lookup.name, resource_group_name=group
    )
    return ExistingCluster(
        cluster_name=cluster.ref("name"),
        endpoint=f"https://${{coalesce({cluster.address}.private_fqdn, {cluster.address}.fqdn)}}",
        certificate_authority=cluster.ref("kube_config[0].cluster_ca_certificate"),
        node_security_group_id=lookup.network.private_subnet_ids[0],
        oidc_issuer=cluster.ref("oidc_issuer_url"),
    )


def look_up_registry(scope: Construct, id: str, lookup: ImageRegistryLookup) -> ExistingImageRegistry:
    """Read a container registry, and allow a cluster of the stack to pull from it; nothing for other registries."""
    host = lookup.address.partition("/")[0]
    if host.endswith(".azurecr.io"):
        name = terraform_name(id)
        registry = DataSource(
            scope,
            "azurerm_container_registry",
            name,
            name=host.removesuffix(".azurecr.io"),
            resource_group_name=lookup.resource_group,
        )
        if isinstance(lookup.cluster, Cluster):
            principal = lookup.cluster.cluster.ref("kubelet_identity[0].object_id")
            assign(scope, terraform_name(name, "images"), role="AcrPull", to=principal, on=registry.id)
    return ExistingImageRegistry(host=host)
