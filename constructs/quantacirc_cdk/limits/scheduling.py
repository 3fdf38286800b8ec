"""Rules about the affinity of pods (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/)."""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.limits.rule import Range

Refused = tuple[str, str]

PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
WITH_VALUES, WITHOUT_VALUES, COMPARING = ("In", "NotIn"), ("Exists", "DoesNotExist"), ("Gt", "Lt")
"""Operators with at least one value, with none, and with a single whole number."""
_OF_PODS = (*WITH_VALUES, *WITHOUT_VALUES)
_OF_NODES = (*_OF_PODS, *COMPARING)
WEIGHT = Range(1, 100, source="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/")
"""Weight of a preferred term."""


def affinity_refusals(affinity: Mapping[str, Any]) -> Iterator[Refused]:
    """Yield what the API refuses of an ``affinity``."""
    for kind, terms in affinity.items():
        if kind not in ("nodeAffinity", "podAffinity", "podAntiAffinity"):
            yield f"no affinity {kind}", "one of nodeAffinity, podAffinity, podAntiAffinity"
        elif not isinstance(terms, Mapping):
            yield f"{kind} {terms!r}", f"a mapping with {PREFERRED} or {REQUIRED}"
        else:
            for what, expected in _terms(terms, of_nodes=kind == "nodeAffinity"):
                yield f"{kind}: {what}", expected


def _terms(terms: Mapping[str, Any], *, of_nodes: bool) -> Iterator[Refused]:
    for name, value in terms.items():
        if name == PREFERRED:
            for one in _mappings(value):
                if WEIGHT.refusal(_number(one.get("weight"))):
                    yield f"weight {one.get('weight')!r}", "1 to 100"
                inner = one.get("preference" if of_nodes else "podAffinityTerm")
                yield from _term(inner, of_nodes=of_nodes)
        elif name == REQUIRED:
            found = (value or {}).get("nodeSelectorTerms") if of_nodes and isinstance(value, Mapping) else value
            if of_nodes and not found:
                yield f"{REQUIRED} without nodeSelectorTerms", "at least one"
            for one in _mappings(found):
                yield from _term(one, of_nodes=of_nodes)
        else:
            yield f"no {name}", f"one of {PREFERRED}, {REQUIRED}"


def _term(term: Any, *, of_nodes: bool) -> Iterator[Refused]:
    if not isinstance(term, Mapping):
        yield f"term {term!r}", "a mapping"
        return
    if not of_nodes and not term.get("topologyKey"):
        yield "a term without topologyKey", "a node label such as kubernetes.io/hostname"
    selector = term if of_nodes else term.get("labelSelector") or {}
    for one in _mappings(selector.get("matchExpressions")):
        yield from _expression(one, _OF_NODES if of_nodes else _OF_PODS)


def _expression(one: Mapping[str, Any], operators: tuple[str, ...]) -> Iterator[Refused]:
    operator, values = one.get("operator"), one.get("values") or []
    if not one.get("key"):
        yield "an expression without key", "a label"
    if operator not in operators:
        yield f"operator {operator!r}", f"one of {', '.join(operators)}"
    elif operator in WITH_VALUES and not values:
        yield f"operator {operator} without values", "at least one"
    elif operator in WITHOUT_VALUES and values:
        yield f"operator {operator} with values", "none"
    elif operator in COMPARING and not (len(values) == 1 and str(values[0]).lstrip("-").isdecimal()):
        yield f"operator {operator} with {values!r}", "one whole number, as text"


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
