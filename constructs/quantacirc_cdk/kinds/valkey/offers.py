"""Endpoint of a cache: its port, with credentials in a Secret."""

from collections.abc import Iterator
from dataclasses import replace

from quantacirc_cdk.kinds.store.spec import ManageableSettings
from quantacirc_cdk.kinds.valkey.spec import Valkey
from quantacirc_cdk.kubernetes.cache import METRICS, PORT, cache_credentials
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.network_policy import Addresses, Edge
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, by_secret, directory, inside, monitoring, pods

_PORT = Port(name="valkey", port=PORT)
_MANAGED_PORTS = {"aws": PORT, "gcp": 6378, "azure": 10000}
"""Port of the cloud's service, with TLS."""


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return its port: on its pods, on the cloud's instance, or on an existing server."""
    if context.embedded(name):
        return [Endpoint(peer=pods(context, name), ports=(_PORT,))]
    existing = context.settings_as(name, ManageableSettings).existing
    if existing is None:
        port = Port(name="valkey", port=_MANAGED_PORTS[context.environment.target])
        return [Endpoint(peer=inside(context), ports=(port,))]
    port = Port(name="valkey", port=existing.stated_port or PORT)
    return [Endpoint(peer=Addresses(cidr=cidr), ports=(port,)) for cidr in existing.cidrs]


def told(context: Context, name: str, client: str) -> Told:  # noqa: ARG001
    """Return the Secret with its address and password; for a cache in the cluster, also its address as variables."""
    said = by_secret(context, name)
    if context.provider(name) == "managed":
        authority = {"CA": f"{directory(said.secrets[0].secret)}/ca.crt"} if context.environment.target == "gcp" else {}
        return replace(said, variables={**said.variables, "TLS": "true", **authority})
    if not context.embedded(name):
        return said
    address = {"HOST": name, "PORT": str(PORT), "URL": f"redis://{name}:{PORT}"}
    return replace(said, variables={**said.variables, **address})


def incoming(context: Context, name: str) -> Iterator[Edge]:
    """Yield the connection from Prometheus to its exporter, if it has one."""
    if context.component(name, Valkey).exporter:
        yield monitoring(context, name, METRICS)


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return its Secret, if it runs in the cluster."""
    return [cache_credentials(name)] if context.embedded(name) else []
