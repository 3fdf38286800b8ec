"""Arguments of Terraform resources whose effect depends on their values, according to the providers' documentation."""

import ipaddress
from dataclasses import replace
from typing import Any

from quantacirc_cdk.diff import terraform_protection
from quantacirc_cdk.diff.fields import ABSENT, FieldChange, is_index, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule
from quantacirc_cdk.diff.terraform_types import documentation
from quantacirc_cdk.limits.kubernetes_releases import minor, support
from quantacirc_cdk.limits.versions import release


def _skips(change: FieldChange) -> bool:
    """Return whether a change of a Kubernetes version skips a minor version."""
    before, after = minor(change.before), minor(change.after)
    return bool(before) and after > before + 1


def _raised_minimum(change: FieldChange) -> bool:
    return change.path[-1] == "min_size" and _less(replace(change, before=change.after, after=change.before))


def _above_desired(change: FieldChange) -> bool:
    """Return whether a minimum is above the number of nodes that a plan has read."""
    desired = look_up(change.new, "scaling_config", "desired_size")
    return change.path[-1] == "min_size" and _less(replace(change, before=change.after, after=desired))


def _other_pod_subnets(change: FieldChange) -> bool:
    """Return whether the VPC CNI takes addresses of pods from other subnets than before."""
    both = (str(change.before), str(change.after))
    return "eniConfig" in both[0] + both[1] and both[0].partition("eniConfig")[2] != both[1].partition("eniConfig")[2]


def is_same_version(change: FieldChange) -> bool:
    """Return whether the version of a password has the same value, although it now depends on names, too.

    ``terraform_data`` keeps the names that it is created with: until they change, nothing is added to the number.
    """
    number = str(change.before).removeprefix("${").removesuffix("}")
    return change.path[-1].endswith("_wo_version") and str(change.after).startswith(f"${{{number} + (terraform_data.")


def _less(change: FieldChange) -> bool:
    try:
        return float(change.after) < float(change.before)
    except (TypeError, ValueError):
        return False


def _autoscaled(change: FieldChange) -> bool:
    """Return whether RDS grows a disk, whose configured size then may be smaller than the real one."""
    maximum = change.new.get("max_allocated_storage")
    return _less(change) and isinstance(maximum, int | float) and maximum > float(change.after)


def _turned_off(change: FieldChange) -> bool:
    return change.before is True and change.after in (False, ABSENT)


def _lower_version(change: FieldChange) -> bool:
    return ABSENT not in (change.before, change.after) and release(change.after) < release(change.before)


def _contained(change: FieldChange) -> bool:
    try:
        before, after = (ipaddress.ip_network(str(value)) for value in (change.before, change.after))
    except ValueError:
        return False
    return before.version == after.version and before.subnet_of(after)  # type: ignore[arg-type]


def _moved_range(change: FieldChange) -> bool:
    """Return whether addresses of the old ranges are in none of the new ones."""
    before, after = (one if isinstance(one, list) else [] for one in (change.before, change.after))
    return not all(any(_contained(replace(change, before=old, after=new)) for new in after) for old in before)


def _unset_in_upgrades(change: FieldChange) -> bool:
    return change.removed and change.path[-1] in ("drain_timeout_in_minutes", "undrainable_node_behavior")


_ROTATED = (
    "vm_size",
    "os_disk_size_gb",
    "os_disk_type",
    "max_pods",
    "zones",
    "vnet_subnet_id",
    "host_encryption_enabled",
)
"""Arguments of the default node pool that azurerm changes through a temporary pool."""


def _is_refused_major(change: FieldChange) -> bool:
    before, after = (release(value)[:1] for value in (change.before, change.after))
    return before != after and change.new.get("allow_major_version_upgrade") is False


def _by_copy(change: FieldChange) -> bool:
    forward = change.path[-1] != "engine_version" or not (_lower_version(change) or _is_refused_major(change))
    return look_up(change.new, "blue_green_update", "enabled") is True and forward


def _is_rotated(change: FieldChange) -> bool:
    return change.path[-1] in _ROTATED and bool(change.new.get("temporary_name_for_rotation"))


def _kept_days(arguments: Any) -> tuple[float, float]:
    """Return the days that the lifecycle of a bucket keeps objects, and their old versions."""
    objects: list[Any] = [float("inf")]
    versions: list[Any] = [float("inf")]
    rules = arguments.get("rule") or arguments.get("lifecycle_rule") or {}
    several = isinstance(rules, dict) and bool(rules) and all(map(is_index, rules))
    for each in rules.values() if several else [rules]:  # As `normal` writes several blocks, and one.
        deletes = look_up(each, "action", "type") == "Delete"
        objects += [
            look_up(each, "expiration", "days"),
            look_up(each, "condition", "age") if deletes else None,
            look_up(each, "actions", "base_blob", "delete_after_days_since_modification_greater_than"),
        ]
        versions += [
            look_up(each, "noncurrent_version_expiration", "noncurrent_days"),
            look_up(each, "condition", "days_since_noncurrent_time") if deletes else None,
            look_up(each, "actions", "version", "delete_after_days_since_creation"),
        ]
    least = [min(days for days in found if isinstance(days, int | float)) for found in (objects, versions)]
    return least[0], least[1]


def _expires_objects(change: FieldChange) -> bool:
    return _kept_days(change.new)[0] < _kept_days(change.old)[0]


def _expires_versions(change: FieldChange) -> bool:
    return _kept_days(change.new)[1] < _kept_days(change.old)[1]


def _about(type: str, path: str, impact: Impact, says: str, when: Any = lambda _: True) -> Rule:
    return rule(f"{type}.{path}", impact, type, path, says=says, source=documentation(type), when=when)


# fmt: off
RULES = (
    *terraform_protection.RULES,
    _about("aws_db_instance", "allocated_storage", Impact.NO_OP,
           "without effect: the provider ignores a smaller disk while max_allocated_storage is larger", _autoscaled),
    _about("aws_db_instance", "allocated_storage", Impact.RECREATE,
           "the disk of an RDS instance cannot shrink: the API refuses", _less),
    *(
        _about("aws_db_instance", path, Impact.UNAVAILABILITY,
               "RDS makes the change in a copy, which then takes the instance's place: connections break, less than "
               "a minute; the old instance is deleted without a snapshot (docs/upgrades.md)", _by_copy)
        for path in ("engine_version", "instance_class")
    ),
    _about("aws_db_instance", "instance_class", Impact.UNAVAILABILITY,
           "the database restarts, with a failover if it is multi-AZ"),
    _about("aws_db_instance", "engine_version", Impact.RECREATE,
           "RDS refuses a downgrade of the engine", _lower_version),
    _about("aws_db_instance", "engine_version", Impact.RECREATE,
           "RDS refuses another major version while allow_major_version_upgrade is false", _is_refused_major),
    _about("aws_db_instance", "engine_version", Impact.UNAVAILABILITY,
           "the database is upgraded in place when you apply, without answers for minutes; there is no way back but "
           "the snapshot that RDS makes before (docs/upgrades.md)"),
    _about("aws_rds_cluster", "engine_version", Impact.RECREATE,
           "Aurora refuses a downgrade of the engine", _lower_version),
    _about("aws_rds_cluster", "engine_version", Impact.RECREATE,
           "Aurora refuses another major version while allow_major_version_upgrade is false", _is_refused_major),
    _about("aws_rds_cluster", "engine_version", Impact.UNAVAILABILITY,
           "all instances are upgraded in place when you apply, without answers for minutes; there is no way back but "
           "a snapshot that you make before (docs/upgrades.md)"),
    _about("aws_rds_cluster_instance", "instance_class", Impact.UNAVAILABILITY,
           "the instance restarts; if it writes, a reader takes over where there is one"),
    *(
        _about(kind, path, Impact.IN_PLACE,
               "the password is rotated: open connections stay, and new ones are refused until clients have the new "
               "password (docs/operations.md)")
        for kind, path in (("aws_db_instance", "password_wo_version"),
                           ("aws_rds_cluster", "master_password_wo_version"),
                           ("azurerm_postgresql_flexible_server", "administrator_password_wo_version"),
                           ("google_sql_user", "password_wo_version"))
    ),
    # By default ROTATE: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
    _about("aws_elasticache_replication_group", "auth_token_wo_version", Impact.IN_PLACE,
           "the password is rotated: the one before stays valid, too, until the next rotation (docs/operations.md)"),
    _about("aws_secretsmanager_secret_version", "secret_string_wo_version", Impact.IN_PLACE,
           "the secret gets another version with the new value"),
    _about("aws_elasticache_replication_group", "engine_version", Impact.REPLACE,
           "ElastiCache does not go back to an older version: the provider replaces the cache", _lower_version),
    _about("aws_elasticache_replication_group", "engine_version", Impact.UNAVAILABILITY,
           "the nodes are upgraded one after the other, with a failover; connections are closed"),
    _about("aws_elasticache_replication_group", "engine", Impact.REPLACE,
           "Valkey cannot become Redis: the provider replaces the cache", lambda change: change.after == "redis"),
    _about("aws_s3_bucket", "object_lock_enabled", Impact.NO_OP,
           "without effect: S3 does not turn off object lock, and the provider leaves it on",
           lambda change: change.removed),
    _about("aws_eks_cluster", "version", Impact.RECREATE,
           "EKS refuses a downgrade", _lower_version),
    _about("aws_eks_cluster", "version", Impact.RECREATE,
           "EKS upgrades by one minor version at a time and refuses to skip one", _skips),
    _about("aws_eks_cluster", "version", Impact.IN_PLACE,
           "the control plane is upgraded first, and cannot be downgraded; add-ons and nodes follow"),
    _about("aws_eks_addon", "configuration_values", Impact.ROLLING_RESTART,
           "the CNI restarts on each node; pods of nodes that run keep addresses of the subnets that these nodes began "
           "with: replace the nodes (docs/terraform-aws.md)", _other_pod_subnets),
    _about("aws_eks_addon", "addon_version", Impact.ROLLING_RESTART,
           "the add-on's pods are replaced a few at a time"),
    _about("aws_eks_cluster", "encryption_config", Impact.REPLACE,
           "encryption of secrets cannot be turned off", lambda change: change.removed and len(change.path) == 1),
    _about("aws_eks_cluster", "encryption_config.provider", Impact.RECREATE,
           "the key that encrypts the secrets cannot be changed"),
    _about("aws_eks_node_group", "launch_template", Impact.ROLLING_RESTART,
           "the nodes are drained and replaced a few at a time", lambda change: change.path[-1] == "version"),
    _about("aws_eks_node_group", "version", Impact.ROLLING_RESTART,
           "after the control plane, the nodes are drained and replaced a few at a time"),
    _about("aws_eks_node_group", "release_version", Impact.ROLLING_RESTART,
           "the nodes are drained and replaced a few at a time by nodes with the other image"),
    _about("aws_eks_node_group", "scaling_config", Impact.RECREATE,
           "EKS refuses a minimum above the number of nodes that run, which is the autoscaler's, and fewer run: first "
           "raise the desired size with `aws eks update-nodegroup-config` (docs/upgrades.md)", _above_desired),
    _about("aws_eks_node_group", "scaling_config", Impact.IN_PLACE,
           "EKS refuses a minimum above the number of nodes that run, which is the autoscaler's: where fewer run, "
           "first raise the desired size with `aws eks update-nodegroup-config` (docs/upgrades.md)", _raised_minimum),
    _about("aws_kms_key", "enable_key_rotation", Impact.IN_PLACE,
           "rotation of the key is turned on or off; existing data stays readable"),
    _about("aws_kms_key", "is_enabled", Impact.UNAVAILABILITY,
           "data that the key encrypts cannot be read while it is disabled", _turned_off),
    _about("aws_vpc", "instance_tenancy", Impact.IN_PLACE,
           "a change from dedicated to default is possible, and applies to new instances",
           lambda change: (change.before, change.after) == ("dedicated", "default")),
    *(
        rule(f"{bucket}.{path}.{what}", Impact.DATA_LOSS, bucket, path, source=documentation(bucket), when=when,
             says=f"{what} are deleted after fewer days")
        for bucket, path in (("aws_s3_bucket_lifecycle_configuration", "rule"),
                           ("google_storage_bucket", "lifecycle_rule"),
                           ("azurerm_storage_management_policy", "rule"))
        for what, when in (("objects", _expires_objects), ("old versions", _expires_versions))
    ),
    _about("google_sql_database_instance", "settings.disk_size", Impact.REPLACE,
           "a disk of Cloud SQL cannot shrink: the provider replaces the instance", _less),
    _about("google_sql_database_instance", "settings.ip_configuration.private_network", Impact.REPLACE,
           "an instance keeps its private services access: the provider replaces it", lambda change: change.removed),
    _about("google_sql_database_instance", "settings.ip_configuration.psc_config", Impact.RECREATE,
           "no way to turn off Private Service Connect is documented, and the same plan deletes the endpoints: create "
           "another instance from a backup (docs/kinds.md)",
           lambda change: change.removed),
    _about("google_sql_database_instance", "settings.tier", Impact.UNAVAILABILITY,
           "the database restarts"),
    _about("google_sql_database_instance", "database_version", Impact.RECREATE,
           "Cloud SQL refuses to go back to an older major version", _lower_version),
    _about("google_sql_database_instance", "database_version", Impact.UNAVAILABILITY,
           "the database is upgraded in place when you apply, without answers for minutes; there is no way back but "
           "the backup that Cloud SQL makes before (docs/upgrades.md)"),
    _about("google_compute_subnetwork", "ip_cidr_range", Impact.IN_PLACE,
           "the range is expanded; a new range that does not contain the old one forces a new subnetwork", _contained),
    _about("google_compute_subnetwork", "ip_cidr_range", Impact.REPLACE,
           "a range can only be expanded"),
    _about("google_compute_subnetwork", "secondary_ip_range", Impact.RECREATE,
           "the API refuses to change or remove a secondary range that a cluster uses, and only a new cluster has "
           "another", lambda change: not change.added),
    _about("google_redis_instance", "redis_version", Impact.REPLACE,
           "Memorystore does not go back to an older version: the provider replaces the cache", _lower_version),
    _about("google_redis_instance", "redis_version", Impact.UNAVAILABILITY,
           "the cache is upgraded in place, and does not answer during the failover"),
    _about("google_container_cluster", "min_master_version", Impact.RECREATE,
           "GKE does not go back: the provider ignores a lower minimum, and only a new cluster has it", _lower_version),
    _about("google_container_cluster", "min_master_version", Impact.RECREATE,
           "GKE upgrades a control plane by one minor version at a time and refuses to skip one", _skips),
    _about("google_container_cluster", "min_master_version", Impact.ROLLING_RESTART,
           "the control plane is upgraded, and nodes that follow its version"),
    _about("google_container_cluster", "ip_allocation_policy.stack_type", Impact.IN_PLACE,
           "the provider changes the stack of the cluster in place; nodes that run get IPv6 addresses when GKE "
           "replaces them (docs/terraform-gcp.md)", lambda change: change.after == "IPV4_IPV6"),
    _about("google_container_cluster", "ip_allocation_policy.stack_type", Impact.UNAVAILABILITY,
           "the provider changes the stack of the cluster in place: pods and load balancers lose their IPv6 addresses, "
           "and connections to them break; the subnet keeps its range (docs/terraform-gcp.md)",
           lambda change: change.before == "IPV4_IPV6"),
    *(
        _about("google_container_cluster", path, Impact.REPLACE,
               "it cannot be turned off: the provider replaces the cluster", _turned_off)
        for path in ("enable_l4_ilb_subsetting", "enable_fqdn_network_policy")
    ),
    _about("google_compute_subnetwork", "stack_type", Impact.RECREATE,
           "Google Cloud refuses: a subnet with IPv6 addresses does not go back to those of IPv4 alone",
           lambda change: change.before == "IPV4_IPV6" and change.after == "IPV4_ONLY"),
    _about("google_compute_subnetwork", "ipv6_access_type", Impact.RECREATE,
           "Google Cloud refuses: it is set for good when a subnet gets IPv6 addresses",
           lambda change: ABSENT not in (change.before, change.after)),
    _about("google_container_node_pool", "version", Impact.ROLLING_RESTART,
           "the nodes are drained and replaced a few at a time"),
    _about("google_container_node_pool", "node_config", Impact.ROLLING_RESTART,
           "the nodes are drained and replaced a few at a time",
           lambda change: change.path[-1] in ("machine_type", "disk_size_gb", "disk_type", "image_type")),
    _about("azurerm_postgresql_flexible_server", "storage_mb", Impact.REPLACE,
           "the disk cannot shrink: the provider replaces the server", _less),
    _about("azurerm_postgresql_flexible_server", "sku_name", Impact.UNAVAILABILITY,
           "the server restarts, with a failover if it is highly available"),
    _about("azurerm_postgresql_flexible_server", "version", Impact.REPLACE,
           "a downgrade of the major version is not possible: the provider replaces the server", _lower_version),
    _about("azurerm_postgresql_flexible_server", "version", Impact.UNAVAILABILITY,
           "the server is upgraded in place, without answers for minutes, and there is no way back; apply it with the "
           "stack's variable NAME_upgrade=true, else the provider plans a new server (docs/upgrades.md)",
           lambda change: "Update" in str(change.new.get("create_mode"))),
    _about("azurerm_postgresql_flexible_server", "version", Impact.REPLACE,
           "the provider replaces the server unless create_mode is Update"),
    _about("azurerm_postgresql_flexible_server", "identity.type", Impact.REPLACE,
           "a user-assigned identity cannot be removed",
           lambda change: "UserAssigned" in str(change.before) and "UserAssigned" not in str(change.after)),
    _about("azurerm_subnet", "address_prefixes", Impact.RECREATE,
           "the API refuses another range for a subnet in use: only an empty subnet can be changed", _moved_range),
    _about("azurerm_virtual_network", "address_space", Impact.RECREATE,
           "the API refuses to remove a range that a subnet is in", _moved_range),
    _about("azurerm_kubernetes_cluster", "default_node_pool.name", Impact.REPLACE,
           "another default node pool forces a new cluster: keep it with cluster.system_pool",
           lambda change: ABSENT not in (change.before, change.after)),
    _about("azurerm_kubernetes_cluster", "oidc_issuer_enabled", Impact.REPLACE,
           "the issuer cannot be turned off", _turned_off),
    _about("azurerm_kubernetes_cluster", "kubernetes_version", Impact.RECREATE,
           "AKS refuses a downgrade", _lower_version),
    _about("azurerm_kubernetes_cluster", "kubernetes_version", Impact.RECREATE,
           "AKS upgrades by one minor version at a time and refuses to skip one", _skips),
    _about("azurerm_kubernetes_cluster", "kubernetes_version", Impact.ROLLING_RESTART,
           "the control plane is upgraded first, then its nodes, a few at a time"),
    _about("azurerm_kubernetes_cluster", "default_node_pool.orchestrator_version", Impact.ROLLING_RESTART,
           "after the control plane, the nodes are drained and replaced a few at a time"),
    _about("azurerm_kubernetes_cluster", "network_profile.network_data_plane", Impact.REPLACE,
           "cilium cannot be turned off", lambda change: change.before == "cilium"),
    _about("azurerm_kubernetes_cluster", "network_profile.network_policy", Impact.REPLACE,
           "only a change to cilium keeps the cluster", lambda change: change.after != "cilium"),
    _about("azurerm_kubernetes_cluster", "default_node_pool", Impact.ROLLING_RESTART,
           "the nodes move to the pool temporary_name_for_rotation and back",
           lambda change: change.path[-1] in _ROTATED),
    _about("azurerm_kubernetes_cluster", "default_node_pool.upgrade_settings", Impact.REPLACE,
           "removing this argument forces a new cluster", _unset_in_upgrades),
    _about("azurerm_kubernetes_cluster_node_pool", "upgrade_settings", Impact.REPLACE,
           "removing this argument forces a new pool", _unset_in_upgrades),
    _about("azurerm_kubernetes_cluster_node_pool", "os_sku", Impact.REPLACE,
           "another operating system forces a new pool, except between AzureLinux and Ubuntu",
           lambda change: not {change.before, change.after} <= {"AzureLinux", "Ubuntu"}),
    _about("azurerm_kubernetes_cluster_node_pool", "orchestrator_version", Impact.ROLLING_RESTART,
           "after the control plane, the nodes are drained and replaced a few at a time"),
    _about("azurerm_kubernetes_cluster_node_pool", "*", Impact.ROLLING_RESTART,
           "the nodes move to a pool of the name temporary_name_for_rotation and back", _is_rotated),
    _about("azurerm_kubernetes_cluster_node_pool", "*", Impact.RECREATE,
           "the provider refuses without temporary_name_for_rotation", lambda change: change.path[-1] in _ROTATED),
    _about("azurerm_log_analytics_workspace", "sku", Impact.REPLACE,
           "another SKU forces a new workspace, except between PerGB2018 and CapacityReservation",
           lambda change: not {change.before, change.after} <= {"PerGB2018", "CapacityReservation"}),
    _about("azurerm_key_vault_key", "expiration_date", Impact.REPLACE,
           "an expiration date cannot be removed", lambda change: change.removed),
)
# fmt: on
"""Arguments whose effect depends on the values; these rules take precedence over the tables."""

_VERSIONS = {
    ("aws_eks_cluster", "version"): "aws",
    ("google_container_cluster", "min_master_version"): "gcp",
    ("azurerm_kubernetes_cluster", "kubernetes_version"): "azure",
}
"""Arguments with the Kubernetes version of a control plane, and the cloud."""


def note_on(type: str, change: FieldChange) -> str:
    """Return a note on a change besides its class: how long a version has support."""
    cloud = _VERSIONS.get((type, ".".join(change.path)))
    if cloud is None or not minor(change.after):
        return ""
    return str(support(cloud, str(change.after)))
