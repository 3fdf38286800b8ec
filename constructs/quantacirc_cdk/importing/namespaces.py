"""Divide a source with several namespaces: each namespace with workloads becomes a system."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem, nearest
from quantacirc_cdk.importing.connections import texts
from quantacirc_cdk.importing.source import Data, Item, Source

TWICE = "The output has one object of a kind and name: apply this one beside the system."
_NAME = "kubernetes.io/metadata.name"
"""Label that Kubernetes sets on each Namespace."""


def divided(source: Source, wanted: Sequence[str] = ()) -> dict[str, Source]:
    """Return a source for each namespace with workloads, or for those in ``wanted``; one without any namespace.

    Objects of the cluster and of namespaces without workloads go to the namespace that they name, or to that with most
    workloads. Raises ``ModelError`` for an unknown namespace.
    """
    counted = Counter(item.namespace for item in source.items if item.template and item.namespace)
    names = sorted(counted, key=lambda one: (-counted[one], one))
    for name in wanted:
        if name not in names:
            what = f"no workload is in the namespace {name}"
            file = source.items[0].node.file if source.items else ""
            raise ModelError(Problem(file=file, what=what, expected=nearest(name, names) if names else "a namespace"))
    if len(names) < 2:
        source.namespace = names[0] if names else ""
        _once(source)
        return {source.namespace: source}
    found = {name: Source(name=name, namespace=name) for name in names}
    for item, owner in _owners(source, names):
        found[owner].items.append(item)
    policies = {name: list(_between(name, found)) for name in names}
    for name, each in found.items():
        _once(each)
        for owner, item, note in (one for more in policies.values() for one in more):
            if owner == name and item.key not in {known.key for known in each.items}:
                each.items.append(item)
                each.notes.append(note)
    return {name: found[name] for name in (wanted or names)}


def _owners(source: Source, names: Sequence[str]) -> Iterator[tuple[Item, str]]:
    """Yield each object with the namespace whose system it belongs to."""
    roles: dict[str, str] = {}
    for item in source.of("ClusterRoleBinding", "RoleBinding"):
        roles.setdefault(str((item.data.get("roleRef") or {}).get("name")), _named(item.data, names) or names[0])
    for item in source.items:
        if item.kind == "Namespace":
            yield item, item.name if item.name in names else names[0]
        elif item.namespace in names:
            yield item, item.namespace
        elif item.kind in ("ClusterRole", "Role"):
            yield item, roles.get(item.name, names[0])
        else:
            yield item, _named(item.data, names) or names[0]


def _named(value: Any, names: Sequence[str]) -> str | None:
    """Return the first of these namespaces that an object names below its metadata."""
    if isinstance(value, dict):
        if value.get("namespace") in names:
            return str(value["namespace"])
        value = [one for key, one in value.items() if key != "metadata"]
    if isinstance(value, list):
        return next(filter(None, (_named(one, names) for one in value)), None)
    return None


def _once(source: Source) -> None:
    """Report objects of other namespaces with the kind and name of another object."""
    found: dict[tuple[str, str], Item] = {}
    for item in sorted(source.items, key=lambda one: one.namespace not in ("", source.namespace)):
        if item.key in found:
            source.left += [item.left(place, TWICE) for place, _ in item.node.leaves()]
        found.setdefault(item.key, item)
    kept = {id(item) for item in found.values()}
    source.items = [item for item in source.items if id(item) in kept]


def _between(client: str, sources: Mapping[str, Source]) -> Iterator[tuple[str, Item, str]]:
    """Yield NetworkPolicies, each with its namespace and a note, for connections from a namespace to others."""
    for item in sources[client].items:
        if not item.template:
            continue
        found = list(texts(sources[client], item))
        labels = (item.template.get("metadata") or {}).get("labels") or {}
        for server, other in sources.items():
            for service in other.of("Service") if server != client else ():
                spec = service.data.get("spec") or {}
                host = rf"(?<![A-Za-z0-9._-]){re.escape(service.name)}\.{re.escape(server)}(?![A-Za-z0-9-])"
                if not spec.get("selector") or not any(re.search(host, text) for text in found):
                    continue
                said = f"{item.name} in {client} connects to {service.name} in {server}"
                note = f"{said}: apps/objects/ has a NetworkPolicy that allows it."
                ports = [_port(one) for one in spec.get("ports") or []]
                out = {"egress": [{"to": [_peer(server)], "ports": ports}]}
                yield client, _policy(item, f"{item.name}-to-{server}-{service.name}", labels, out), note
                into = {"ingress": [{"from": [_peer(client)], "ports": ports}]}
                policy = _policy(service, f"{service.name}-from-{client}", spec["selector"], into)
                yield server, policy, note


def _port(port: Data) -> Data:
    return {"port": port.get("targetPort") or port["port"], "protocol": port.get("protocol", "TCP")}


def _peer(namespace: str) -> Data:
    return {"namespaceSelector": {"matchLabels": {_NAME: namespace}}}


def _policy(of: Item, name: str, labels: Data, rules: Data) -> Item:
    """Return a NetworkPolicy, none of whose properties are of the source."""
    kinds = [key.capitalize() for key in rules]
    spec = {"podSelector": {"matchLabels": dict(labels)}, "policyTypes": kinds, **rules}
    data = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}
    return Item(data, of.node, f"{of.kind}/{of.name}")
