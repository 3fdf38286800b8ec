"""Names of a database in a managed PostgreSQL instance that an apply cannot create."""

from collections.abc import Mapping

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
