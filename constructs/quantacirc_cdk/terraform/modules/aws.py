"""The modules on AWS."""

from quantacirc_cdk.terraform.aws import Cluster, Database, Network, ObjectStore
from quantacirc_cdk.terraform.aws.provider import SOURCE, VERSIONS
from quantacirc_cdk.terraform.expressions import Text
from quantacirc_cdk.terraform.interface import (
    ClusterProps,
    DatabaseProps,
    ExistingCluster,
    ExistingKeyRing,
    ExistingNetwork,
    NetworkProps,
    ObjectStoreProps,
)
from quantacirc_cdk.terraform.interface.network import MAX_ZONES
from quantacirc_cdk.terraform.modules.module import UNUSED, Module
from quantacirc_cdk.terraform.modules.node_pools import pool_at

PER_ZONE = 'var.nat == "per-zone"'
POOL = Text("each.key", "pools")
"""Name of each pool; elements of pools are named `pools`."""
_ENDPOINT = "aws_vpc_endpoint[.]network_(?!s3$).*"
"""All endpoints except the one for S3, which is free."""
PROVIDERS = {"aws": {"source": SOURCE, "version": VERSIONS}}


def keys(module: Module, *purposes: str) -> ExistingKeyRing:
    """Return the keys that the caller passes."""
    return ExistingKeyRing(keys={purpose: module.text(f"{purpose}_key_id") for purpose in purposes})


def network(module: Module) -> Network:
    """Declare the network."""
    made = Network(
        module.root,
        "network",
        NetworkProps(
            name=module.text("name"),
            region=module.text("region"),
            account=module.text("account"),
            cidr=module.text("cidr"),
            zones=MAX_ZONES,
            nat="per-zone",
            flow_log_retention_days=module.number("flow_log_retention_days", 365),
            log_key_id=module.text("logs_key_id"),
        ),
    )
    module.text("private_services")
    inside = ("aws_(security_group|vpc_security_group_ingress_rule)[.]network_endpoints", _ENDPOINT)
    module.only_if("var.private_services", *inside)
    module.text("nat")
    module.declare("zones")
    for zone in range(2, MAX_ZONES + 1):
        gateway = f"aws_nat_gateway.network_{zone}"
        module.only_if(f"var.zones >= {zone}", f"aws_[a-z_]+[.]network_(private_|public_|database_)?{zone}")
        module.only_if(PER_ZONE, gateway, f"aws_eip.network_{zone}")
        route = module.element(f"aws_route.network_private_{zone}")
        route.arguments["nat_gateway_id"] = f"${{{PER_ZONE} ? {gateway}[0].id : aws_nat_gateway.network_1.id}}"
    return made


def cluster(module: Module) -> Cluster:
    """Declare the cluster."""
    module.declare("node_pools")
    made = Cluster(
        module.root,
        "cluster",
        ClusterProps(
            name=module.text("name"),
            region=module.text("region"),
            account=module.text("account"),
            network=ExistingNetwork(
                network_id=UNUSED, cidr=UNUSED, private_subnet_ids=module.texts("private_subnet_ids")
            ),
            keys=keys(module, "cluster", "logs", "volumes"),
            kubernetes_version=module.text("kubernetes_version"),
            node_pools={POOL: pool_at("each.value")},
            admins=module.text("admins"),
            service_cidr=module.text("service_cidr"),
            log_retention_days=module.number("log_retention_days", 365),
            # ``prevent_destroy`` cannot be a variable of a module.
            deletion_protection=False,
        ),
    )
    pools = ("aws_eks_node_group.cluster_pools", "aws_launch_template.cluster_pools")
    module.for_each("var.node_pools", *pools, "data.aws_ssm_parameter.cluster_nodes_pools")
    for address in pools:
        module.moved(address.replace("pools", "general"), f'{address}["general"]')
    return made


def object_store(module: Module) -> ObjectStore:
    """Declare the bucket."""
    return ObjectStore(
        module.root,
        "objects",
        ObjectStoreProps(
            name=module.text("bucket"),
            region=UNUSED,
            account=module.text("account"),
            keys=keys(module, "objects"),
            retention_days=module.number("retention_days", 365),
        ),
    )


def database(module: Module) -> Database:
    """Declare the database."""
    return Database(
        module.root,
        "database",
        DatabaseProps(
            name=module.text("name"),
            region=UNUSED,
            account=module.text("account"),
            network=ExistingNetwork(
                network_id=module.text("network_id"),
                cidr=UNUSED,
                private_subnet_ids=(),
                database_subnet_ids=module.texts("database_subnet_ids"),
            ),
            clients=clients(module),
            keys=keys(module, "database", "logs", "secrets"),
            database=module.text("database"),
            credentials_name=module.text("credentials_name"),
            password_version=module.text("password_version"),
            version=module.text("postgres_version"),
            instance_type=module.text("instance_type"),
            storage_gib=module.number("storage_gib", 50),
            max_storage_gib=module.number("max_storage_gib", 500),
            high_availability=module.flag("high_availability", sample=True),
            backup_retention_days=module.number("backup_retention_days", 14),
            # False by its sample, because ``prevent_destroy`` cannot be a variable of a module.
            deletion_protection=module.flag("deletion_protection", sample=False),
        ),
    )


def clients(module: Module) -> ExistingCluster:
    """Return the cluster whose nodes connect to the database."""
    return ExistingCluster(
        cluster_name=UNUSED,
        endpoint=UNUSED,
        certificate_authority=UNUSED,
        node_security_group_id=module.text("node_security_group_id"),
    )
