"""Endpoint of a PostgreSQL database: its port, with credentials in a Secret."""

from collections.abc import Mapping
from dataclasses import replace

from quantacirc_cdk.kinds.postgresql.roles import ROLES, Roles, role_login, role_of, role_secret, role_user
from quantacirc_cdk.kinds.postgresql.spec import READ_HOSTS, Postgresql
from quantacirc_cdk.kinds.store.spec import ManageableSettings
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.database import PORT, database_credentials
from quantacirc_cdk.kubernetes.database_roles import role_credentials
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.network_policy import Addresses
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, by_secret, inside, pods, tokens
from quantacirc_cdk.kubernetes.workload import SecretKeys

_PORT = Port(name="postgresql", port=PORT)


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return its port: on its pods, on the cloud's instance, or on an existing server."""
    if context.embedded(name):
        return [Endpoint(peer=pods(context, name), ports=(_PORT,))]
    existing = context.settings_as(name, ManageableSettings).existing
    if existing is None:
        identity = tokens(context) if logins_of(context, name) else []
        return [Endpoint(peer=inside(context), ports=(_PORT,)), *identity]
    port = Port(name="postgresql", port=existing.stated_port or PORT)
    return [Endpoint(peer=Addresses(cidr=cidr), ports=(port,)) for cidr in existing.cidrs]


def told(context: Context, name: str, client: str) -> Told:
    """Return a directory with its address, and the user and password of the client's role or of the administrator.

    With a token in place of the password, variables have the user and its role.
    """
    said, roles = by_secret(context, name), roles_of(context, name)
    if roles is None:
        return said
    (files,) = said.secrets
    address = ("database", "host", "port", *([READ_HOSTS] if context.component(name, Postgresql).read_endpoint else []))
    if user := logins_of(context, name).get(client):
        role = role_user(name, role_of(roles, client))
        files = replace(files, keys=address)
        return replace(said, variables={**said.variables, "USER": user, "ROLE": role}, secrets=(files,))
    beside = (
        SecretKeys(secret=files.secret, keys=("ca.crt",), optional=True),
        SecretKeys(
            secret=role_secret(name, role_of(roles, client), roles.password_version), keys=("password", "username")
        ),
    )
    return replace(said, secrets=(replace(files, keys=address, beside=beside),))


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return its Secret, if it runs in the cluster, and those of its roles."""
    found = []
    if context.embedded(name):
        own = database_credentials(name)
        if context.component(name, Postgresql).read_endpoint:
            own = replace(own, fixed={**own.fixed, READ_HOSTS: name})
        found.append(own)
    roles = roles_of(context, name)
    if roles and not logins_of(context, name):
        version = roles.password_version
        found += [role_credentials(role_secret(name, r, version), role_login(name, r, version)) for r in ROLES]
    return found


def roles_of(context: Context, name: str) -> Roles | None:
    """Return its roles."""
    return context.component(name, Postgresql).roles


def logins_of(context: Context, name: str) -> Mapping[str, str]:
    """Return the user of each component that logs in with a token of its cloud identity."""
    managed = context.contract.managed.get(name) if context.contract else None
    return managed.logins if managed else {}
