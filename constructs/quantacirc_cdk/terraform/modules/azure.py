"""The modules on Azure."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from quantacirc_cdk.terraform.azure import Cluster, Database, Network, ObjectStore
from quantacirc_cdk.terraform.azure.place import KeyUser, Place, settle
from quantacirc_cdk.terraform.azure.provider import VERSIONS
from quantacirc_cdk.terraform.expressions import Text
from quantacirc_cdk.terraform.interface import (
    ClusterProps,
    DatabaseProps,
    ExistingCluster,
    ExistingKeyRing,
    NetworkProps,
    ObjectStoreProps,
)
from quantacirc_cdk.terraform.modules.aws import PER_ZONE, POOL
from quantacirc_cdk.terraform.modules.module import UNUSED, ZONES, Module
from quantacirc_cdk.terraform.modules.node_pools import pool_at

PROVIDERS = {"azurerm": {"source": "hashicorp/azurerm", "version": VERSIONS}}
_SYSTEM_POOL = Text("var.system_pool", "system")
_GROWS = 32767
"""Growth of the disk has no limit on Azure."""


class _Given:
    """A resource that the caller passes in variables, which are declared on first use."""

    def __init__(self, **attributes: Callable[[], str]) -> None:
        self._attributes = attributes
        self.arguments: dict[str, Any] = {"retention_in_days": 0}

    @property
    def id(self) -> str:
        return self.ref("id")

    def ref(self, attribute: str) -> str:
        return self._attributes[attribute]()


def _settle(module: Module, account: str) -> Place:
    """Let the caller pass the shared resources of the module."""

    def given(variable: str) -> Callable[[], str]:
        return lambda: module.text(variable)

    place = Place(
        stack=module.root,
        name="",
        account=account,
        tags=module.text("tags"),  # type: ignore[arg-type]  # an expression for the whole of them
        operators="[]",
    )
    place.group = _Given(  # type: ignore[assignment]
        id=given("resource_group_id"), name=given("resource_group_name"), location=given("region")
    )
    place.shared["workspace"] = _Given(id=given("log_workspace_id"), workspace_id=given("log_workspace_guid"))
    place.shared["secret vault"] = SimpleNamespace(vault=_Given(id=given("secret_vault_id")), operator=None)
    settle(module.root, place)
    return place


def _keys(module: Module, place: Place, *purposes: str) -> ExistingKeyRing:
    keys = {purpose: module.text(f"{purpose}_key_id") for purpose in purposes}
    for purpose, key in keys.items():
        inside = purpose == "cluster"
        place.key_users[key] = KeyUser(
            identity_id="" if inside else module.text("keys_identity_id"),
            client_id="",
            versioned_id=f"{key}/{module.text('cluster_key_version')}" if inside else "",
            key_id=f"{module.text('key_vault_id')}/keys/${{basename(var.{purpose}_key_id)}}" if inside else "",
            vault_id=module.text("key_vault_id") if inside else "",
            ready=[],
        )
    return ExistingKeyRing(keys=keys)


def network(module: Module) -> Network:
    """Declare the network."""
    place = _settle(module, module.text("account"))
    keys = _keys(module, place, "logs")
    made = Network(
        module.root,
        "network",
        NetworkProps(
            name=module.text("name"),
            region=module.text("region"),
            account=module.text("account"),
            cidr=module.text("cidr"),
            zones=module.number("zones", ZONES),
            nat="per-zone",
            flow_log_retention_days=module.number("flow_log_retention_days", 365),
            log_key_id=keys.key_id("logs"),
        ),
    )
    module.text("private_services")
    inside = (
        "azurerm_private_(endpoint|dns_zone|dns_zone_virtual_network_link)[.].*",
        "azurerm_.*[.]network_endpoints",
    )
    module.only_if("var.private_services", *inside)
    module.text("nat")
    sku = f'${{{PER_ZONE} ? "StandardV2" : "Standard"}}'
    # Standard is in one zone that Azure chooses, StandardV2 in all.
    zones = f'${{{PER_ZONE} ? ["1", "2", "3"] : null}}'
    module.element("azurerm_public_ip.network").arguments.update(sku=sku, zones=zones)
    module.element("azurerm_nat_gateway.network").arguments["sku_name"] = sku
    module.output("control_plane_subnet_id", made.control_plane_subnet_id, "Subnet of a cluster's control plane.")
    return made


def cluster(module: Module) -> Cluster:
    """Declare the cluster."""
    place = _settle(module, "")
    module.declare("node_pools")
    module.declare("system_pool")
    system = replace(pool_at("var.node_pools[var.system_pool]"), spot=False, taints=())
    made = Cluster(
        module.root,
        "cluster",
        ClusterProps(
            name=module.text("name"),
            region=module.text("region"),
            account=UNUSED,
            network=Network.from_existing(
                network_id=UNUSED,
                cidr=UNUSED,
                private_subnet_ids=module.texts("private_subnet_ids"),
                control_plane_subnet_id=module.text("control_plane_subnet_id"),
            ),
            keys=_keys(module, place, "cluster", "volumes"),
            kubernetes_version=module.text("kubernetes_version"),
            node_pools={_SYSTEM_POOL: system, POOL: pool_at("each.value")},
            system_pool=_SYSTEM_POOL,
            admins=module.text("admins"),
            service_cidr=module.text("service_cidr"),
            # ``prevent_destroy`` cannot be a variable of a module.
            deletion_protection=False,
        ),
    )
    others = "{ for name, pool in var.node_pools : name => pool if name != var.system_pool }"
    module.for_each(others, "azurerm_kubernetes_cluster_node_pool.cluster_pools")
    return made


def object_store(module: Module) -> ObjectStore:
    """Declare the storage account."""
    place = _settle(module, module.text("account"))
    made = ObjectStore(
        module.root,
        "objects",
        ObjectStoreProps(
            name=module.text("bucket"),
            region=module.text("region"),
            account=module.text("account"),
            keys=_keys(module, place, "objects"),
            retention_days=module.number("retention_days", 365),
        ),
    )
    made.bucket.arguments["network_rules"]["virtual_network_subnet_ids"] = module.text("client_subnet_ids")
    return made


def database(module: Module) -> Database:
    """Declare the server."""
    place = _settle(module, "")
    return Database(
        module.root,
        "database",
        DatabaseProps(
            name=module.text("name"),
            region=module.text("region"),
            account=UNUSED,
            network=Network.from_existing(
                network_id=module.text("network_id"),
                cidr=UNUSED,
                private_subnet_ids=(),
                database_subnet_ids=module.texts("database_subnet_ids"),
            ),
            # The network's rules determine who can connect.
            clients=ExistingCluster(
                cluster_name=UNUSED, endpoint=UNUSED, certificate_authority=UNUSED, node_security_group_id=UNUSED
            ),
            keys=_keys(module, place, "database"),
            database=module.text("database"),
            credentials_name=module.text("credentials_name"),
            password_version=module.text("password_version"),
            version=module.text("postgres_version"),
            instance_type=module.text("instance_type"),
            storage_gib=module.number("storage_gib", 50),
            max_storage_gib=_GROWS,
            high_availability=True,
            backup_retention_days=module.number("backup_retention_days", 14),
            deletion_protection=False,
        ),
    )
