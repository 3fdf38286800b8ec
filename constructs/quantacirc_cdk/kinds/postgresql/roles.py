"""Roles of a database: the section of the model, and which component logs in with which."""

from collections.abc import Iterator
from typing import Any, Literal, get_args

from quantacirc_cdk.contract.identities import google_account
from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kinds.job.spec import Job
from quantacirc_cdk.limits.databases import PasswordVersion
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, Program
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Name

RoleName = Literal["owner", "reader", "writer"]
ROLES: tuple[RoleName, ...] = get_args(RoleName)
JOB = "-roles"
"""Suffix of the name of the Job that creates the roles."""


class Roles(Section):
    """Which components log in with another role than the writer's, which reads and writes all tables."""

    owner: list[Name] = []
    """Components that log in as the owner of the database, and can change its schema: those that migrate it."""
    reader: list[Name] = []
    """Components that can only read its tables."""
    password_version: PasswordVersion = 1
    """Version of the roles' passwords. Raise it to rotate them without an interruption: components get new users, whose
    Secrets and names end in the version, and those of the version before stay valid until you raise it again. After a
    rollback, raise it beyond every version that was deployed: a version has the same password each time."""


def role_secret(name: str, role: RoleName, version: int = 1) -> str:
    """Return the name of the Secret with the user and password of a role, in a version of the passwords."""
    return f"{name}-{role}-{version}" if version > 1 else f"{name}-{role}"


def role_login(name: str, role: RoleName, version: int) -> str:
    """Return the name of the user that logs in to act in a role, in a version of the passwords."""
    return f"{role_user(name, role)}_{version}" if version > 1 else role_user(name, role)


def role_user(name: str, role: RoleName) -> str:
    """Return the name of a role on the server."""
    return f"{name.replace('-', '_')}_{role}"


def role_of(roles: Roles, client: str) -> RoleName:
    """Return the role of a component."""
    return "owner" if client in roles.owner else "reader" if client in roles.reader else "writer"


def logged_in(system: System, name: str) -> list[str]:
    """Return the components that log in to a database, except the jobs that back it up."""
    return [one for one, part in system.components.items() if name in part.reaches and not _keeps(part, name)]


def logins(site: Site, name: str) -> dict[str, str]:
    """Return the user of each component that logs in to a database with a token of its cloud identity.

    Cloud SQL gives a service account its name without a suffix
    (https://cloud.google.com/sql/docs/postgres/iam-authentication#manage-users). A dash keeps a user on RDS apart from
    the roles of the database and from those of RDS.
    """
    clients = [one for one in logged_in(site.system, name) if site.embedded(one)]
    if site.environment.target == "gcp":
        return {one: google_account(site, one).removesuffix(".gserviceaccount.com") for one in clients}
    return {one: f"{name}-{one}" for one in clients}


def role_problems(system: System, name: str, roles: Roles) -> Iterator[Finding]:
    """Yield the problems of a database's roles in its system."""
    clients = logged_in(system, name)
    for key in ("owner", "reader"):
        for index, client in enumerate(getattr(roles, key)):
            place = ("roles", key, index)
            if client not in clients:
                yield place, f'"{client}", which does not log in to {name}', nearest(client, clients)
            elif key == "reader" and client in roles.owner:
                yield place, f"{client} as owner and as reader", "one of them"
    if not system.toolbox:
        yield ("roles",), "roles without `toolbox`, which creates their passwords", "an image with sh, curl and jq"


def secret_problems(site: Site, name: str, roles: Roles) -> Iterator[Finding]:
    """Yield components that read the administrator's user or password, or an earlier Secret, by themselves."""
    secret = site.secret(name)
    for client, part in site.having(Program).items():
        said = part.model_dump(exclude_defaults=True)
        keys = set() if _keeps(part, name) else set(_read(said, secret))
        for key in sorted(keys & {"username", "password"}):
            what = f"{client} reads the administrator's `{key}` from the Secret {secret}, but {name} has roles"
            yield (), what, f"the Secret {role_secret(name, role_of(roles, client), roles.password_version)}"
        for old in _earlier_versions(name, roles):
            if any(_read(said, old)):
                what = f"{client} reads the Secret {old} of another version of the passwords"
                yield (), what, f"the Secret {role_secret(name, role_of(roles, client), roles.password_version)}"


def _earlier_versions(name: str, roles: Roles) -> Iterator[str]:
    """Yield the Secrets of the roles that had the versions before."""
    for version in range(1, roles.password_version):
        for role in ROLES:
            yield role_secret(name, role, version)


def _keeps(part: object, name: str) -> bool:
    return isinstance(part, Job) and part.backs_up == name


def _read(node: Any, secret: str) -> Iterator[str]:
    """Yield the keys of a Secret that a section refers to; those of the administrator if it refers to the whole one."""
    if isinstance(node, dict):
        named = node.get("secret")
        source = named if isinstance(named, dict) else node
        if secret in (named, source.get("name") if source is named else None):
            chosen = source.get("items") or {}
            keys = [one["key"] for one in chosen] if isinstance(chosen, list) else list(chosen)
            yield from [node["key"]] if node.get("key") else keys or ["username", "password"]
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _read(one, secret)
