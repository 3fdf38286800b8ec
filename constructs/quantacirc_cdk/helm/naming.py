"""The names of a chart's objects: they begin with the name of the release, unless that is the system's.

Two releases in one namespace therefore have no object in common. A name is changed where it is the name of an object of
the chart (``metadata.name``), where a field of the API refers to such an object (``REFERENCES``), and where a text has
its address (``addresses``). Labels stay: selectors contain the name of the release.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.addresses import Addresses
from quantacirc_cdk.helm.derive import Template
from quantacirc_cdk.helm.expression import Expression, Numbered, argument
from quantacirc_cdk.helm.name_templates import FULLNAME, LONGEST, is_renamed
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Insert, Lines, Spread, Text, parts_of
from quantacirc_cdk.helm.own_names import own_name, own_rules, prefix
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.manifests import POD_TEMPLATES

WORKLOAD = "workload"
REFERENCES: Mapping[tuple[str, str], str] = {
    ("", "claimName"): "PersistentVolumeClaim",
    ("", "priorityClassName"): "PriorityClass",
    ("", "secretName"): "Secret",
    ("", "serviceAccountName"): "ServiceAccount",
    ("", "serviceName"): "Service",
    ("", "storageClassName"): "StorageClass",
    ("", "subdomain"): "Service",
    ("authenticationRef", "name"): "TriggerAuthentication",
    ("backendRefs", "name"): "Service",
    ("configMap", "name"): "ConfigMap",
    ("configMapKeyRef", "name"): "ConfigMap",
    ("configMapRef", "name"): "ConfigMap",
    ("dnsNames", ""): "Service",
    ("horizontalPodAutoscalerConfig", "name"): "ScaledObject",
    ("httpGet", "host"): "Service",
    ("issuerRef", "name"): "Issuer",
    ("roleRef", "name"): "Role",
    ("scaleTargetRef", "name"): WORKLOAD,
    ("secret", "name"): "Secret",
    ("secretKeyRef", "name"): "Secret",
    ("secretRef", "name"): "Secret",
    ("secretStoreRef", "name"): "SecretStore",
    ("secretTargetRef", "name"): "Secret",
    ("service", "name"): "Service",
    ("subjects", "name"): "ServiceAccount",
    ("target", "name"): "Secret",
    ("targetRef", "name"): WORKLOAD,
    ("targetRefs", "name"): WORKLOAD,
    ("templates", "templateName"): "AnalysisTemplate",
    ("to", "name"): "Secret",
    ("workloadRef", "name"): WORKLOAD,
}
"""Fields that name an object, by the entry around them (empty: any), with the kind if no ``kind`` is beside them."""

_REFERRING = frozenset(key for _, key in REFERENCES)
_HERE = Insert(NAMESPACE)
"""The namespace of the release."""


def parameter(system: str) -> Parameter:
    """Return the value that replaces the name of the release in the names of objects."""
    return Parameter(
        path=FULLNAME,
        description=(
            "Beginning of the names of all objects, before a dash; empty for the name of the release. "
            f"`{system}` means no prefix. Do not change it after the installation."
        ),
        schema={"type": "string", "maxLength": LONGEST, "pattern": "^([a-z]([-a-z0-9]*[a-z0-9])?)?$"},
        default="",
        example="blue",
    )


@dataclass(frozen=True, kw_only=True)
class Renaming:
    """Puts the prefix before the names of a chart's objects, wherever they occur."""

    chart: str
    templates: Sequence[Template]
    values: Mapping[str, Sequence[Any]]
    """The values of the environments and the default, by path."""

    @cached_property
    def names(self) -> Mapping[str, frozenset[Any]]:
        """The names of the objects by kind; ``WORKLOAD`` has those of all objects that create pods."""
        found: dict[str, set[Any]] = {kind: set() for kind in (*REFERENCES.values(), WORKLOAD)}
        for template in self.templates:
            if is_renamed(template.key):
                kind, name = template.key.kind, template.node["metadata"]["name"]
                for each in (kind, WORKLOAD) if kind in POD_TEMPLATES else (kind,):
                    found.setdefault(each, set()).add(name)
            found["Secret"] |= set(_secrets_of(template))
        return {kind: frozenset(names) for kind, names in found.items()}

    @cached_property
    def _all(self) -> frozenset[Any]:
        return frozenset(name for names in self.names.values() for name in names)

    @cached_property
    def _ports(self) -> Mapping[Any, Mapping[int, Expression | None]]:
        """The ports of each Service, with the value that sets the port."""
        found: dict[Any, dict[int, Expression | None]] = {}
        for template in self.templates:
            if template.key.kind == "Service":
                ports = found.setdefault(template.node["metadata"]["name"], {})
                for port in _leaves(template.node, "spec", "ports", "port"):
                    if isinstance(port, Insert):
                        ports |= dict.fromkeys(self._of_values(port), port.expression)
                    elif isinstance(port, int):
                        ports[port] = None
        return found

    def _of_values(self, node: Insert) -> Sequence[Any]:
        """Return the values of the environments, and the default, of a parameter."""
        return self.values.get(node.expression.helm.removeprefix(".Values."), ())

    @cached_property
    def _addresses(self) -> Addresses:
        texts = {kind: {name for name in names if isinstance(name, str)} for kind, names in self.names.items()}
        sets = [each.node for each in self.templates if each.key.kind == "StatefulSet"]
        components = {each.key.component for each in self.templates} - {""}
        return Addresses(
            prefix=prefix(self.chart),
            ports={name: self._ports.get(name, {}) for name in texts["Service"]},
            sets=texts.get("StatefulSet", set()),
            queried=components | texts[WORKLOAD] | texts["Service"] | texts["PersistentVolumeClaim"],
            secrets=texts["Secret"],
            claims=set(_strings(sets, "spec", "volumeClaimTemplates", "metadata", "name")),
        )

    def renamed(self) -> list[Template]:
        """Return the templates with the prefix in them."""
        return [replace(each, node=self._object(each)) for each in self.templates]

    def text(self, text: str) -> str | Text:
        """Return a text with the prefix in the addresses of Services."""
        return self._addresses.text(text)

    def shown(self, kind: str, name: str) -> str:
        """Return the name of an object as a template prints it."""
        known = name in self.names[kind]
        return f"{{{{ {prefix(self.chart).helm} }}}}{name}" if known else name

    def shown_port(self, service: str, number: int) -> str:
        """Return the port of a Service as a template prints it."""
        port = self._ports.get(service, {}).get(number)
        return f"{{{{ int64 {argument(port)} }}}}" if port else str(number)

    def _object(self, template: Template) -> Any:
        node, metadata = template.node, template.node["metadata"]
        renamed = {key: self._node(item, "metadata", key) for key, item in metadata.items()}
        if is_renamed(template.key):
            renamed["name"] = self._prefixed(metadata["name"])
        return {key: renamed if key == "metadata" else self._node(item, "", key) for key, item in node.items()}

    def _node(self, node: Any, inside: str, key: str, beside: Mapping[str, Any] | None = None) -> Any:
        """Return a node with the prefix in it.

        ``key`` is that of its entry, empty for an item of a list; ``inside`` is that of the mapping or list around it;
        ``beside`` has the entries beside it.
        """
        if type(node) is str:
            return self._leaf(node, inside, key, beside or {})
        match node:
            case dict():
                found = {name: self._node(item, key or inside, name, node) for name, item in node.items()}
                return found | self._port_of(node) if (key or inside) in ("service", "backendRefs") else found
            case list():
                return [self._node(item, key or inside, "") for item in node]
            case Choice():
                yes, no = (self._node(part, inside, key, beside) for part in (node.yes, node.no))
                return Choice(node.condition, yes, no)
            case Extended():
                return replace(node, base=self._node(node.base, inside, key, beside))
            case Lines():
                return Lines(tuple(self._line(line, listed=_is_list(inside, key)) for line in node.lines))
            case Spread() | Insert() if isinstance(node.expression, Numbered):
                return replace(node, expression=self._addresses.numbered(node.expression))
            case Insert(style="yaml") if key == "rules" and not inside:
                return self._rules(node)
            case Text() | Insert():
                return self._leaf(node, inside, key, beside or {})
        return node

    def _leaf(self, node: str | Text | Insert, inside: str, key: str, beside: Mapping[str, Any]) -> Any:
        kind = self._referred(inside, key, beside)
        if kind and node in self.names.get(kind, ()):
            return self._prefixed(node)
        if kind and isinstance(node, Insert):
            return self._from_values(node, kind, inside)
        if inside == "resourceNames" and node in self._all:
            return self._prefixed(node)
        if isinstance(node, Insert) or key == "image":
            return node
        if isinstance(node, str) and self._is_host(node, inside, key, beside):
            return self._prefixed(node)
        return self._addresses.text(node, listed=_is_list(inside, key))

    def _port_of(self, reference: Mapping[str, Any]) -> dict[str, Any]:
        """Return the port of a reference to a Service, if a value sets the port."""
        port = reference.get("port")
        number = port.get("number") if isinstance(port, dict) else port
        known = self._ports.get(reference.get("name"), {}) if isinstance(reference.get("name"), str) else {}
        expression = known.get(number) if isinstance(number, int) else None
        if expression is None:
            return {}
        node = Insert(expression, "number")
        return {"port": {**port, "number": node} if isinstance(port, dict) else node}

    def _referred(self, inside: str, key: str, beside: Mapping[str, Any]) -> str:
        """Return the kind of object that a field names; empty if it names none, or one of another namespace."""
        if key not in _REFERRING:
            return ""
        kind = REFERENCES.get((inside, key)) or REFERENCES.get(("", key)) or ""
        stated = beside.get("kind")
        if kind and key == "name" and isinstance(stated, str):
            kind = stated
        elsewhere = "namespace" in beside and beside["namespace"] != _HERE
        return "" if elsewhere else kind

    def _is_host(self, node: str, inside: str, key: str, beside: Mapping[str, Any]) -> bool:
        """Return whether a text is the name of a Service by the name of the variable, file or label that has it."""
        plain = node.replace("\\", "")
        if plain not in self.names["Service"]:
            return False
        if key == "regex":
            return beside.get("sourceLabels") == ["__meta_kubernetes_service_name"]
        name = beside.get("name") if key == "value" else key if inside in ("data", "stringData", "metadata") else None
        return isinstance(name, str) and Addresses.is_host(name)

    def _rules(self, node: Insert) -> Insert:
        """Return the rules of a Role that users can set; objects of the chart in them get the prefix."""
        named = self._all & set(_strings(list(self._of_values(node)), "resourceNames"))
        return replace(node, expression=own_rules(self.chart, node.expression, named)) if named else node

    def _from_values(self, node: Insert, kind: str, inside: str) -> Insert:
        """Return a reference that users can set; the chart's own name, which is its default, gets the prefix."""
        own = set(self.names.get(kind, ())) if kind == "StorageClass" else set()
        conditions = self._class_conditions if kind == "StorageClass" else ()
        if inside in ("spec", "tls", "to") and kind == "Secret":  # cert-manager creates this Secret.
            own |= set(self._of_values(node))
        texts = {name for name in own if isinstance(name, str) and name}
        return replace(node, expression=own_name(self.chart, node.expression, texts, conditions)) if texts else node

    @cached_property
    def _class_conditions(self) -> Sequence[Expression]:
        """The conditions of the chart's StorageClasses: without them, a value names a class of the cluster."""
        return [
            each for template in self.templates if template.key.kind == "StorageClass" for each in template.conditions
        ]

    def _prefixed(self, name: Any) -> Any:
        if isinstance(name, Choice):
            return Choice(name.condition, self._prefixed(name.yes), self._prefixed(name.no))
        return Text((prefix(self.chart), *(parts_of(name) or (name,))))

    def _line(self, line: Any, *, listed: bool) -> Any:
        if isinstance(line, Choice):
            return Choice(line.condition, self._line(line.yes, listed=listed), self._line(line.no, listed=listed))
        return line if line is ABSENT else self._addresses.text(line, listed=listed)


def _secrets_of(template: Template) -> Iterator[str]:
    """Yield the Secrets that an object creates, or has created by cert-manager, External Secrets or a Job."""
    match template.key.kind:
        case "ExternalSecret":
            named = list(_strings(template.node, "spec", "target", "name"))
            yield from named or _strings(template.node, "metadata", "name")
        case "Certificate":
            yield from _strings(template.node, "spec", "secretName")
        case "Ingress":
            yield from _strings(template.node, "spec", "tls", "secretName")
        case "Role":
            yield from _strings(list(_rules_about_secrets(template)), "resourceNames")


def _rules_about_secrets(template: Template) -> Iterator[Any]:
    rules = template.node.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and rule.get("resources") == ["secrets"]:
            yield rule


def _strings(node: Any, *path: str) -> Iterator[str]:
    """Yield the texts at a path, regardless of their conditions and in all items of lists."""
    return (leaf for leaf in _leaves(node, *path) if isinstance(leaf, str))


def _leaves(node: Any, *path: str) -> Iterator[Any]:
    match node:
        case list():
            for item in node:
                yield from _leaves(item, *path)
        case Choice():
            yield from _leaves([node.yes, node.no], *path)
        case dict() if path and path[0] in node:
            yield from _leaves(node[path[0]], *path[1:])
        case _ if not path:
            yield node


def _is_list(inside: str, key: str) -> bool:
    """Return whether a text is the input of ``create-secrets.sh`` or ``create-certificates.sh``."""
    return inside == "data" and key in ("certificates", "secrets")
