"""A Valkey cache on ElastiCache."""

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.machines import refused_store_type
from quantacirc_cdk.terraform.aws.iam import allow
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity, grant
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cache import CacheProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.password_version import shared_version
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide, stack_of
from quantacirc_cdk.text.terraform import bare

PORT = 6379
PROVIDER = ">= 6.69.0, < 7.0.0"
"""Provider versions that can set a password without storing it in the state."""
_NODES = (
    (1.37, "cache.t4g.small"),
    (3.09, "cache.t4g.medium"),
    (6.38, "cache.m7g.large"),
    (13.07, "cache.r7g.large"),
    (26.32, "cache.r7g.xlarge"),
    (52.82, "cache.r7g.2xlarge"),
    (105.81, "cache.r7g.4xlarge"),
    (209.55, "cache.r7g.8xlarge"),
    (419.09, "cache.r7g.16xlarge"),
)
"""Memory in GiB and node type:
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html.
"""


def node_type(memory_gib: int) -> str:
    """Return the smallest ElastiCache node type with ``memory_gib``. Raises ``PropsError`` if there is none."""
    for memory, name in _NODES:
        if memory >= memory_gib:
            return name
    raise PropsError(f"no ElastiCache node has {memory_gib} GiB; set the instance type explicitly")


class Cache(Checked, Construct):
    """A Valkey cache that only the cluster's nodes can reach, over TLS, with a password that is not in the state.

    Creates the replication group, its credentials, its subnet and parameter groups and its security group. With high
    availability, a replica in another zone takes over. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: CacheProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        rules = Rules(props.name)
        if wrong := refused_store_type("aws", "cache", props.instance_type):
            rules.refuse("instance_type", *wrong)
        expected = "at most 40 lower-case letters, digits, single dashes"
        rules.matches("name", props.name, r"[a-z](-?[a-z0-9]){0,39}", expected)
        if len(props.name) > 40:
            rules.refuse("name", f"{len(props.name)} characters", expected)
        if not props.network.database_subnet_ids:
            rules.refuse("network", "a network without database subnets", "one with them")
        if props.high_availability and len(props.network.database_subnet_ids) < 2:
            rules.refuse("high_availability", "no second zone for the replica", "database subnets in two zones")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: CacheProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._version = props.version or "8.0"
        stack = stack_of(self)
        stack.add_override("terraform.required_providers.aws.version", PROVIDER)
        rules = {"password_length": 64, "exclude_punctuation": True}
        stack.add_override("ephemeral.aws_secretsmanager_random_password", {self._name: rules})
        self._password = f"ephemeral.aws_secretsmanager_random_password.{self._name}.random_password"
        self._password_version = shared_version(
            self, f"{self._name}_password", props.password_version, props.name, props.credentials
        )
        self.nodes = 2 if props.high_availability else 1
        self.group = self._replication_group()
        self.host = self.group.ref("primary_endpoint_address")
        self.port = PORT
        self.credentials_id = self._keep_credentials()

    def grant_connect(self, identity: WorkloadIdentity | ExistingWorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials. Only the cluster's nodes can connect through the network."""
        actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        key = self.props.keys.key_id("secrets")
        statements = [allow(actions, [self.credentials_id], "Read"), allow(["kms:Decrypt"], [key], "Key")]
        grant(self, identity, self._name, statements)

    def _replication_group(self) -> Resource:
        props = self.props
        return Resource(
            self,
            "aws_elasticache_replication_group",
            self._name,
            replication_group_id=props.name,
            description="Valkey",
            engine="valkey",
            engine_version=self._version,
            node_type=props.instance_type or node_type(props.memory_gib),
            num_cache_clusters=self.nodes,
            automatic_failover_enabled=props.high_availability,
            multi_az_enabled=props.high_availability,
            port=PORT,
            subnet_group_name=self._subnet_group().ref("name"),
            security_group_ids=[self._security_group().id],
            parameter_group_name=self._parameter_group().ref("name"),
            at_rest_encryption_enabled="true",
            kms_key_id=props.keys.key_id(props.key),
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token_wo=f"${{{self._password}}}",
            auth_token_wo_version=self._password_version,
            snapshot_retention_limit=props.backup_retention_days,
            snapshot_window="02:00-03:00" if props.backup_retention_days else None,
            maintenance_window="sun:03:30-sun:04:30",
            auto_minor_version_upgrade="true",
            apply_immediately=False,
        )

    def _subnet_group(self) -> Resource:
        return Resource(
            self,
            "aws_elasticache_subnet_group",
            self._name,
            name=self.props.name,
            description="Database subnets without a route out",
            subnet_ids=list(self.props.network.database_subnet_ids),
        )

    def _parameter_group(self) -> Resource:
        major = self._version.partition(".")[0]
        return Resource(
            self,
            "aws_elasticache_parameter_group",
            self._name,
            name=f"{self.props.name}-valkey{major}",
            family=f"valkey{major}",
            description="Eviction policy and other parameters",
            parameter=[{"name": "maxmemory-policy", "value": self.props.eviction}],
            # A new major version needs its new group before the old one can be deleted.
            lifecycle={"create_before_destroy": True},
        )

    def _security_group(self) -> Resource:
        name = self.props.name
        group = Resource(
            self,
            "aws_security_group",
            self._name,
            name=name,
            description="Valkey",
            vpc_id=self.props.network.network_id,
            tags={"Name": name},
        )
        Resource(
            self,
            "aws_vpc_security_group_ingress_rule",
            self._name,
            security_group_id=group.id,
            description="Valkey from the cluster's nodes",
            referenced_security_group_id=self.props.clients.node_security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags={"Name": name},
        )
        return group

    def _keep_credentials(self) -> str:
        props, replica = self.props, None
        if props.recovery_region:
            replica = {"region": props.recovery_region, "kms_key_id": props.keys.recovery_key_id("secrets")}
        secret = Resource(
            self,
            "aws_secretsmanager_secret",
            f"{self._name}_credentials",
            name=props.credentials,
            description=f"Address and password of {props.name}",
            kms_key_id=props.keys.key_id("secrets"),
            recovery_window_in_days=30,
            replica=replica,
        )
        provide(self, "secret", props.credentials)
        Resource(
            self,
            "aws_secretsmanager_secret_version",
            f"{self._name}_credentials",
            secret_id=secret.id,
            secret_string_wo=f"${{jsonencode({{password = {self._password}, host = {bare(self.host)}, "
            f"port = {PORT}}})}}",
            secret_string_wo_version=self._password_version,
            lifecycle=replaced_with(self.group.address),
        )
        return secret.arn
