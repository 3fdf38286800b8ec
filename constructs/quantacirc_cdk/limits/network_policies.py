"""Rules of the API about the peers and ports of a NetworkPolicy
(https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/).
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

Refused = tuple[str, str]

DIRECTIONS = {"egress": "to", "ingress": "from"}
"""Key of the peers in the rules of each direction."""


def policy_refusals(spec: Mapping[str, Any]) -> Iterator[Refused]:
    """Yield what the API refuses of the ``spec`` of a NetworkPolicy, with its place."""
    for direction, key in DIRECTIONS.items():
        for index, rule in enumerate(spec.get(direction) or ()):
            if not isinstance(rule, Mapping):
                continue
            place = f"spec.{direction}[{index}]"
            for name, check in ((key, _peer), ("ports", _port)):
                items = rule.get(name) or []
                if not isinstance(items, list):
                    yield f"{place}.{name} {items!r}", "a list"
                    continue
                for number, one in enumerate(items):
                    for what, expected in check(one) if isinstance(one, Mapping) else [(repr(one), "a mapping")]:
                        yield f"{place}.{name}[{number}] {what}", expected


def _peer(peer: Mapping[str, Any]) -> Iterator[Refused]:
    selectors = [key for key in ("namespaceSelector", "podSelector") if peer.get(key) is not None]
    block = peer.get("ipBlock")
    if block is None:
        if not selectors:
            yield "without a peer", "an ipBlock, a namespaceSelector or a podSelector"
        return
    if selectors:
        yield f"with ipBlock and {selectors[0]}", "one of them"
    if not isinstance(block, Mapping):
        yield f"ipBlock {block!r}", "a mapping"
        return
    try:
        whole = _range(block.get("cidr"))
    except ValueError:
        yield f"cidr {block.get('cidr')!r}", "a CIDR such as 10.0.0.0/8"
        return
    smaller = block.get("except") or []
    if not isinstance(smaller, list):
        yield f"except {smaller!r}", "a list"
        return
    for text in smaller:
        if not _is_part(text, whole):
            yield f"except {text!r}", f"a CIDR within {whole}, and smaller"


def _range(text: Any) -> IPv4Network | IPv6Network:
    if not isinstance(text, str) or not re.search("/[0-9]+$", text):
        raise ValueError(text)
    return ip_network(text, strict=False)


def _is_part(text: Any, whole: Any) -> bool:
    try:
        part = _range(text)
    except ValueError:
        return False
    return part.version == whole.version and part != whole and part.subnet_of(whole)


def _port(port: Mapping[str, Any]) -> Iterator[Refused]:
    first, last = port.get("port"), port.get("endPort")
    if last is None:
        return
    if not isinstance(last, int):
        yield f"endPort {last!r}", "a number"
    elif not isinstance(first, int):
        yield f"endPort {last} with port {first!r}", "a number as port"
    elif first > last:
        yield f"endPort {last} below port {first}", "at least the port"
