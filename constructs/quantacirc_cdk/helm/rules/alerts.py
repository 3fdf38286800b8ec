"""The alerts that say that a component is missing."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.helm.places import EACH, places
from quantacirc_cdk.manifests import Data

ALERTS = ("spec", "groups", EACH, "rules", EACH)
"""Path of the alerts in a PrometheusRule."""
Place = tuple[list[Any], int]
"""A list, and the position of an alert in it."""


class Alerts:
    """The alerts about each component; the alerts of an object are read once for all components."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[Data, dict[str, list[Place]]]] = {}

    def about(self, component: str, rule: Data) -> Sequence[Place]:
        """Return the places of the alerts about a component in a PrometheusRule."""
        if id(rule) not in self._read:
            found: dict[str, list[Place]] = defaultdict(list)
            for alerts, index in places(rule, ALERTS):
                labels = alerts[index].get("labels") if isinstance(alerts[index], dict) else None
                if isinstance(labels, dict) and isinstance(name := labels.get("component"), str):
                    found[name].append((alerts, index))
            self._read[id(rule)] = rule, dict(found)  # With the object, so that no other gets its id.
        return self._read[id(rule)][1].get(component, ())
