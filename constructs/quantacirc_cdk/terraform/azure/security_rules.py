"""Rules of the network security groups of a network's subnets."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.terraform.interface.network import OpenPort

Allowed = tuple[str, str | Sequence[str], list[str]]
"""Name of a rule, a service tag or a range or several ranges, and ports."""
_WEB: Allowed = ("web", "Internet", ["80", "443"])
_NETWORK: Allowed = ("network", "VirtualNetwork", ["*"])
_BALANCER: Allowed = ("balancer", "AzureLoadBalancer", ["*"])
NODES = (_NETWORK, _BALANCER, _WEB)
"""Nodes have no public address, so traffic from the internet comes through an explicit load balancer."""
# Application Gateway needs these ports for its management (https://aka.ms/appgwnsg).
GATEWAYS: tuple[Allowed, ...] = (_WEB, _BALANCER, _NETWORK, ("gateway-manager", "GatewayManager", ["65200-65535"]))
CONTROL_PLANE: tuple[Allowed, ...] = (_NETWORK, _BALANCER, ("api", "Internet", ["443"]))
"""The API's list of authorized addresses restricts access from the internet."""


def with_peers(allowed: Sequence[Allowed], own: Sequence[str], peers: Sequence[str]) -> Sequence[Allowed]:
    """Return the rules of a network with ``peers``: they reach what the internet reaches, and nothing else.

    The tag ``VirtualNetwork`` contains the address space of every peer
    (https://learn.microsoft.com/azure/virtual-network/service-tags-overview), so ``own``, the ranges of the network and
    of its pods, which have to reach each other, stand in its place
    (https://learn.microsoft.com/azure/aks/azure-cni-overlay#network-security-groups).
    """
    found: list[Allowed] = []
    for name, source, ports in allowed:
        found.append((name, own if peers and source == "VirtualNetwork" else source, ports))
        if peers and source == "Internet":
            found.append((f"{name}-peers", peers, ports))
    return found


def security_rules(
    cidr: str,
    clients: str | None,
    allowed: Sequence[Allowed] = (),
    open_ports: Sequence[OpenPort] = (),
    peers: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return the rules of a subnet: allow ``allowed``, or ``clients`` and the subnet itself; deny everything else.

    A load balancer of AKS keeps the address and the port that its client connects to, so ``open_ports`` are those of
    the Services (https://learn.microsoft.com/azure/aks/load-balancer-standard). Those for everyone are also for
    ``peers``.
    """
    if clients:
        # The standby and the primary of a database are in the same subnet.
        allowed = [("clients", clients, ["443", "5432"]), ("peers", cidr, ["*"])]
    rules = [
        _rule(100 + 10 * index, name, "Allow", source, ports) for index, (name, source, ports) in enumerate(allowed)
    ]
    rules += [_open_rule(1000 + index, one.name, one, one.sources) for index, one in enumerate(open_ports)]
    public = [one for one in open_ports if peers and not one.sources]
    rules += [_open_rule(2000 + index, f"{one.name}-peers", one, peers) for index, one in enumerate(public)]
    return [*rules, _rule(4000, "everything-else", "Deny", "*", ["*"])]


def _rule(priority: int, name: str, access: str, source: str | Sequence[str], ports: list[str]) -> dict[str, Any]:
    # The argument is an attribute, not a block, so all its fields are required.
    everything = ports == ["*"]
    single = isinstance(source, str)
    return {
        "name": name,
        "description": name,
        "priority": priority,
        "direction": "Inbound",
        "access": access,
        "protocol": "*" if everything else "Tcp",
        "source_address_prefix": source if single else "",
        "source_address_prefixes": [] if single else list(source),
        "source_application_security_group_ids": [],
        "source_port_range": "*",
        "source_port_ranges": [],
        "destination_address_prefix": "*",
        "destination_address_prefixes": [],
        "destination_application_security_group_ids": [],
        "destination_port_range": "*" if everything else "",
        "destination_port_ranges": [] if everything else ports,
    }


def _open_rule(priority: int, name: str, one: OpenPort, sources: Sequence[str]) -> dict[str, Any]:
    return {**_rule(priority, name, "Allow", sources or "Internet", [str(one.port)]), "protocol": one.protocol}
