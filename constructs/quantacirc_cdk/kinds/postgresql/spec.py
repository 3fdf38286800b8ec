"""Sections of the model for a PostgreSQL database."""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kinds.job.spec import Job
from quantacirc_cdk.kinds.postgresql.roles import JOB, Roles, logins, role_problems, secret_problems
from quantacirc_cdk.kinds.store.spec import Manageable, PasswordSettings, too_long
from quantacirc_cdk.limits import aws, azure, cloud_names, gcp
from quantacirc_cdk.limits.clouds import CLOUDS, RDS_GROWTH_PERCENT
from quantacirc_cdk.limits.databases import (
    AURORA_NAME,
    READ,
    aurora_refusals,
    refused_blue_green,
    refused_database,
    refused_endpoint,
    replica_refusals,
)
from quantacirc_cdk.limits.machines import refused_store_type
from quantacirc_cdk.limits.quantity import GIBIBYTE, gibibytes, parse_quantity
from quantacirc_cdk.limits.restores import RestoreSource, RestoreTime, restore_refusals
from quantacirc_cdk.model.component import DumpedSettings, Finding, Migrated, Settings
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Bytes

READ_HOSTS = "read_hosts"
"""Key of the Secret with the hosts that answer queries, separated by commas."""
LONGEST_USER = 63
"""https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS."""
_AZURE_BACKUP_DAYS = 7
"""https://learn.microsoft.com/azure/reliability/reliability-database-postgresql."""


class PostgresqlSettings(PasswordSettings, DumpedSettings):
    """Settings of a PostgreSQL database in an environment."""

    version: cloud_names.PostgresqlVersion = "17"
    """PostgreSQL major version of a managed instance."""
    cpu: Annotated[int, Field(ge=1, le=128)] = 2
    """CPU cores of the managed instance."""
    memory: Bytes = "8Gi"
    """Memory of the managed instance."""
    max_storage: Bytes = "100Gi"
    """Maximum disk size that a managed instance grows to."""
    deletion_protection: bool | None = None
    """Refuse to delete a managed instance; by default in every environment that is not `disposable`."""
    restore_from: RestoreSource | None = None
    """What a new managed instance starts from. AWS: ARN of a snapshot, or of automated backups that were copied to the
    environment's region; with `aurora`, ARN of a snapshot or of a cluster. Google Cloud: a backup,
    `projects/PROJECT/instances/INSTANCE/backupRuns/ID`. Azure: resource id of a server. Keep it as long as the instance
    exists; a later change has no effect."""
    restore_time: RestoreTime | None = None
    """Point in time of `restore_from`, in UTC, such as "2026-01-14T01:17:00Z". Required on Azure; on AWS, the newest
    one of automated backups when absent; none on Google Cloud."""
    restore_region: str | None = None
    """Azure: region of the server in `restore_from`, if its geo-redundant backups are restored in its paired region."""
    aurora: bool = False
    """AWS: an Aurora cluster in place of an instance, whose volume grows and shrinks by itself, without `storage` and
    `max_storage`. With `high_availability` it has at least one reader, which takes over. Impossible if backups are
    copied to a recovery region."""
    blue_green: bool = False
    """AWS: make each change in a copy of the instance that then takes its place; for the upgrade of a major version.
    Impossible if backups are copied to a recovery region."""
    iam_authentication: bool = False
    """AWS and Google Cloud: components log in to the managed instance with a token of their cloud identity instead of a
    password. Requires `roles`."""
    private_service_connect: bool = False
    """Google Cloud: reach the managed instance and its read replicas by endpoints in the nodes' subnet, in place of an
    address in the range of private services access. Another value replaces the instance."""
    instance_type: str | None = None
    """The cloud's name of an instance type; the smallest that fits `cpu` and `memory` when absent."""
    read_replicas: Annotated[int, Field(ge=0)] = 0
    """Read replicas of the managed instance in its region, spread over its zones: at most 15 on AWS, 10 on Google
    Cloud, less one with `backup_region`, and 5 on Azure. Each has the type and the disk of the instance. Requires
    `read_endpoint`."""

    def protected(self, site: Site) -> bool:
        """Return whether a managed instance refuses to be deleted."""
        return not site.environment.disposable if self.deletion_protection is None else self.deletion_protection

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a version that does not match the image of its backups.

        `pg_dump` refuses a newer server, and an older server cannot load a newer dump: 17 sets a parameter that 16 does
        not support (https://www.postgresql.org/docs/current/app-pgdump.html).
        """
        yield from super().problems(site, name)
        if self.provider != "managed":
            for key in ("aurora", "blue_green", "iam_authentication", "private_service_connect"):
                if getattr(self, key):
                    yield (key,), f"`{key}` of a database that no cloud manages", "none"
            if self.read_replicas:
                what = f"{self.read_replicas} replicas of a database that no cloud manages"
                yield ("read_replicas",), what, "0: its clients read from its own host"
            for key in ("restore_from", "restore_time", "restore_region"):
                if getattr(self, key):
                    yield (key,), f"`{key}` of a database that no cloud manages", "none: restore a dump"
        image = site.system.images.get(site.component(name, Postgresql).image)
        major = re.match(r"[0-9]+", image.tag) if image and image.tag else None
        backed_up = any(job.backs_up == name for job in site.system.having(Job).values())
        if backed_up and major and major[0] != self.version:
            what = f"version {self.version}, but backups use version {major[0]}"
            yield ("version",), what, f"{major[0]}, or another database image"
        roles = site.component(name, Postgresql).roles
        if roles is not None:
            yield from secret_problems(site, name, roles)

    def managed_problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield values that the cloud's PostgreSQL would refuse."""
        if site.environment.disposable and self.deletion_protection:
            what = "a protected database in a disposable environment"
            yield ("deletion_protection",), what, "no `deletion_protection`, or `disposable: false`"
        aurora = self.aurora and site.environment.target == "aws"  # Elsewhere it is refused, and nothing follows.
        yield from self._aurora_problems(site) if self.aurora else self._disk_problems(site, name)
        if unknown := refused_store_type(site.environment.target, "database", self.instance_type):
            yield ("instance_type",), *unknown
        wrong = refused_database(site.environment.target, name.replace("-", "_"))
        if wrong and not self.restore_from:
            yield (), f"the database would be called {wrong[0]}", f"a component with {wrong[1]}"
        database = f"{site.system.name}-{site.environment.name}-{name}"
        account = site.environment.cloud.account if site.environment.cloud else ""
        try:
            self._size(site)
        except PropsError as error:
            what, _, expected = error.problems[0].what.partition("; ")
            yield ("cpu",), what, f"less, or `instance_type`: {expected}"
        region = site.environment.cloud.region if site.environment.cloud else ""
        pair = PAIRS.get(self.restore_region or "")
        for key, what, expected in restore_refusals(
            site.environment.target,
            region,
            self.restore_from,
            self.restore_time,
            self.restore_region,
            pair,
            own=(account, database),
            aurora=aurora,
        ):
            yield (key,), what, expected
        copied = site.environment.backup_region is not None
        if self.read_replicas and not site.component(name, Postgresql).read_endpoint:
            what = f"{self.read_replicas} replicas, whose hosts no client gets"
            yield ("read_replicas",), what, f"components.{name}.read_endpoint: true in apps/system.yaml"
        for key, what, expected in replica_refusals(
            site.environment.target,
            self.read_replicas,
            copied=copied,
            blue_green=self.blue_green and not aurora,
            instance_type=self.instance_type,
        ):
            yield (key,), what, expected
        if self.blue_green and not aurora and (refused := refused_blue_green(site.environment.target, copied=copied)):
            yield ("blue_green",), *refused
        if self.private_service_connect and (refused := refused_endpoint(site.environment.target)):
            yield ("private_service_connect",), *refused
        if self.iam_authentication:
            yield from self._login_problems(site, name)
        match site.environment.target:
            case "aws":
                # 63 characters, including the suffixes for its monitoring, its logs and its final snapshot.
                yield from too_long("database", database, AURORA_NAME if self.aurora else 53)
                if "--" in database:
                    what = f'the database would be called "{database}"'
                    yield (), what, "a name without consecutive dashes, which RDS refuses"
            case "gcp":
                # At most 98 characters with the project and a colon
                # (https://cloud.google.com/sql/docs/postgres/create-instance).
                yield from too_long("database", database, min(63, 97 - len(account)) - len("-recovery"))
            case "azure":
                yield from too_long("database", database, 63 - (len(f"{READ}1") if self.read_replicas else 0))
                if self.backup_retention_days < _AZURE_BACKUP_DAYS:
                    what, expected = f"{self.backup_retention_days} days", f"at least {_AZURE_BACKUP_DAYS} on Azure"
                    yield ("backup_retention_days",), what, expected

    def _disk_problems(self, site: Site, name: str) -> Iterator[Finding]:
        storage = site.storage(name)
        size, most = parse_quantity(storage), parse_quantity(self.max_storage)
        if size > most:
            yield ("max_storage",), f"{self.max_storage} is below `storage`", storage
        low, high = CLOUDS[site.environment.target].database_gib
        if not low * GIBIBYTE <= size <= high * GIBIBYTE:
            yield ("storage",), f"{storage} for a managed database", f"{low}Gi to {high}Gi"
        if site.environment.target == "aws" and size < most < size * RDS_GROWTH_PERCENT / 100:
            what = f"{self.max_storage}, less than {RDS_GROWTH_PERCENT} % of `storage`, {storage}"
            yield ("max_storage",), what, f"more, or {storage} for a disk that does not grow"

    def _aurora_problems(self, site: Site) -> Iterator[Finding]:
        for key in sorted({"storage", "max_storage"} & self.model_fields_set):
            if site.environment.target == "aws" and getattr(self, key) is not None:
                yield (key,), f"{getattr(self, key)} for a volume of Aurora, which grows by itself", "none"
        for key, what, expected in aurora_refusals(
            site.environment.target,
            copied=site.environment.backup_region is not None,
            blue_green=self.blue_green,
            instance_type=self.instance_type,
        ):
            yield (key,), what, expected

    def _login_problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield what a log-in with a token needs."""
        key = ("iam_authentication",)
        if site.environment.target == "azure":
            # https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
            what = "users for identities on Azure, which only a session of a Microsoft Entra administrator creates"
            yield key, what, "none: components log in with the passwords of their roles"
            return
        if site.component(name, Postgresql).roles is None:
            yield (
                key,
                "log-ins with a token to a database without roles",
                f"components.{name}.roles in apps/system.yaml",
            )
        if self.blue_green and site.environment.target == "aws":
            what = "log-ins with a token to a database that a copy replaces, whose id is in the policies of AWS"
            yield key, what, "no `blue_green`"
        for client, user in logins(site, name).items():
            account = getattr(site.system.components[client], "service_account", None)
            if account:
                what = f"{client}, which uses the existing ServiceAccount {account}"
                yield key, what, "a component with a cloud identity, which needs its own ServiceAccount"
            yield from too_long(f"user of {client}", user, LONGEST_USER)

    def _size(self, site: Site) -> str:
        """Return the cloud's instance type. Raises ``PropsError`` if no type is large enough."""
        cpu, memory = self.cpu, gibibytes(self.memory)
        match site.environment.target:
            case _ if self.instance_type:
                return self.instance_type
            case "aws":
                return (aws.aurora_type if self.aurora else aws.database_type)(cpu, memory)
            case "gcp":
                return gcp.database_tier(cpu, memory, plus=self.backup_retention_days >= gcp.PLUS_FROM_DAYS)
            case _:
                burstable = not (site.environment.high_availability or self.read_replicas)
                return azure.database_sku(cpu, memory, burstable=burstable)


class Postgresql(Manageable, Migrated):
    """A PostgreSQL database."""

    settings: ClassVar[type[Settings]] = PostgresqlSettings
    role: ClassVar[str] = "database"
    secret_keys: ClassVar[tuple[str, ...]] = ("database", "host", "password", "port", "username")
    dumps: ClassVar[bool] = True
    rehearses: ClassVar[bool] = True

    kind: Literal["postgresql"]
    """A PostgreSQL database: pods in the cluster, or the cloud's service."""
    roles: Roles | None = None
    """Separate roles for components: they log in as writer, except for the listed ones. `{}` makes all of them
    writers. When absent, they log in as the database's administrator."""

    read_endpoint: bool = False
    """Give clients the hosts to read from, in the key `read_hosts` of its Secret: those of its `read_replicas`,
    separated by commas, or its own host in an environment without any."""

    @property
    def own_secret_keys(self) -> tuple[str, ...]:
        """Keys of the Secret that opens it."""
        return tuple(sorted({*self.secret_keys, *([READ_HOSTS] if self.read_endpoint else [])}))

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of its name, less the suffix of the Job that creates its roles."""
        longest, what = super().name_limit()
        return (longest - len(JOB), "a Job for its roles") if self.roles is not None else (longest, what)

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield the problems of its roles."""
        yield from super().problems(system, name)
        if self.roles is not None:
            yield from role_problems(system, name, self.roles)


KIND = Postgresql
