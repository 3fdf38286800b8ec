"""Dashboards of Grafana: each release has its own, wherever it is installed.

Grafana finds a dashboard by its id, and its sidecar writes each to a file with the name of the entry of the ConfigMap.
Two releases with the same id or file would show only one of the dashboards.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope, printed
from quantacirc_cdk.helm.insertions import Spot, replaced
from quantacirc_cdk.helm.node import TemplateKey, text_of
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.own_names import prefix
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.manifests import DASHBOARD

_FILE = ".json"

Parts = tuple[str | Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Dashboards:
    """The file, the id, the tag and the title of dashboards, which contain the namespace or the name of the system."""

    namespaces: Mapping[str, str]
    """Namespace of each environment."""
    system: str
    """Name of the system, with which titles begin."""
    chart: str

    @property
    def on(self) -> Match:
        """The ConfigMaps."""
        return Match(kinds=("ConfigMap",))

    def insert(self, spot: Spot) -> list[Any]:
        """Replace them by those of the release; nothing is removed."""
        if DASHBOARD in spot.tree["metadata"].get("labels", {}):
            data, namespace = spot.tree.get("data", {}), self.namespaces[spot.environment]
            spot.tree["data"] = dict(self._entry(key, text, namespace) for key, text in data.items())
        return []

    def _entry(self, key: str, text: Any, namespace: str) -> tuple[str, Any]:
        name = key.removesuffix(_FILE)
        rest = name.removeprefix(f"{namespace}-")
        named: Parts = (prefix(self.chart), *((NAMESPACE, f"-{rest}") if rest != name else (name,)))
        file = TemplateKey(f"{self.system}-{rest}{_FILE}" if rest != name else key, (*named, key[len(name) :]))
        return file, self._text(text, f"{namespace}/{name}", namespace, named)

    def _text(self, text: Any, identity: str, namespace: str, named: Parts) -> Any:
        known = hashlib.sha256(identity.encode()).hexdigest()[:20]
        text = replaced(text, f'"uid": "({known})"', lambda _: _id((NAMESPACE, "/", *named)), [])
        text = replaced(text, rf'"tags": \[\s*"({re.escape(namespace)})"\s*\]', lambda _: NAMESPACE, [])
        title = _joined((prefix(self.chart), self.system))
        return replaced(text, rf'"title": "({re.escape(self.system)}) $', lambda _: title, [])


def _joined(parts: Parts) -> Expression:
    return Expression(printed(parts)[1:-1], lambda scope: text_of(parts, scope))


def _id(parts: Parts) -> Expression:
    """Return the id of a dashboard, as ``kubernetes.monitoring.dashboard`` computes it."""

    def compute(scope: Scope) -> str:
        return hashlib.sha256(text_of(parts, scope).encode()).hexdigest()[:20]

    return Expression(f"{printed(parts)} | sha256sum | trunc 20", compute)
