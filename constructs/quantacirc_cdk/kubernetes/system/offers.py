"""Data that a component offers to its clients: its endpoints and its connection settings.

The kind of a component returns it from the hooks ``offers.endpoints`` and ``offers.told``. The network policies,
variables and mounted files of each client follow from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.network_policy import Addresses, Credentials, Edge, Nodes, Peer, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles
from quantacirc_cdk.limits.clouds import CLOUDS
from quantacirc_cdk.model.facts import has_ipv6

SECRETS = "/etc/secrets"
"""Parent directory of mounted Secrets: each Secret is a directory, each of its keys a file."""
ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"
HTTPS = Port(name="https", port=443)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint of a component."""

    peer: Peer
    ports: tuple[Port, ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """Connection settings of a component for its clients."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables by the last part of the name: ``URL`` becomes ``<PREFIX><COMPONENT>_URL``. Empty values are left out.

    """
    secrets: tuple[SecretFiles, ...] = ()
    """Secrets that the client mounts as files."""
    config_files: tuple[ConfigFiles, ...] = ()
    """ConfigMaps that the client mounts as files."""


@dataclass(frozen=True, kw_only=True)
class Helper:
    """Pods that assist a component, such as a Job that sets it up."""

    identity: Identity
    edges: tuple[Edge, ...] = ()
    """Connections of these pods."""


def pods(context: Context, name: str) -> Pods:
    """Return the pods of a component."""
    return Pods(labels=context.pods(name))


def own_endpoints(context: Context, name: str) -> Iterator[Endpoint]:
    """Yield the endpoints of a component on pods of the environment's namespace."""
    found: list[Endpoint] = called(context.system.components[name], "offers.endpoints", context, name) or []
    for endpoint in found:
        if isinstance(endpoint.peer, Pods) and endpoint.peer.namespace is None and endpoint.ports:
            yield endpoint


def anywhere(context: Context) -> list[str]:
    """Return all addresses, of each family that pods have."""
    return [ANYWHERE, *([ANYWHERE_IPV6] if has_ipv6(context.environment) else [])]


def inside(context: Context) -> Addresses:
    """Return the addresses of the environment's network; all addresses if it has none."""
    network = context.environment.network
    return Addresses(cidr=network.cidr if network else ANYWHERE)


def nodes(context: Context) -> Nodes:
    """Return the nodes of the environment."""
    return Nodes(cidr=inside(context).cidr)


def cloud_api(context: Context) -> list[Endpoint]:
    """Return the endpoints of a cloud's services for its identities: inside and outside the environment's network, and
    those that hand out credentials.
    """
    return [
        Endpoint(peer=inside(context), ports=(HTTPS,)),
        *(Endpoint(peer=Addresses(cidr=cidr, public_only=True), ports=(HTTPS,)) for cidr in anywhere(context)),
        *tokens(context),
    ]


def tokens(context: Context) -> list[Endpoint]:
    """Return the endpoints that hand out credentials of cloud identities."""
    target = context.environment.target
    return [
        Endpoint(peer=Credentials(cidr=cidr), ports=(Port(name="identity", port=number),))
        for cidr, number in (CLOUDS[target].credentials if target in CLOUDS else ())
    ]


def monitoring(context: Context, name: str, *ports: Port) -> Edge:
    """Return the connection that lets Prometheus scrape a component."""
    source = Pods(namespace=context.environment.cluster.monitoring_namespace)
    return Edge(source=source, target=pods(context, name), ports=ports)


def directory(secret: str) -> str:
    """Return the directory in which clients mount a Secret."""
    return f"{SECRETS}/{secret}"


def by_secret(context: Context, name: str) -> Told:
    """Return the connection settings of a component with credentials in a Secret: its files, and the variable with
    their directory.

    If the component exists already and there is no external secret store, you create the Secret by hand, and clients
    start without it.
    """
    secret = context.secret(name)
    by_hand = context.provider(name) == "existing" and not context.environment.cluster.addons.external_secrets
    files = SecretFiles(secret=secret, path=directory(secret), optional=by_hand)
    return Told(variables={"CREDENTIALS": directory(secret)}, secrets=(files,))
