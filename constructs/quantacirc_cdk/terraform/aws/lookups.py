"""Data sources for existing AWS infrastructure."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ExistingCluster
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry
from quantacirc_cdk.terraform.interface.lookup import ClusterLookup, ImageRegistryLookup, NetworkLookup
from quantacirc_cdk.terraform.interface.network import ExistingNetwork
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource


def look_up_network(scope: Construct, id: str, lookup: NetworkLookup) -> ExistingNetwork:
    """Read a VPC and its subnets. A subnet of another VPC is an error during the plan."""
    name = terraform_name(id)
    vpc = DataSource(scope, "aws_vpc", name, **_by(lookup.name, "vpc-"))

    def subnets(tier: str, wanted: Sequence[str]) -> list[str]:
        return [
            DataSource(
                scope, "aws_subnet", terraform_name(name, tier, str(number)), vpc_id=vpc.id, **_by(one, "subnet-")
            ).id
            for number, one in enumerate(wanted, start=1)
        ]

    return ExistingNetwork(
        network_id=vpc.id,
        cidr=vpc.ref("cidr_block"),
        looked_up_cidr=lookup.cidr,
        private_subnet_ids=subnets("private", lookup.private_subnets),
        public_subnet_ids=subnets("public", lookup.public_subnets),
        database_subnet_ids=subnets("database", lookup.database_subnets),
    )


def _by(name: str, prefix: str) -> dict[str, object]:
    """Return the arguments that look something up by its id or name."""
    return {"id": name} if name.startswith(prefix) else {"tags": {"Name": name}}


def look_up_cluster(scope: Construct, id: str, lookup: ClusterLookup) -> ExistingCluster:
    """Read an EKS cluster. Its add-on ``eks-pod-identity-agent`` provides identities to pods."""
    cluster = DataSource(scope, "aws_eks_cluster", terraform_name(id), name=lookup.name)
    return ExistingCluster(
        cluster_name=cluster.ref("name"),
        endpoint=cluster.ref("endpoint"),
        certificate_authority=cluster.ref("certificate_authority[0].data"),
        node_security_group_id=cluster.ref("vpc_config[0].cluster_security_group_id"),
        oidc_issuer=cluster.ref("identity[0].oidc[0].issuer"),
    )


def look_up_registry(scope: Construct, id: str, lookup: ImageRegistryLookup) -> ExistingImageRegistry:
    """Read the repositories of an ECR registry in any account; nothing for other registries."""
    host, _, prefix = lookup.address.partition("/")
    if ".dkr.ecr." in host:
        for repository in lookup.repositories:
            DataSource(
                scope,
                "aws_ecr_repository",
                terraform_name(id, repository),
                name=f"{prefix}/{repository}" if prefix else repository,
                registry_id=host.partition(".")[0],
            )
    return ExistingImageRegistry(host=host)
