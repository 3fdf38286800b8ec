"""Variables of the modules, with the same name, meaning and rules on all clouds.

A key such as ``azure.bucket`` applies to one cloud only.
"""

from quantacirc_cdk.terraform.interface.network import MAX_ZONES
from quantacirc_cdk.terraform.modules.node_pools import node_pools
from quantacirc_cdk.terraform.modules.variable import (
    REQUIRED,
    Variable,
    between,
    cidr,
    key,
    name_of_at_most,
    secret,
    subnets,
)

_SYSTEM = "var.node_pools[var.system_pool]"
_DATABASES = "Subnets of the database, without a route out."

VARIABLES: dict[str, Variable] = {
    # Everywhere
    "gcp.account": Variable(description="Project that everything is in.", example='"shop-prod"'),
    "aws.account": Variable(
        description="Account that everything is in.",
        example='"111122223333"',
        valid='can(regex("^[0-9]{12}$", var.account))',
        expected="An account has twelve digits.",
    ),
    "azure.account": Variable(
        description="Subscription that everything is in; unique names are made of it.",
        example='"11111111-1111-4111-8111-111111111111"',
        valid='can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.account))',
        expected="A subscription's id is a UUID.",
    ),
    "gcp.region": Variable(description="Region that everything is in.", example='"europe-west3"'),
    "azure.region": Variable(description="Region that everything is in.", example='"westeurope"'),
    "aws.region": Variable(
        description="Region that everything is in. Names are those of the partition `aws`.",
        example='"eu-central-1"',
        valid='can(regex("^[a-z]{2}-[a-z]+-[0-9]$", var.region)) && !startswith(var.region, "cn-")',
        expected="The region is one of the partition aws: in GovCloud, use the constructs; China is not supported.",
    ),
    "name": name_of_at_most(48),
    "gcp.cluster.name": name_of_at_most(24),
    # Network
    "cidr": cidr("cidr", "10.8.0.0/16", REQUIRED, 16, 22, "Addresses of the network."),
    "pod_cidr": cidr("pod_cidr", "100.64.0.0/14", "100.64.0.0/14", 9, 22, "Addresses of pods."),
    "service_cidr": cidr("service_cidr", "172.20.0.0/16", "172.20.0.0/16", 16, 24, "Virtual addresses of Services."),
    "nat": Variable(
        description="Outgoing traffic through one gateway (`single`), or one a zone that survives the loss of another.",
        example='"per-zone"',
        default="per-zone",
        valid='contains(["single", "per-zone"], var.nat)',
        expected="nat is single or per-zone.",
    ),
    "private_services": Variable(
        type="bool",
        description="Reach the cloud's own services inside the network; costs an endpoint for each on AWS and Azure.",
        example="true",
        default=True,
    ),
    "flow_log_retention_days": between("flow_log_retention_days", 1, 3650, "Days that flow logs are kept.", 365),
    "azure.flow_log_retention_days": between("flow_log_retention_days", 1, 365, "Days that flow logs are kept.", 365),
    "logs_key_id": key("logs", "the logs"),
    "zones": between("zones", 1, MAX_ZONES, "Number of zones.", 3),
    "azure.zones": between("zones", 1, 3, "Number of zones.", 3),
    # Cluster
    "private_subnet_ids": subnets("private_subnet_ids", "Subnets of the nodes.", 1, MAX_ZONES),
    # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    "aws.private_subnet_ids": subnets("private_subnet_ids", "Subnets of the nodes.", 2, MAX_ZONES),
    "azure.private_subnet_ids": subnets("private_subnet_ids", "Subnets of the nodes.", 1, 3),
    "network_id": Variable(description="The network.", example="module.network.network_id"),
    "network_cidr": Variable(description="Addresses that reach the API.", example="module.network.cidr"),
    "control_plane_subnet_id": Variable(
        description="Subnet of the control plane, delegated to `Microsoft.ContainerService/managedClusters`.",
        example="module.network.control_plane_subnet_id",
    ),
    "kubernetes_version": Variable(
        description="Minor version of the control plane.",
        example='"1.34"',
        valid='can(regex("^1\\\\.[0-9]{2}$", var.kubernetes_version))',
        expected="kubernetes_version is a minor version such as 1.34.",
    ),
    "admins": Variable(
        type="list(string)",
        description="Who has full access to the API: role ARNs on AWS, groups on Google Cloud, group object ids on "
        "Azure.",
        example="[]",
        default=[],
        valid='alltrue([for admin in var.admins : trimspace(admin) != ""])',
        expected="Each admin must be the name of a principal, not empty text.",
    ),
    "aws.node_pools": node_pools("aws", "m7i.xlarge"),
    "gcp.node_pools": node_pools("gcp", "n2-standard-4"),
    "azure.node_pools": node_pools("azure", "Standard_D4s_v5"),
    "system_pool": Variable(
        description="The node pool that is made with the cluster, and also runs the system's pods. Another one "
        "replaces the cluster.",
        example='"general"',
        default="general",
        valid="contains(keys(var.node_pools), var.system_pool)",
        expected="system_pool is the name of one of node_pools.",
        also={
            f"try(!{_SYSTEM}.spot && length({_SYSTEM}.taints) == 0 && {_SYSTEM}.min_nodes >= 1, false)": "The system "
            "pool is not spot, and has no taints and at least one node."
        },
    ),
    "log_retention_days": between("log_retention_days", 1, 3650, "Days that the control plane's logs are kept.", 365),
    "cluster_key_id": key("cluster", "the cluster's secrets"),
    "cluster_key_version": Variable(
        description="Version of that key: a control plane follows no rotation.", example="var.cluster_key_version"
    ),
    "key_vault_id": Variable(description="Vault of the keys.", example="var.key_vault_id"),
    "keys_identity_id": Variable(
        description="User-assigned identity that may use the keys; services encrypt as it.",
        example="var.keys_identity_id",
    ),
    "volumes_key_id": key("volumes", "the nodes' disks"),
    # Object store
    "bucket": Variable(
        description="Name of the bucket, unique in the world; the bucket of its access logs begins with it. "
        "At most 51 characters.",
        example='"shop-prod-files"',
        valid='can(regex("^[a-z0-9][-a-z0-9]{1,49}[a-z0-9]$", var.bucket))',
        expected="The bucket's name is 3 to 51 lower-case letters, digits and dashes.",
    ),
    "azure.bucket": Variable(
        description="Name that the storage account's is made of: cut to 24 characters, with a digest of the account.",
        example='"shop-prod-files"',
        valid='can(regex("^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$", var.bucket))',
        expected="The bucket's name is 3 to 63 lower-case letters, digits and dashes.",
    ),
    "retention_days": between("retention_days", 1, 3650, "Days before a replaced or deleted version is removed.", 365),
    "objects_key_id": key("objects", "the objects"),
    # Database
    "database_subnet_ids": subnets("database_subnet_ids", _DATABASES, 1, MAX_ZONES),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    "aws.database_subnet_ids": subnets("database_subnet_ids", _DATABASES, 2, MAX_ZONES),
    "azure.database_subnet_ids": subnets("database_subnet_ids", _DATABASES, 1, 3),
    "node_security_group_id": Variable(
        description="Who may connect: the cluster's nodes, as firewall rules know them.",
        example="module.cluster.node_security_group_id",
    ),
    "database": Variable(
        description="Name of the database.",
        example='"orders"',
        default="app",
        valid='can(regex("^[a-z][a-z0-9_]{0,62}$", var.database))',
        expected="The database's name is at most 63 lower-case letters, digits and underscores, a letter first.",
    ),
    "postgres_version": Variable(
        description="PostgreSQL's major version, 14 to 18.",
        example='"17"',
        default="17",
        valid='can(regex("^1[4-8]$", var.postgres_version))',
        expected="postgres_version is 14 to 18.",
    ),
    "aws.instance_type": Variable(description="The cloud's name of an instance.", example='"db.m7g.large"'),
    "gcp.instance_type": Variable(
        description="The cloud's name of a tier of the edition Enterprise.",
        example='"db-custom-2-8192"',
        valid='startswith(var.instance_type, "db-custom-")',
        expected="The tier is one of the edition Enterprise, db-custom-<cores>-<MiB>.",
    ),
    "azure.instance_type": Variable(
        description="The cloud's name of a size.",
        example='"GP_Standard_D2ds_v5"',
        valid='!startswith(var.instance_type, "B_")',
        expected="A burstable size has no standby.",
    ),
    "storage_gib": between("storage_gib", 20, 16384, "Disk at the start.", 50, "GiB"),
    "max_storage_gib": Variable(
        type="number",
        description="Disk that it may grow to, GiB.",
        example="500",
        default=500,
        valid="var.max_storage_gib >= ceil(var.storage_gib * 1.1)",
        expected="max_storage_gib is at least a tenth more than storage_gib.",
    ),
    "high_availability": Variable(
        type="bool",
        description="A standby in a second zone that takes over.",
        example="true",
        default=True,
    ),
    "backup_retention_days": between("backup_retention_days", 1, 35, "Days that backups are kept.", 14),
    "gcp.backup_retention_days": between(
        "backup_retention_days", 1, 7, "Days that backups are kept; more than 7 need Enterprise Plus.", 7
    ),
    "azure.backup_retention_days": between("backup_retention_days", 7, 35, "Days that backups are kept.", 14),
    "deletion_protection": Variable(
        type="bool",
        description="Have the cloud refuse to delete it.",
        example="true",
        default=True,
    ),
    "aws.credentials_name": secret('"shop/prod/orders"', "[A-Za-z0-9/_+=.@-]{1,512}", "and /_+=.@-"),
    "gcp.credentials_name": secret('"shop-prod-orders"', "[A-Za-z0-9_-]{1,255}", "dashes and underscores"),
    "azure.credentials_name": secret('"shop-prod-orders"', "[A-Za-z0-9-]{1,127}", "and dashes"),
    "password_version": Variable(
        type="number",
        description="Raise it to have a new password made and set.",
        example="1",
        default=1,
        valid="var.password_version >= 1 && floor(var.password_version) == var.password_version",
        expected="The version of the password is a whole number, 1 or more.",
    ),
    "database_key_id": key("database", "the database's disk"),
    "secrets_key_id": key("secrets", "the secret"),
    # Azure's surroundings
    "resource_group_name": Variable(description="Resource group that everything is in.", example='"shop-prod"'),
    "resource_group_id": Variable(
        description="Id of that resource group; nodes pull images of its registries.", example="var.resource_group_id"
    ),
    "log_workspace_id": Variable(description="Log Analytics workspace.", example="var.log_workspace_id"),
    "log_workspace_guid": Variable(
        description="The workspace's own id, a UUID, for traffic analytics.", example="var.log_workspace_guid"
    ),
    "secret_vault_id": Variable(description="Key vault that the secret is put into.", example="var.secret_vault_id"),
    "client_subnet_ids": Variable(
        type="list(string)",
        description="Subnets from which the objects are reached; all others are shut out.",
        example="[module.network.private_subnet_ids[0]]",
    ),
    "tags": Variable(type="map(string)", description="Tags of everything.", example="{}", default={}),
}
"""Variables by name; ``cloud.module.name`` and ``cloud.name`` take precedence."""
