"""The Job that creates the roles of a PostgreSQL database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import Job, JobProps
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.task import TaskProps, task_job
from quantacirc_cdk.kubernetes.volume import Mount, config_volume
from quantacirc_cdk.kubernetes.workload import SecretFiles
from quantacirc_cdk.limits.check import Checked, Refusal
from quantacirc_cdk.limits.databases import PasswordVersion
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import NonRootId, ObjectName

PRIVILEGES = "database-roles.sql"
"""Statements that create the roles and their privileges in a database."""
USERS = "logins"
"""File with a line for each user that logs in with a token: its role and its name."""
FILES, ADMINISTRATOR, PASSWORDS = "/etc/roles", "/etc/secrets/administrator", "/etc/secrets/roles"
RESOURCES = Resources(cpu="20m", memory="64Mi", memory_limit="128Mi", ephemeral_storage="64Mi")


@dataclass(frozen=True, kw_only=True)
class RoleSecrets:
    """Secrets with ``username`` and ``password`` of each role (see ``role_credentials``)."""

    owner: ObjectName
    """Role that owns the database and everything in it, for migrations."""
    writer: ObjectName
    """Role that reads and writes all tables."""
    reader: ObjectName
    """Role that only reads them."""


@dataclass(frozen=True, kw_only=True)
class RoleUsers:
    """Names of the roles on the server."""

    owner: str
    writer: str
    reader: str


@dataclass(frozen=True, kw_only=True)
class DatabaseRolesProps:
    """Roles of one PostgreSQL database."""

    identity: Identity
    """Identity of the Job; its name ends in a hash of its content."""
    image: Image
    """Image with ``psql`` of the server's major version or a newer one."""
    secret: ObjectName
    """Secret of the administrator, with ``database``, ``host``, ``port``, ``username``, ``password``, perhaps
    ``ca.crt``. Without the superuser, it must own the database and be allowed to create roles.
    """
    roles: RoleSecrets | None
    """Their Secrets; None if nobody logs in with a password."""
    prefix: str = ""
    """Without ``roles``, and with a ``password_version`` above 1: beginning of their names, ``<prefix>_owner``."""
    logins: Mapping[str, Literal["owner", "reader", "writer"]] = field(default_factory=dict)
    """Without ``roles``: role of each user that logs in with a token of a cloud identity. On RDS, the Job creates the
    users; on Cloud SQL, Terraform does.
    """
    ssl_mode: Literal["prefer", "require"] = "require"
    """TLS mode if the Secret has no ``ca.crt``. With ``ca.crt``, the server's name is always verified."""
    password_version: PasswordVersion = 1
    """Version of the roles' passwords. From 2 on, the Secrets in ``roles`` have users with ``_<version>`` at the end of
    their name; those of the version before can still log in, and those of older versions cannot.
    """
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None

    def refusals(self) -> Iterator[Refusal]:
        """Yield roles without a name."""
        if not self.prefix and (self.roles is None or self.password_version > 1):
            yield Refusal("prefix", '""', "the beginning of the names of the roles, such as shop")


def role_credentials(secret: str, user: str) -> GeneratedSecret:
    """Return the Secret with the user and password of a role."""
    return GeneratedSecret(name=secret, random=["password"], fixed={"username": user})


def role_files(logins: Mapping[str, str] | None = None, password_version: int = 1) -> dict[str, str]:
    """Return the scripts, the statements and the users with their roles, by file name."""
    versioned = ("database-users.sh", "database-user.sql", "database-retire.sql") if password_version > 1 else ()
    files = {name: script(name) for name in ("database-connect.sh", "database-roles.sh", PRIVILEGES, *versioned)}
    users = "".join(f"{role} {user}\n" for user, role in sorted((logins or {}).items()))
    return files | ({"database-login.sql": script("database-login.sql"), USERS: users} if logins else {})


def roles_job(props: DatabaseRolesProps) -> JobProps:
    """Return the Job. It waits for the server, and can run any number of times."""
    roles = {one: getattr(props.roles, one) for one in ("owner", "reader", "writer")} if props.roles else {}
    versioned = props.password_version > 1
    names = {"ROLES_DIR": PASSWORDS} if props.roles else {"LOGINS": f"{FILES}/{USERS}"}
    if versioned or not props.roles:
        names["ROLES"] = props.prefix
    if versioned:
        names["VERSION"] = str(props.password_version if props.roles else 0)
    task = TaskProps(
        identity=props.identity,
        image=props.image,
        command=["/bin/sh", f"{FILES}/database-{'users' if versioned else 'roles'}.sh"],
        variables={"DATABASE_DIR": ADMINISTRATOR, "PGSSLMODE": props.ssl_mode, **names},
        secrets=[
            SecretFiles(secret=props.secret, path=ADMINISTRATOR),
            *(
                SecretFiles(secret=secret, path=f"{PASSWORDS}/{role}", keys=("password", "username"))
                for role, secret in roles.items()
            ),
        ],
        volumes=[config_volume("scripts", props.identity.name)],
        mounts=[Mount(volume="scripts", path=FILES, read_only=True)],
        resources=RESOURCES,
        user_id=props.user_id,
        priority_class=props.priority_class,
        retries=6,
        deadline_seconds=1800,
        keep_seconds=None,
    )
    return task_job(task, configuration=role_files(props.logins, props.password_version))


class DatabaseRoles(Checked, Construct):
    """A Job that creates an owner, a writer and a reader of a database, makes the owner that of all objects of the
    administrator, and sets the passwords in the Secrets. Roles that are right already stay as they are.

    Creates the Job, its ServiceAccount without permissions, and the ConfigMap of its script. A Job is immutable, so
    another script or other props create another Job; after you have changed a password, delete the Job to run it again.
    With another ``password_version``, it creates users with other passwords beside those of the version before.
    """

    def __init__(self, scope: Construct, id: str, props: DatabaseRolesProps) -> None:
        super().__init__(scope, id)
        identity = props.identity
        ServiceAccount(self, "service-account", name=identity.name, labels=identity.labels)
        files = role_files(props.logins, props.password_version)
        ConfigMap(self, "scripts", name=identity.name, data=files, labels=identity.labels)
        Job(self, "job", roles_job(props))
