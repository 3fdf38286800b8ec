"""A Valkey-compatible cache: Azure Managed Redis."""

from quantacirc_cdk.limits.azure import cache_sku
from quantacirc_cdk.limits.machines import refused_store_type
from quantacirc_cdk.terraform.azure.place import AzureResource, assign, diagnose, key_user, place_of
from quantacirc_cdk.terraform.azure.private_services import private_zone
from quantacirc_cdk.terraform.azure.secret import secret, secret_id
from quantacirc_cdk.terraform.azure.workload_identity import ExistingAzureWorkloadIdentity, WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cache import CacheProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide

PORT = 10000
"""https://learn.microsoft.com/azure/redis/planning-faq"""
_ZONE = "privatelink.redis.azure.net"
_POLICIES = {
    "noeviction": "NoEviction",
    "allkeys-lru": "AllKeysLRU",
    "allkeys-lfu": "AllKeysLFU",
    "allkeys-random": "AllKeysRandom",
    "volatile-lru": "VolatileLRU",
    "volatile-lfu": "VolatileLFU",
    "volatile-random": "VolatileRandom",
    "volatile-ttl": "VolatileTTL",
}
_ONE_SHARD_GIB = 24
"""Largest size without shards (https://learn.microsoft.com/azure/redis/architecture#cluster-policies)."""


class Cache(Checked, Construct):
    """An instance of Azure Managed Redis that is reached inside the network only, over TLS, with an access key.

    Creates the instance (with high availability, a replica in another zone), its private endpoint and DNS zone, and its
    credentials in the vault. A client connects to one address: up to 24 GiB the instance has one shard, and above, a
    proxy that refuses commands for keys of several shards. Azure chooses the version and the access key, so Terraform's
    state contains the key. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: CacheProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        rules = Rules(props.name)
        if wrong := refused_store_type("azure", "cache", props.instance_type):
            rules.refuse("instance_type", *wrong)
        expected = "at most 60 letters, digits and single dashes"
        rules.matches("name", props.name, r"[A-Za-z0-9](-?[A-Za-z0-9]){0,59}", expected)
        if len(props.name) > 60:
            rules.refuse("name", f"{len(props.name)} characters", expected)
        if props.version is not None:
            rules.refuse("version", props.version, "none: Azure chooses it")
        rules.between("backup_retention_days", props.backup_retention_days, 0, 1, "days: it keeps the last snapshot")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: CacheProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.instance = self._instance()
        diagnose(self, self._name, self.instance, "ConnectionEvents", suffix="/databases/default")
        self.host = self.instance.ref("hostname")
        self.port = PORT
        self._connect()
        self.credentials_id = self._keep_credentials()

    def grant_connect(self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials. Only the network's addresses can connect."""
        assign(
            self,
            identity.grant_name(self._name),
            role="Key Vault Secrets User",
            to=identity.principal_id,
            on=secret_id(self, self.props.credentials),
        )

    def _instance(self) -> Resource:
        props = self.props
        key = props.keys.key_id(props.key)
        user = key_user(self, key)
        return AzureResource(
            self,
            "azurerm_managed_redis",
            self._name,
            name=props.name,
            sku_name=props.instance_type or cache_sku(props.memory_gib),
            high_availability_enabled=props.high_availability,
            public_network_access="Disabled",
            default_database={
                "access_keys_authentication_enabled": True,
                "client_protocol": "Encrypted",
                "clustering_policy": "NoCluster" if props.memory_gib <= _ONE_SHARD_GIB else "EnterpriseCluster",
                "eviction_policy": _POLICIES[props.eviction],
                "persistence_redis_database_backup_frequency": "12h" if props.backup_retention_days else None,
            },
            identity={"type": "UserAssigned", "identity_ids": [user.identity_id]},
            customer_managed_key={"key_vault_key_id": key, "user_assigned_identity_id": user.identity_id},
            depends_on=list(user.ready),
        )

    def _connect(self) -> None:
        shown = f"{self.props.name}-cache"
        place = place_of(self)
        # All caches of a stack are in one zone.
        zone = place.once(
            "cache zone", lambda: private_zone(place.stack, "cache", _ZONE, self.props.network.network_id)
        )
        AzureResource(
            self,
            "azurerm_private_endpoint",
            self._name,
            name=shown,
            subnet_id=self.props.network.private_subnet_ids[0],
            private_service_connection={
                "name": shown,
                "private_connection_resource_id": self.instance.id,
                "subresource_names": ["redisEnterprise"],
                "is_manual_connection": False,
            },
            private_dns_zone_group={"name": "cache", "private_dns_zone_ids": [zone]},
        )

    def _keep_credentials(self) -> str:
        props = self.props
        provide(self, "secret", props.credentials)
        cache = self.instance.address
        return secret(
            self,
            f"{self._name}_credentials",
            name=props.credentials,
            value=f"${{jsonencode({{password = {cache}.default_database[0].primary_access_key, "
            f"host = {cache}.hostname, port = {PORT}}})}}",
            version=props.password_version,
            description=f"Address and access key of {props.name}",
            owner=self.instance,
        ).ref("versionless_id")
