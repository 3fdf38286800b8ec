"""A Valkey-compatible cache on Memorystore."""

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import choose
from quantacirc_cdk.terraform.gcp.database_credentials import as_expression
from quantacirc_cdk.terraform.gcp.firewall import admit_nodes
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.secret import grant_access, secret
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity
from quantacirc_cdk.terraform.interface.cache import CacheProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide

PORT = 6378
"""Port with TLS (https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption)."""
_LARGEST_GIB = 300
_LONGEST_NAME = 40


class Cache(Checked, Construct):
    """A Memorystore instance that only the cluster's nodes can reach, over TLS, with a password.

    It runs Redis 7.2, whose protocol and data Valkey 7.2 shares: Memorystore for Valkey has no passwords, only tokens
    that expire. Creates the instance (with high availability, a replica in another zone), its credentials, and the
    firewall rule that lets nodes connect. Google Cloud chooses the password, so Terraform's state contains it. Clients
    need the certificate authority in the secret. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: CacheProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        check_name(rules, props.name, _LONGEST_NAME)
        if props.version not in (None, "7.2"):
            rules.refuse("version", str(props.version), "7.2, the only version of Memorystore with a password")
        rules.between("memory_gib", props.memory_gib, 1, _LARGEST_GIB, "GiB")
        rules.between("backup_retention_days", props.backup_retention_days, 0, 1, "days: it keeps the last snapshot")
        if props.instance_type:
            rules.refuse("instance_type", props.instance_type, "none: Memorystore takes the memory")
        if not props.network.database_subnet_ids:
            rules.refuse("network", "a network without a range for databases", "one with private service access")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: CacheProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.instance = self._instance()
        self.host = self.instance.ref("host")
        self.port = PORT
        admit_nodes(
            self,
            self._name,
            name=props.name,
            service="Memorystore",
            network=props.network,
            clients=props.clients,
            hosts=[self.host],
            port=PORT,
        )
        self.credentials_id = self._keep_credentials()

    def grant_connect(self, identity: WorkloadIdentity | ExistingWorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials. Only the cluster's nodes can connect through the network."""
        grant_access(self, identity.grant_name(self._name), self.credentials_id, identity)

    def _instance(self) -> Resource:
        props = self.props
        snapshots = {"persistence_mode": "RDB", "rdb_snapshot_period": "TWENTY_FOUR_HOURS"}
        return Resource(
            self,
            "google_redis_instance",
            self._name,
            name=props.name,
            region=props.region,
            tier=choose(props.high_availability, "STANDARD_HA", "BASIC"),
            memory_size_gb=props.memory_gib,
            redis_version="REDIS_7_2",
            redis_configs={"maxmemory-policy": props.eviction},
            authorized_network=props.network.network_id,
            connect_mode="PRIVATE_SERVICE_ACCESS",
            reserved_ip_range=props.network.database_subnet_ids[0],
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            customer_managed_key=props.keys.key_id(props.key),
            persistence_config=snapshots if props.backup_retention_days else {"persistence_mode": "DISABLED"},
            maintenance_policy={
                "weekly_maintenance_window": [
                    {"day": "SUNDAY", "start_time": {"hours": 3, "minutes": 0, "seconds": 0, "nanos": 0}}
                ]
            },
            depends_on=enable(self, "redis"),
        )

    def _keep_credentials(self) -> str:
        props = self.props
        provide(self, "secret", props.credentials)
        kept = secret(
            self,
            f"{self._name}_credentials",
            name=props.credentials,
            description=f"Address, password and certificate authority of {props.name}",
            region=props.region,
            recovery_region=props.recovery_region,
            keys=props.keys,
            deletion_days=30,
        )
        cache = self.instance.address
        Resource(
            self,
            "google_secret_manager_secret_version",
            f"{self._name}_credentials",
            secret=kept.id,
            secret_data_wo=f"${{jsonencode({{password = {cache}.auth_string, host = {cache}.host, port = {PORT}, "
            f"ca = {cache}.server_ca_certs[0].cert}})}}",
            secret_data_wo_version=as_expression(props.password_version),
            lifecycle=replaced_with(cache),
        )
        return kept.id
