"""Replace properties of an environment in the manifests by those of the Helm release.

The release name replaces the instance label, the release namespace replaces explicit namespaces, and the chart's
application version replaces the version label.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import expression
from quantacirc_cdk.helm.expression import APP_VERSION, MANAGED_BY, RELEASE, Expression, Scope, value
from quantacirc_cdk.helm.node import Insert, Text
from quantacirc_cdk.manifests import Data

LABELS = "app.kubernetes.io/"
SERIES = "app_kubernetes_io_instance"
"""The instance label in series of Prometheus."""

NAMESPACE = Expression(
    f".Values.namespaceOverride | default {expression.NAMESPACE.helm}",
    lambda scope: scope.value("namespaceOverride") or scope.namespace,
)
"""The namespace of the objects."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Properties in an environment's manifests that Helm provides."""

    system: str
    """Name of the system: the part-of label."""
    release: str
    """The instance label."""
    namespace: str
    version: str
    """Version of the system in this environment."""
    managed_by: str
    components: frozenset[str] = frozenset()
    """Names of the components, which are not derived from the namespace."""
    shared: frozenset[str] = frozenset()
    """Names of objects that environments with different namespaces have, and which are not derived from them either."""
    namespaces_differ: bool = False
    """Whether the environments' namespaces have different names. If so, names derived from the namespace use the
    release's.
    """


@dataclass(frozen=True, kw_only=True)
class Names:
    """Values with which chart users override the properties of the release."""

    tag: str = "image.tag"
    """Path of the installed version; the chart's own when empty."""
    part_of: str = "nameOverride"
    """Path of the system's name; the chart's own when empty."""


def version(names: Names) -> Expression:
    """Return the installed version."""

    def compute(scope: Scope) -> Any:
        return scope.value(names.tag) or scope.app_version

    return Expression(f".Values.{names.tag} | default {APP_VERSION.helm}", compute)


def part_of(names: Names, system: str) -> Expression:
    """Return the name of the system."""
    path = value(names.part_of)
    return Expression(f"{path.helm} | default .Chart.Name", lambda scope: path.compute(scope) or system)


def substitution(facts: Facts, names: Names) -> Callable[[Data], Data]:
    """Return a function that returns a copy of an object of an environment with expressions for the properties."""
    return _Substitution(facts, names).mapping


_OF_OBJECTS = frozenset({"claimName", "name", "secretName", "serviceAccountName"})
"""Keys with names of objects, which are no addresses: a Secret ``registry.shop`` has this name in each namespace."""


class _Substitution:
    def __init__(self, facts: Facts, names: Names) -> None:
        self.facts = facts
        name = re.escape(facts.namespace)
        release = re.escape(facts.release)
        self.known = re.compile(
            rf'(?<=[a-z0-9]\.){name}(?=\.svc\b|\s|$)|(?<=namespace="){name}(?=")|(?<=namespace=\\"){name}(?=\\")'
            rf'|(?P<release>(?<={SERIES}="){release}(?=")|(?<={SERIES}=\\"){release}(?=\\"))'
        )
        namespace: Mapping[str, Any] = {facts.namespace: Insert(NAMESPACE)}
        self.by_key: dict[str, Mapping[str, Any]] = {
            f"{LABELS}instance": {facts.release: Insert(RELEASE)},
            f"{LABELS}managed-by": {facts.managed_by: Insert(MANAGED_BY)},
            f"{LABELS}part-of": {facts.system: Insert(part_of(names, facts.system))},
            f"{LABELS}version": {facts.version: Insert(version(names))},
            SERIES: {facts.release: Insert(RELEASE)},
            "namespace": namespace,
            "kubernetes.io/metadata.name": namespace,
        }
        if facts.namespaces_differ:
            self.by_key[f"{LABELS}name"] = namespace

    def mapping(self, node: Data) -> Data:
        """Return a copy of a mapping with expressions for the properties."""
        found = {
            key: self._entry(key, item) if isinstance(item, str) else self._inner(item) for key, item in node.items()
        }
        if "metadata" in found:
            self._names(found)
        return found

    def _inner(self, node: Any) -> Any:
        if isinstance(node, dict):
            return self.mapping(node)
        if isinstance(node, list):
            return [self._text(item) if isinstance(item, str) else self._inner(item) for item in node]
        return node

    def _entry(self, key: str, text: str) -> Any:
        prefix = f"{self.facts.namespace}-"
        if text.startswith(prefix) and (key == "priorityClassName" or self._names_an_object(key, text)):
            return Text((NAMESPACE, text[len(prefix) - 1 :]))
        known = self.by_key.get(key)
        if known is not None:
            return known.get(text, text)
        return text if key in _OF_OBJECTS else self._text(text)

    def _names(self, node: Data) -> None:
        """Replace the properties in the names of objects that are named after the namespace."""
        metadata, kind = node.get("metadata"), node.get("kind")
        name = metadata.get("name") if isinstance(metadata, dict) and kind else None
        if not isinstance(metadata, dict) or not isinstance(name, str):
            return
        prefix = f"{self.facts.namespace}-"
        if name == self.facts.namespace and (kind == "Namespace" or self.facts.namespaces_differ):
            metadata["name"] = Insert(NAMESPACE)
        elif name.startswith(prefix) and (kind == "PriorityClass" or self._of_namespace(metadata)):
            metadata["name"] = Text((NAMESPACE, name[len(prefix) - 1 :]))

    def _of_namespace(self, metadata: Data) -> bool:
        """Return whether an object is named after the namespace, which has another name in another environment."""
        label = metadata.get("labels", {}).get(f"{LABELS}name")
        derived = label == Insert(NAMESPACE) or (isinstance(label, Text) and label.parts[0] == NAMESPACE)
        return self.facts.namespaces_differ and derived

    def _names_an_object(self, key: str, text: str) -> bool:
        """Return whether an entry is the name of an object that is named after the namespace, and of no component."""
        if not self.facts.namespaces_differ or key != f"{LABELS}name" or text in self.facts.shared:
            return False
        words = text.split("-")
        return not any("-".join(words[:count]) in self.facts.components for count in range(1, len(words) + 1))

    def _text(self, text: str) -> Any:
        """Replace the namespace and the release in a text where they are unambiguous: in an address, and in a metrics
        query.
        """
        if self.facts.namespace not in text and SERIES not in text:
            return text
        parts: list[str | Expression] = []
        end = 0
        for match in self.known.finditer(text):
            parts += [text[end : match.start()], RELEASE if match["release"] else NAMESPACE]
            end = match.end()
        parts.append(text[end:])
        return Text(tuple(part for part in parts if part)) if len(parts) > 1 else text
