"""Endpoints of a daemon: its ports behind a Service, and its node ports."""

from collections.abc import Iterator

from quantacirc_cdk.kinds.daemon.spec import Daemon
from quantacirc_cdk.kinds.workload import offers as workload
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.network_policy import Edge
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Endpoint, nodes
from quantacirc_cdk.model.facts import ports
from quantacirc_cdk.model.needs.ports import PortSpec


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return the ports for clients, on the pods and on the nodes."""
    found = [Endpoint(peer=one.peer, ports=one.ports) for one in workload.endpoints(context, name) if one.ports]
    on_nodes = [
        Port(name=one.name, port=one.host_port.port, protocol=one.protocol)
        for one in _on_nodes(context, name)
        if one.host_port
    ]
    return [*found, *([Endpoint(peer=nodes(context), ports=tuple(on_nodes))] if on_nodes else [])]


def incoming(context: Context, name: str) -> Iterator[Edge]:
    """Yield other connections to it, as of any workload."""
    yield from workload.incoming(context, name)


def _on_nodes(context: Context, name: str) -> list[PortSpec]:
    return [one for one in ports(context.system, context.component(name, Daemon)) if one.host_port]
