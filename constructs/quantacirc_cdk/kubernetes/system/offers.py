"""What a component offers its clients, as data: where it is, and how they are told.

The kind of a component returns it from the hooks ``offers.endpoints`` and ``offers.told``; network policies, variables,
and mounted files of every client follow from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.network_policy import Addresses, Edge, Peer, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles

SECRETS = "/etc/secrets"
"""Directory below which each Secret is a directory, and each of its keys a file."""
ANYWHERE = "0.0.0.0/0"
HTTPS = Port(name="https", port=443)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a component answers."""

    peer: Peer
    ports: tuple[Port, ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a client is told of a component."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """By the last part of the name: ``URL`` becomes ``<PREFIX><COMPONENT>_URL``. Empty values are left out."""
    secrets: tuple[SecretFiles, ...] = ()
    """Secrets that it sees as files."""
    config_files: tuple[ConfigFiles, ...] = ()
    """ConfigMaps that it sees as files."""


@dataclass(frozen=True, kw_only=True)
class Helper:
    """Pods that do something for a component, such as a Job that sets it up."""

    identity: Identity
    edges: tuple[Edge, ...] = ()
    """What they connect to."""


def pods(context: Context, name: str) -> Pods:
    """Return the pods of a component."""
    return Pods(labels=context.pods(name))


def inside(context: Context) -> Addresses:
    """Return the addresses of the environment's network; all of them where there is none."""
    network = context.environment.network
    return Addresses(cidr=network.cidr if network else ANYWHERE)


def monitoring(context: Context, name: str, *ports: Port) -> Edge:
    """Return the scrapes of a component by Prometheus."""
    source = Pods(namespace=context.environment.cluster.monitoring_namespace)
    return Edge(source=source, target=pods(context, name), ports=ports)


def directory(secret: str) -> str:
    """Return the directory that clients see a Secret in."""
    return f"{SECRETS}/{secret}"


def by_secret(context: Context, name: str) -> Told:
    """Return a client's view of a component that a Secret opens: its files, and the variable that says where.

    Where the component is there already and nothing fetches Secrets from a store, people create it, and clients start
    without it.
    """
    secret = context.secret(name)
    by_hand = context.provider(name) == "existing" and not context.environment.cluster.addons.external_secrets
    files = SecretFiles(secret=secret, path=directory(secret), optional=by_hand)
    return Told(variables={"CREDENTIALS": directory(secret)}, secrets=(files,))
