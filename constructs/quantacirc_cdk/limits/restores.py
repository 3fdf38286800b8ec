"""What a managed PostgreSQL database can be restored from on each cloud."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from quantacirc_cdk.limits.aws import partition
from quantacirc_cdk.limits.cloud_names import PROJECT_FORM, PROJECT_ID
from quantacirc_cdk.limits.rule import matching, matching_one
from quantacirc_cdk.text.terraform import has_expression

ARN = r"arn:aws(-cn|-us-gov)?:rds:[a-z0-9-]+:[0-9]{12}:(auto-backup|snapshot):[A-Za-z0-9:-]+"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html."""
AURORA_ARN = r"arn:aws(-cn|-us-gov)?:rds:[a-z0-9-]+:[0-9]{12}:(cluster|cluster-snapshot|snapshot):[A-Za-z0-9:-]+"
"""As above. Aurora starts also from a snapshot of RDS for PostgreSQL
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html)."""
BACKUP_RUN = rf"projects/{PROJECT_ID}/instances/[a-z][a-z0-9-]{{0,96}}/backupRuns/[0-9]{{1,19}}"
"""https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/backupRuns/get."""
SERVER = (
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[A-Za-z0-9._()-]{1,90}"
    r"/providers/Microsoft\.DBforPostgreSQL/flexibleServers/[a-z0-9-]{3,63}"
)
"""https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules."""
_ARN = matching(
    f"{ARN}|{AURORA_ARN}",
    "the ARN of a snapshot, of automated backups or of a cluster",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html",
)
_BACKUP_RUN = matching(
    BACKUP_RUN,
    f"a backup: projects/PROJECT/instances/INSTANCE/backupRuns/ID, with the id of its project: {PROJECT_FORM}",
    source="https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/backupRuns/get",
)
_SERVER = matching(
    SERVER,
    "the resource id of a server: /subscriptions/…/flexibleServers/NAME",
    source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
)
RestoreSource = Annotated[
    str,
    matching_one(
        {"arn:": _ARN, "projects/": _BACKUP_RUN, "/subscriptions/": _SERVER},
        "the ARN of a snapshot, of automated backups or of a cluster, "
        "projects/PROJECT/instances/INSTANCE/backupRuns/ID, or /subscriptions/…/flexibleServers/NAME",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.Constructing.html",
    ),
]
RestoreTime = Annotated[
    str,
    matching(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
        "a time in UTC such as 2026-01-14T01:17:00Z, in quotes",
        source="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        schema=True,
    ),
]

_FORMS: Mapping[str, tuple[str, str]] = {
    "aws": (ARN, "the ARN of a snapshot or of copied automated backups"),
    "aurora": (AURORA_ARN, "the ARN of a snapshot, or of an Aurora cluster"),
    "gcp": (BACKUP_RUN, "a backup: projects/PROJECT/instances/INSTANCE/backupRuns/ID"),
    "azure": (SERVER, "the resource id of a server: /subscriptions/…/flexibleServers/NAME"),
}


def aurora_cluster(source: str) -> tuple[str, str] | None:
    """Return the account and the name of an Aurora cluster, or None for another ARN."""
    account, kind, name = source.split(":")[4:7]
    return (account, name) if kind == "cluster" else None


_OTHER_SOURCE: Mapping[str, str] = {
    "aws": "the ARN of a snapshot, or of a cluster with another name",
    "gcp": "a backup of an instance with another name",
    "azure": "a server with another name",
}


def _running(target: str, source: str) -> tuple[str, str] | None:
    """Return the account and the name of the database whose backups a source is, if they end with it.

    Names of servers on Azure are unique in the world. Cloud SQL deletes these backups with their instance
    (https://cloud.google.com/sql/docs/postgres/backup-recovery/backups).
    """
    if target == "aws":
        return aurora_cluster(source)
    parts = source.split("/")
    return (parts[1], parts[3]) if target == "gcp" else ("", parts[-1])


def _refused_place(region: str, source: str) -> Iterator[tuple[str, str, str]]:
    """Yield backups in another partition of AWS or in another region.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
    """
    _, found, _, place, *_ = source.split(":")
    if found != partition(region):
        what = f"an ARN of the partition {found}, and {region} is in {partition(region)}"
        yield "restore_from", what, f"arn:{partition(region)}:rds:{region}:…"
    elif place != region:
        yield "restore_from", f"backups in another region, {place}", f"those in {region}, where RDS restores them"


def restore_refusals(
    target: str,
    region: str,
    source: str | None,
    time: str | None,
    source_region: str | None,
    pair: str | None,
    *,
    own: tuple[str, str],
    aurora: bool = False,
) -> Iterator[tuple[str, str, str]]:
    """Yield the field, what was found and what was expected for each part of a restore that the cloud refuses.

    ``pair`` is the region that Azure copies the backups in ``source_region`` to, and ``own`` the account and the name
    of the restored database.
    """
    if source_region and target != "azure":
        yield "restore_region", f"{source_region} on {target}", "none: only Azure restores backups of another region"
        source_region = None
    if time and target == "gcp":
        yield "restore_time", f"{time} of a backup, which has its own time", "none"
        time = None
    if source is None:
        for field, value in (("restore_time", time), ("restore_region", source_region)):
            if value:
                yield field, f"{value} without `restore_from`", "none, or what to restore"
        return
    form, words = _FORMS["aurora" if aurora else target]
    if not re.fullmatch(form, source):
        yield "restore_from", f'"{source}"', words
        return
    if target == "aws" and not has_expression(region):
        yield from _refused_place(region, source)
    if _running(target, source) == ("" if target == "azure" else own[0], own[1]):
        what = f"{own[1]}, the database itself, which cannot be created from what it is still"
        yield "restore_from", what, _OTHER_SOURCE[target]
    if time and "snapshot:" in source:
        yield "restore_time", f"{time} of a backup, which has its own time", "none"
    if target == "azure" and not time:
        # https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/postgresql_flexible_server.
        yield "restore_time", "no point in time of a server's backups", "such as 2026-01-14T01:17:00Z"
    if source_region and pair != region:
        what = f"{source_region}, whose backups Azure does not copy to {region}"
        yield "restore_region", what, f"a region whose pair is {region}, or none for a server in {region}"
