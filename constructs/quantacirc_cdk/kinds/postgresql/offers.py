"""Endpoint of a PostgreSQL database: its port, with credentials in a Secret."""

from quantacirc_cdk.kinds.store.spec import ManageableSettings
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.database import PORT, database_credentials
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.network_policy import Addresses
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, by_secret, inside, pods

_PORT = Port(name="postgresql", port=PORT)


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return its port: on its pods, on the cloud's instance, or on an existing server."""
    if context.embedded(name):
        return [Endpoint(peer=pods(context, name), ports=(_PORT,))]
    existing = context.settings_as(name, ManageableSettings).existing
    if existing is None:
        return [Endpoint(peer=inside(context), ports=(_PORT,))]
    port = Port(name="postgresql", port=existing.port or PORT)
    return [Endpoint(peer=Addresses(cidr=cidr), ports=(port,)) for cidr in existing.cidrs]


def told(context: Context, name: str, client: str) -> Told:  # noqa: ARG001
    """Return the Secret with its address, user and password."""
    return by_secret(context, name)


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return its Secret, if it runs in the cluster."""
    return [database_credentials(name)] if context.embedded(name) else []
