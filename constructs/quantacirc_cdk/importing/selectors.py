"""Selectors of pods and Services, changed to the labels that the library sets."""

from collections.abc import Callable, Iterator
from typing import Any

from quantacirc_cdk.importing.plan import IDENTITY, Translation
from quantacirc_cdk.importing.source import Data

NAME, INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"
PER_POD = frozenset({"apps.kubernetes.io/pod-index", "statefulset.kubernetes.io/pod-name"})
"""Labels that Kubernetes sets on each pod of a StatefulSet."""
_HOLDERS = ("labelSelector", "podSelector", "selector")


def selecting(plan: Translation, value: Any, kind: str, key: str = "") -> Any:
    """Return a value of an object of ``kind`` with its selectors changed; ``key`` is that of the value.

    A selector that uses labels of ``IDENTITY`` selects the same components as in the source by the library's labels.
    """
    if isinstance(value, list):
        return [selecting(plan, one, kind) for one in value]
    if not isinstance(value, dict):
        return value
    if key in _HOLDERS:
        return _selector(plan, value, kind)
    return {name: selecting(plan, one, kind, name) for name, one in value.items()}


def selected(plan: Translation, selector: Data) -> list[str]:
    """Return the components whose pods a label selector selects; all for an empty one."""
    labels, expressions = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    return [name for name, known in _candidates(plan, "") if _matches(labels, expressions, known)]


def _selector(plan: Translation, selector: Data, kind: str) -> Data:
    flat = not {"matchExpressions", "matchLabels"} & selector.keys()
    wanted = dict(selector if flat else selector.get("matchLabels") or {})
    expressions = [] if flat else selector.get("matchExpressions") or []
    if not IDENTITY & {*wanted, *(one.get("key") for one in expressions)}:
        return selector
    own = {key: text for key, text in wanted.items() if key in PER_POD}
    names = [name for name, labels in _candidates(plan, kind) if _matches(wanted, expressions, labels)]
    if len(names) == 1:
        found = {**plan.selector(names[0]), **own}
        return found if flat else {"matchLabels": found}
    if not names or flat:
        return selector
    several = {"key": NAME, "operator": "In", "values": names}
    return {"matchLabels": {INSTANCE: plan.system["name"], **own}, "matchExpressions": [several]}


def _candidates(plan: Translation, kind: str) -> Iterator[tuple[str, Data]]:
    """Yield each component with the labels, in the source, of its Service or its pods."""
    for name in plan.system["components"]:
        if kind == "ServiceMonitor":
            if name in plan.services:
                yield name, plan.services[name].labels
        else:
            yield name, (plan.components[name].template.get("metadata") or {}).get("labels") or {}


def _matches(wanted: Data, expressions: list[Data], labels: Data) -> bool:
    plain = {key: text for key, text in wanted.items() if key not in PER_POD}
    return all(labels.get(key) == text for key, text in plain.items()) and all(
        _holds(one, labels) for one in expressions
    )


def _holds(expression: Data, labels: Data) -> bool:
    """Return whether labels satisfy an entry of ``matchExpressions``."""
    there, values = labels.get(str(expression.get("key"))), expression.get("values") or []
    operators: dict[str, Callable[[], bool]] = {
        "DoesNotExist": lambda: there is None,
        "Exists": lambda: there is not None,
        "In": lambda: there in values,
        "NotIn": lambda: there not in values,
    }
    return operators.get(str(expression.get("operator")), lambda: False)()
