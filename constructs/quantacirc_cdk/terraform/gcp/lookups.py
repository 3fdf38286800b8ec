"""Data sources for existing Google Cloud infrastructure."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ExistingCluster
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry
from quantacirc_cdk.terraform.interface.lookup import ClusterLookup, ImageRegistryLookup, NetworkLookup
from quantacirc_cdk.terraform.interface.network import ExistingNetwork
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource


def look_up_network(scope: Construct, id: str, lookup: NetworkLookup) -> ExistingNetwork:
    """Read a VPC network, its subnets, and the private service access range of databases.

    The nodes' subnet must have secondary ranges named ``pods`` and ``services``.
    """
    name = terraform_name(id)
    # Of a Shared VPC, everything belongs to the host project
    # (https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-shared-vpc).
    host = {"project": lookup.project} if lookup.project else {}
    network = DataSource(scope, "google_compute_network", name, name=lookup.name, **host)

    def subnets(tier: str, wanted: Sequence[str]) -> list[str]:
        found = [
            DataSource(
                scope, "google_compute_subnetwork", terraform_name(name, tier), name=one, region=lookup.region, **host
            ).id
            for one in wanted[:1]
        ]
        return found * lookup.zones

    ranges = [
        DataSource(scope, "google_compute_global_address", terraform_name(name, "database"), name=one, **host).ref(
            "name"
        )
        for one in lookup.database_subnets[:1]
    ]
    return ExistingNetwork(
        network_id=network.id,
        cidr=lookup.cidr,
        private_subnet_ids=subnets("private", lookup.private_subnets),
        public_subnet_ids=subnets("public", lookup.public_subnets),
        database_subnet_ids=ranges * lookup.zones,
        project=lookup.project,
    )


def look_up_cluster(scope: Construct, id: str, lookup: ClusterLookup) -> ExistingCluster:
    """Read a GKE cluster of the region with Workload Identity Federation."""
    cluster = DataSource(
        scope, "google_container_cluster", terraform_name(id), name=lookup.name, location=lookup.region
    )
    return ExistingCluster(
        cluster_name=cluster.ref("name"),
        endpoint=cluster.ref("endpoint"),
        certificate_authority=cluster.ref("master_auth[0].cluster_ca_certificate"),
        node_security_group_id=lookup.node_tag or "",
        oidc_issuer=f"https://container.googleapis.com/v1/{cluster.id}",
    )


def look_up_registry(scope: Construct, id: str, lookup: ImageRegistryLookup) -> ExistingImageRegistry:
    """Read a repository of Artifact Registry in any project; nothing for other registries."""
    host, *parts = lookup.address.split("/")
    if host.endswith("-docker.pkg.dev") and len(parts) >= 2:
        DataSource(
            scope,
            "google_artifact_registry_repository",
            terraform_name(id),
            location=host.removesuffix("-docker.pkg.dev"),
            project=parts[0],
            repository_id=parts[1],
        )
    return ExistingImageRegistry(host=host)
