"""Merge Compose files (https://github.com/compose-spec/compose-spec/blob/main/13-merge.md)."""

from collections.abc import Callable, Mapping
from typing import Any

from quantacirc_cdk.importing.compose.values import pair, port_of, target_of
from quantacirc_cdk.importing.documents import OVERRIDE, RESET
from quantacirc_cdk.model.document import Node

_REPLACED = frozenset({"command", "entrypoint", "test"})
_PAIRS = frozenset({"annotations", "args", "environment", "extra_hosts", "labels", "sysctls"})
"""Keys whose list of `NAME=value` is the same as a mapping."""
_NAMES = frozenset({"depends_on", "networks"})
"""Keys whose list of names is the same as a mapping without settings."""
_IDENTITY: Mapping[str, Callable[[Any], Any]] = {
    "configs": lambda one: _mounted(one),
    "ports": lambda one: port_of(one),
    "secrets": lambda one: _mounted(one),
    "volumes": lambda one: target_of(one),
}
"""Keys whose list items replace an earlier item with the same identity."""


def merged(base: Node, over: Node, key: str = "") -> Node:
    """Return ``base`` with the values of ``over``; ``key`` is the key of both. `!reset` removes a value."""
    tag = _tag(over)
    if tag:
        return over if tag == RESET else over.value[tag]  # type: ignore[call-overload,index,return-value]
    if key in _REPLACED:
        return over
    if key in _PAIRS | _NAMES:
        base, over = _mapping(base, key), _mapping(over, key)
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        found = dict(base.value)
        for name, node in over.value.items():
            found[name] = merged(found[name], node, name) if name in found else node
        return Node(found, base.file, base.line)
    if isinstance(base.value, list) and isinstance(over.value, list):
        identity = _IDENTITY.get(key, lambda one: one)
        mine = [identity(one.plain()) for one in over.value]
        kept = [one for one in base.value if identity(one.plain()) not in mine]
        return Node([*kept, *over.value], base.file, base.line)
    return over


def settled(node: Node) -> Node:
    """Return a node without the tags of merges that had nothing to merge with."""
    if isinstance(node.value, dict):
        if _tag(node) == OVERRIDE:
            return settled(node.value[OVERRIDE])
        kept = {key: settled(one) for key, one in node.value.items() if _tag(one) != RESET}
        return Node(kept, node.file, node.line)
    if isinstance(node.value, list):
        return Node([settled(one) for one in node.value if _tag(one) != RESET], node.file, node.line)
    return node


def _tag(node: Node) -> str | None:
    keys = list(node.value) if isinstance(node.value, dict) else []
    return keys[0] if len(keys) == 1 and keys[0] in (OVERRIDE, RESET) else None


def _mapping(node: Node, key: str) -> Node:
    """Return the mapping that a list of names or of names with values stands for."""
    if not isinstance(node.value, list):
        return node
    found = {}
    for one in node.value:
        name, value = pair(str(one.value)) if key in _PAIRS else (str(one.value), None)
        found[name] = Node(value, one.file, one.line)
    return Node(found, node.file, node.line)


def _mounted(one: Any) -> Any:
    return (one.get("target") or one.get("source")) if isinstance(one, dict) else one
