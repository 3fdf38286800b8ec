"""Names of a database in a managed PostgreSQL instance that an apply cannot create."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from quantacirc_cdk.limits.rule import Range
from quantacirc_cdk.limits.store_types import refused_type

_TEMPLATES = ("template0", "template1")
_RESERVED: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html.
    # RDS accepts the name `postgres`, and creates no other database then.
    "aws": ("rdsadmin", *_TEMPLATES),
    # https://cloud.google.com/sql/docs/postgres/create-manage-databases
    "gcp": ("cloudsqladmin", "postgres", *_TEMPLATES),
    # https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-servers
    "azure": ("azure_maintenance", "azure_sys", "postgres", *_TEMPLATES),
}
_KEYWORDS = frozenset(
    (
        "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create "
        "current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc "
        "distinct do else end except false fetch for foreign from grant group having in initially intersect into "
        "lateral leading limit localtime localtimestamp not null offset on only or order placing primary references "
        "returning select session_user some symmetric system_user table then to trailing true union unique user using "
        "variadic when where window with"
    ).split()
)
"""Words that PostgreSQL reserves (https://www.postgresql.org/docs/current/sql-keywords-appendix.html). RDS refuses them
as `DBName` (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""


PasswordVersion = Annotated[
    int, Range(1, 9999, source="https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS")
]
"""Version of a password, counted from 1; at most 4 digits, which end the name of a user."""
READ = "-read-"
"""What follows the name of a database in those of its read replicas, before their number."""
READ_REPLICAS: Mapping[str, int] = {
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Configuration.html
    "aws": 15,
    # https://cloud.google.com/sql/docs/quotas
    "gcp": 10,
    # https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-read-replicas
    "azure": 5,
}
"""Maximum number of replicas that a managed PostgreSQL instance sends its changes to."""


def refused_database(cloud: str, name: str) -> tuple[str, str] | None:
    """Return the problem of the name of a database in a new instance, or None."""
    reserved = _RESERVED[cloud]
    if name in reserved:
        what = f'"{name}", a database that a new instance already has'
        return what, f"another name than {', '.join(reserved)}"
    if cloud == "aws" and name in _KEYWORDS:
        return f'"{name}", a word that PostgreSQL reserves and RDS refuses', "another name"
    return None


def refused_blue_green(cloud: str, *, copied: bool) -> tuple[str, str] | None:
    """Return the problem of a blue/green deployment, or None. ``copied``: backups are copied to another region.

    Copies belong to an instance: they end with the old one. Sources:
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-considerations.html,
    https://cloud.google.com/sql/docs/postgres/upgrade-major-db-version-inplace,
    https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-major-version-upgrade.
    """
    if cloud != "aws":
        return "a blue/green deployment, which only RDS makes", "none: this cloud upgrades a database in place"
    if copied:
        what = "a blue/green deployment of a database whose backups are copied to another region"
        return what, "none: the copies would end with the old instance"
    return None


def refused_endpoint(cloud: str) -> tuple[str, str] | None:
    """Return the problem of an endpoint of Private Service Connect, or None.

    Source: https://cloud.google.com/sql/docs/postgres/about-private-service-connect.
    """
    if cloud == "gcp":
        return None
    return "an endpoint of Private Service Connect, which only Google Cloud has", "none: it has a private address"


AURORA_NAME = 63 - len("-instance-16")
"""Longest name of an Aurora cluster, less the suffix of its instances, one that writes and 15 readers
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""


def aurora_refusals(
    cloud: str, *, copied: bool, blue_green: bool, instance_type: str | None
) -> Iterator[tuple[str, str, str]]:
    """Yield the field, what was found and what was expected for each problem of a database on Aurora.

    ``copied``: backups are copied to another region, which RDS does for instances only. A global database would need
    a network in that region. Sources:
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html,
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster.
    """
    if cloud != "aws":
        yield "aurora", "Aurora, which only AWS has", "none"
        return
    if copied:
        what = "Aurora with backups that are copied to another region, which RDS does for instances alone"
        yield "aurora", what, "none: a global database needs a network in that region"
    if blue_green:
        what = "a blue/green deployment of Aurora"
        yield "blue_green", what, "none: the provider makes them only of instances"
    is_class = instance_type and not refused_type("aws", "database", instance_type)
    if instance_type and is_class and (wrong := refused_type("aws", "aurora", instance_type)):
        yield "instance_type", f"{instance_type} for Aurora", wrong[1]


def replica_refusals(
    cloud: str, replicas: int, *, copied: bool, blue_green: bool, instance_type: str | None
) -> Iterator[tuple[str, str, str]]:
    """Yield the field, what was found and what was expected for each problem of read replicas.

    ``copied``: the recovery region has a copy, which on Google Cloud is a replica too. Sources, besides those of
    ``READ_REPLICAS``: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance.
    """
    if replicas <= 0:
        return
    most, why = READ_REPLICAS[cloud], ""
    if cloud == "gcp" and copied:
        most, why = most - 1, ": the copy in the recovery region is one more"
    if replicas > most:
        yield "read_replicas", f"{replicas} replicas", f"at most {most}{why}"
    if cloud == "aws" and blue_green:
        what = "a blue/green deployment of a database with read replicas"
        yield "blue_green", what, "none: the provider makes them only without replicas"
    if cloud == "azure" and (instance_type or "").startswith("B_"):
        yield "instance_type", f"{instance_type} with read replicas", "a size that is not burstable"
