"""Rules of network policies whose peers depend on values. A rule without peers would allow connections with all."""

from typing import Any

from quantacirc_cdk.helm.expression import Expression, negated, some_of
from quantacirc_cdk.helm.node import ABSENT, Choice
from quantacirc_cdk.helm.objects import Key

SIDES = {"egress": "to", "ingress": "from"}
"""Key of the peers in the rules of each direction."""


def any_peer(key: Key, path: tuple[Any, ...], node: Any) -> Expression | None:
    """Return whether a rule of a network policy has a peer; None for a rule that always has one, and for a node that is
    no such rule.
    """
    if key.kind != "NetworkPolicy" or len(path) != 3 or path[1] not in SIDES or not isinstance(node, dict):
        return None
    peers = node.get(SIDES[path[1]])
    if not isinstance(peers, list) or not peers or not all(map(_is_optional, peers)):
        return None
    return some_of(peer.condition if peer.no is ABSENT else negated(peer.condition) for peer in peers)


def is_peer(key: Key, path: tuple[Any, ...]) -> bool:
    """Return whether a path leads to a peer in a rule of a network policy."""
    return key.kind == "NetworkPolicy" and len(path) == 5 and SIDES.get(path[1]) == path[3]


def with_peers(key: Key, node: Any) -> Any:
    """Return an object in which each rule of a network policy is left out if it has no peer."""
    if key.kind != "NetworkPolicy" or not isinstance(node, dict) or not isinstance(node.get("spec"), dict):
        return node
    spec = dict(node["spec"])
    for side in SIDES:
        if isinstance(spec.get(side), list):
            spec[side] = [_with_peers(key, ("spec", side, index), rule) for index, rule in enumerate(spec[side])]
    return {**node, "spec": spec}


def _with_peers(key: Key, path: tuple[Any, ...], rule: Any) -> Any:
    if isinstance(rule, Choice):
        return Choice(rule.condition, _with_peers(key, path, rule.yes), _with_peers(key, path, rule.no))
    condition = any_peer(key, path, rule)
    if condition is None:
        return rule
    peers = rule[SIDES[path[1]]]
    common = all(peer.no is ABSENT and peer.condition == condition for peer in peers)
    return Choice(condition, {**rule, SIDES[path[1]]: [peer.yes for peer in peers]} if common else rule)


def _is_optional(peer: Any) -> bool:
    return isinstance(peer, Choice) and ABSENT in (peer.yes, peer.no)
