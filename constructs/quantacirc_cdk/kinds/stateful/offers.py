"""Endpoints of a stateful component: its ports, as host and port variables."""

from collections.abc import Iterator

from quantacirc_cdk.kinds.stateful.spec import Stateful
from quantacirc_cdk.kinds.workload import offers as workload
from quantacirc_cdk.kubernetes.network_policy import Edge
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.needs import port
from quantacirc_cdk.kubernetes.system.offers import Endpoint, Told, pods
from quantacirc_cdk.model.facts import client_ports, main_port, ports
from quantacirc_cdk.model.needs.ports import PortSpec


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return the ports for clients, without those that only its own pods use."""
    offered = tuple(port(one) for one in _offered(context, name))
    return [Endpoint(peer=pods(context, name), ports=offered)] if offered else []


def told(context: Context, name: str, client: str) -> Told:
    """Return its host, the port of its Service, and both as a URL; nothing for a component without ports."""
    component = context.component(name, Stateful)
    offered, main = _offered(context, name), main_port(context.system, component)
    if main not in offered:
        main = next(iter(offered), None)
    if main is None:
        return Told()
    said = {"HOST": name, "PORT": str(main.offered)}
    url = workload.told(context, name, client).variables
    scheme = url["URL"].partition(":")[0] if main == main_port(context.system, component) else main.protocol.lower()
    return Told(variables={**said, "URL": f"{scheme}://{name}:{said['PORT']}"})


def incoming(context: Context, name: str) -> Iterator[Edge]:
    """Yield other connections to it: between its own pods, from its public routes, and from Prometheus."""
    every = ports(context.system, context.component(name, Stateful))
    if every:
        own = pods(context, name)
        yield Edge(source=own, target=own, ports=tuple(port(one) for one in every))
    yield from workload.incoming(context, name, context.component(name, Stateful).peer_ports)


def _offered(context: Context, name: str) -> list[PortSpec]:
    component = context.component(name, Stateful)
    return [one for one in client_ports(context.system, component) if one.name not in component.peer_ports]
