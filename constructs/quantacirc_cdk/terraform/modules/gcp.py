"""The modules on Google Cloud."""

from quantacirc_cdk.terraform.gcp import Cluster, Database, Network, ObjectStore
from quantacirc_cdk.terraform.gcp.provider import VERSIONS
from quantacirc_cdk.terraform.interface import (
    ClusterProps,
    DatabaseProps,
    ExistingNetwork,
    NetworkProps,
    ObjectStoreProps,
)
from quantacirc_cdk.terraform.interface.network import MAX_ZONES
from quantacirc_cdk.terraform.modules.aws import PER_ZONE, POOL, clients, keys
from quantacirc_cdk.terraform.modules.module import UNUSED, Module
from quantacirc_cdk.terraform.modules.node_pools import pool_at

PROVIDERS = {"google": {"source": "hashicorp/google", "version": VERSIONS}}


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
            pod_cidr=module.text("pod_cidr"),
            service_cidr=module.text("service_cidr"),
            zones=module.number("zones", MAX_ZONES),
            nat="per-zone",
            flow_log_retention_days=module.number("flow_log_retention_days", 365),
            log_key_id=module.text("logs_key_id"),
        ),
    )
    module.text("private_services")
    module.only_if("var.private_services", "google_dns_(managed_zone|record_set)[.].*")
    module.text("nat")
    for zone in range(2, MAX_ZONES + 1):
        module.only_if(PER_ZONE, f"google_compute_address.network_{zone}")
        module.only_if(f"var.zones >= {zone}", f"google_compute_address.network_{zone}")
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
                network_id=module.text("network_id"),
                cidr=module.text("network_cidr"),
                private_subnet_ids=module.texts("private_subnet_ids"),
            ),
            keys=keys(module, "cluster", "logs", "volumes"),
            kubernetes_version=module.text("kubernetes_version"),
            node_pools={POOL: pool_at("each.value")},
            admins=module.text("admins"),
            log_retention_days=module.number("log_retention_days", 365),
            # False by its sample, because ``prevent_destroy`` cannot be a variable of a module.
            deletion_protection=module.flag("deletion_protection", sample=False),
        ),
    )
    module.for_each("var.node_pools", pools := "google_container_node_pool.cluster_pools")
    module.moved(pools.replace("pools", "general"), f'{pools}["general"]')
    return made


def object_store(module: Module) -> ObjectStore:
    """Declare the bucket."""
    return ObjectStore(
        module.root,
        "objects",
        ObjectStoreProps(
            name=module.text("bucket"),
            region=module.text("region"),
            account=UNUSED,
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
            region=module.text("region"),
            account=UNUSED,
            network=ExistingNetwork(
                network_id=module.text("network_id"),
                cidr=UNUSED,
                private_subnet_ids=(),
                database_subnet_ids=module.texts("database_subnet_ids"),
            ),
            clients=clients(module),
            keys=keys(module, "database", "secrets"),
            database=module.text("database"),
            credentials_name=module.text("credentials_name"),
            password_version=module.text("password_version"),
            version=module.text("postgres_version"),
            instance_type=module.text("instance_type"),
            storage_gib=module.number("storage_gib", 50),
            max_storage_gib=module.number("max_storage_gib", 500),
            high_availability=module.flag("high_availability", sample=True),
            backup_retention_days=module.number("backup_retention_days", 7),
            deletion_protection=module.flag("deletion_protection", sample=False),
        ),
    )
