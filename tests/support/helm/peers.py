"""The connections that network policies allow, as Helm renders them."""

from collections.abc import Iterator, Sequence
from typing import Any

from support.kubernetes.manifests import Object

PEERS = {"egress": "to", "ingress": "from"}


def rules(objects: Sequence[Object]) -> Iterator[tuple[str, str, Any]]:
    """Yield the rules of network policies, each with the name of its policy and its direction."""
    for item in objects:
        if item["kind"] == "NetworkPolicy":
            for side in PEERS:
                for rule in item["spec"].get(side) or []:
                    yield item["metadata"]["name"], side, rule


def open_rules(objects: Sequence[Object]) -> set[tuple[str, str, str]]:
    """Return the rules that allow connections with all addresses, because they have no peers."""
    return {(name, side, repr(rule.get("ports"))) for name, side, rule in rules(objects) if not rule.get(PEERS[side])}


def egress_by_policy(objects: Sequence[Object]) -> dict[str, set[tuple[int, str]]]:
    """Return the ports that each policy opens, each with a component or a range of addresses."""
    found: dict[str, set[tuple[int, str]]] = {}
    for name, side, rule in rules(objects):
        if side == "egress":
            found.setdefault(name, set()).update(
                (port["port"], peer["ipBlock"]["cidr"] if "ipBlock" in peer else _selected(peer))
                for port in rule.get("ports") or []
                for peer in rule.get("to") or []
            )
    return found


def _selected(peer: Any) -> str:
    return str(peer["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name", ""))
