"""Node and pod affinity of a component."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.placement import SpreadConstraint, Toleration
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.limits.scheduling import PREFERRED, REQUIRED
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.needs.placement import Expression, NodeTerm, PodTerm
from quantacirc_cdk.model.node_pools import POOL_LABEL, taints


def node_selector(component: Program) -> dict[str, str]:
    """Return the labels that a node must have: those of the component, its architecture, and its node pool."""
    place = component.placement
    found: dict[str, str] = {"kubernetes.io/arch": place.architecture} if place.architecture else {}
    if place.node_pool:
        found[POOL_LABEL] = place.node_pool
    return {**found, **place.node_selector}


def spread_constraints(component: Program) -> list[SpreadConstraint] | None:
    """Return the topology spread of the pods, if the component sets one."""
    stated = component.placement.spread
    if stated is None:
        return None
    return [SpreadConstraint(topology_key=one.place, max_skew=one.max_skew, strict=one.strict) for one in stated]


def tolerations(context: Context, component: Program) -> list[Toleration]:
    """Return the taints that the pods tolerate: those of the component, and those of its node pool."""
    pool = component.placement.node_pool
    stated = [
        Toleration(key=one.key, value=one.value, effect=one.effect, seconds=one.seconds)
        for one in component.placement.tolerations
    ]
    of_pool = taints(context.environment, pool) if pool else []
    return stated + [Toleration(key=taint.key, value=taint.value or None, effect=taint.effect) for taint in of_pool]


def affinity(context: Context, component: Program) -> Data:
    """Return a pod's ``affinity``."""
    place = component.placement
    return compact(
        nodeAffinity=_node_affinity(place.nodes),
        podAffinity=_pod_affinity(context, place.near),
        podAntiAffinity=_pod_affinity(context, place.apart),
    )


def _node_affinity(terms: Sequence[NodeTerm]) -> Data:
    required = [_selected(term.match) for term in terms if term.weight is None]
    preferred = [{"preference": _selected(term.match), "weight": term.weight} for term in terms if term.weight]
    return compact(**{REQUIRED: compact(nodeSelectorTerms=required), PREFERRED: preferred})


def _selected(expressions: Sequence[Expression]) -> Data:
    return {
        "matchExpressions": [
            {"key": one.key, "operator": one.operator, **compact(values=list(one.values))} for one in expressions
        ]
    }


def _pod_affinity(context: Context, terms: Sequence[PodTerm]) -> Data:
    required = [_pod_term(context, term) for term in terms if term.weight is None]
    preferred = [{"podAffinityTerm": _pod_term(context, term), "weight": term.weight} for term in terms if term.weight]
    return compact(**{REQUIRED: required, PREFERRED: preferred})


def _pod_term(context: Context, term: PodTerm) -> Data:
    labels = context.pods(term.component) if term.component else dict(term.labels or {})
    return {"labelSelector": {"matchLabels": labels}, "topologyKey": term.place}
