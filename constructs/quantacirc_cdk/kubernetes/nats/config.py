"""Configuration file of the servers (https://docs.nats.io/running-a-nats-service/configuration)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.permissions import permissions
from quantacirc_cdk.kubernetes.nats.stream import Consumer

CLIENT_PORT = 4222
ROUTE_PORT = 6222
MONITOR_PORT = 8222

ACCOUNT = "APP"
"""Account of the components and their streams."""
SYSTEM_USER = "system"
"""User of the system account: can monitor the servers, but cannot read messages."""
ADMIN_USER = "admin"
"""User that creates streams and consumers."""
TRIAL_ACCOUNT = "TRIAL"
"""Account without streams, in which a restore first loads what it would replace."""
TRIAL_USER = "restore-trial"
"""User of that account, with the password of ``ADMIN_USER``."""
ROUTE_USER = "route"
"""User that the servers authenticate each other with."""


class Variable(str):
    """Name of an environment variable, which the server replaces by its value."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Configuration that all servers of the bus share."""

    name: str
    """Name of the cluster."""
    replicas: int
    """Number of servers; a single server forms no cluster."""
    store_path: str
    store_bytes: int
    """Maximum disk use of JetStream in bytes; it refuses messages above it."""
    clients: Sequence[Client]
    consumers: Sequence[Consumer]
    tls_path: str | None = None
    """Directory with ``tls.crt``, ``tls.key`` and ``ca.crt``; without it, connections are not encrypted."""
    pid_file: str | None = None
    """File for the server's process id."""


def server_config(config: ServerConfig) -> str:
    """Return the text of the configuration file, which reads passwords from environment variables."""
    users: list[Data] = [
        {
            "user": client.name,
            "password": Variable(client.password_variable),
            "permissions": permissions(client, config.consumers),
        }
        for client in sorted(config.clients, key=lambda client: client.name)
    ]
    users.append(_user(ADMIN_USER))
    data: Data = {
        "server_name": Variable("POD_NAME"),
        "port": CLIENT_PORT,
        "http_port": MONITOR_PORT,
        # Lame duck mode asks clients to leave in time; see the termination grace period of the pods.
        "lame_duck_grace_period": "10s",
        "lame_duck_duration": "30s",
        "jetstream": {"store_dir": config.store_path, "max_file_store": config.store_bytes, "max_memory_store": 0},
        "accounts": {
            ACCOUNT: {"jetstream": "enabled", "users": users},
            "SYS": {"users": [_user(SYSTEM_USER)]},
        },
        "system_account": "SYS",
    }
    if any(client.snapshots for client in config.clients):
        trial = {"user": TRIAL_USER, "password": Variable(password_variable(ADMIN_USER))}
        data["accounts"][TRIAL_ACCOUNT] = {"jetstream": "enabled", "users": [trial]}
    if config.pid_file:
        data["pid_file"] = config.pid_file
    if config.tls_path:
        data["tls"] = tls_files(config.tls_path) | {"timeout": 5}
    if config.replicas > 1:
        data["cluster"] = {
            "name": config.name,
            "port": ROUTE_PORT,
            "no_advertise": True,
            "authorization": {"user": ROUTE_USER, "password": Variable(password_variable(ROUTE_USER))},
            # The variable contains the whole list, because an address cannot contain a variable for the password only.
            "routes": Variable("NATS_ROUTES"),
        }
        if config.tls_path:
            data["cluster"]["tls"] = tls_files(config.tls_path) | {"timeout": 5, "verify": True}
    return "\n".join(_lines(data, "")) + "\n"


def server_url(name: str, *, tls: bool) -> str:
    """Return the address of the bus ``name`` for clients."""
    return f"{'tls' if tls else 'nats'}://{name}:{CLIENT_PORT}"


def server_hosts(name: str, namespace: str, replicas: int) -> list[str]:
    """Return all host names of the servers' certificate: those that clients and other servers connect to."""
    services = [
        f"{name}{base}" for base in ("", f".{namespace}", f".{namespace}.svc", f".{namespace}.svc.cluster.local")
    ]
    return [*services, *(f"{name}-{index}.{name}-headless" for index in range(replicas)), "localhost"]


def tls_files(path: str) -> Data:
    """Return the files of a ``tls`` block."""
    return {"ca_file": f"{path}/ca.crt", "cert_file": f"{path}/tls.crt", "key_file": f"{path}/tls.key"}


def password_variable(user: str) -> str:
    """Return the environment variable with the password of a built-in user."""
    return Client(name=user).password_variable


def route_hosts(name: str, replicas: int) -> str:
    """Return the hosts and ports at which the servers connect to each other."""
    return " ".join(f"{name}-{index}.{name}-headless:{ROUTE_PORT}" for index in range(replicas))


def _user(name: str) -> Data:
    return {"user": name, "password": Variable(password_variable(name))}


def _lines(value: Data, indent: str) -> list[str]:
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += [f"{indent}{key} {{", *_lines(item, indent + "  "), f"{indent}}}"]
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            lines.append(f"{indent}{key} [")
            for entry in item:
                lines += [f"{indent}  {{", *_lines(entry, indent + "    "), f"{indent}  }}"]
            lines.append(f"{indent}]")
        elif isinstance(item, Variable):
            lines.append(f"{indent}{key}: ${item}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(item)}")
    return lines
