"""What the public routes of an environment need from Gateways, and which paths they close."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import keeps_contract
from quantacirc_cdk.model.site import Site

Json = dict[str, Any]

_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute")
_CLOSED = "-closed"
"""End of the names of Services without pods, which closed paths lead to."""


def listeners(objects: Sequence[Json]) -> Mapping[str, list[str]]:
    """Return the names of the listeners that routes attach to, by ``namespace/name`` of their Gateway."""
    found: dict[str, set[str]] = {}
    for item in objects:
        for parent in item["spec"].get("parentRefs") or () if item["kind"] in _ROUTES else ():
            where = parent.get("namespace") or item["metadata"].get("namespace", "")
            if listener := parent.get("sectionName"):
                found.setdefault(f"{where}/{parent['name']}", set()).add(listener)
    return {name: sorted(found[name]) for name in sorted(found)}


def closed_paths(site: Site, objects: Sequence[Json]) -> Mapping[str, list[str]]:
    """Return the paths that the public routes of each component close, without those of the container contract."""
    found: dict[str, set[str]] = {}
    for item in objects:
        name = (item["metadata"].get("labels") or {}).get("app.kubernetes.io/name", "")
        component = site.system.components.get(name)
        if isinstance(component, Program) and not keeps_contract(site.system, component):
            found.setdefault(name, set()).update(_closed(item))
    return {name: sorted(paths) for name, paths in sorted(found.items()) if paths}


def _closed(item: Json) -> Iterator[str]:
    if item["kind"] == "HTTPRoute":
        for rule in item["spec"].get("rules") or ():
            if any(str(one["name"]).endswith(_CLOSED) for one in rule.get("backendRefs") or ()):
                yield from (match["path"]["value"] for match in rule["matches"])
    elif item["kind"] == "Ingress":
        for rule in item["spec"].get("rules") or ():
            for one in rule["http"]["paths"]:
                if str(one["backend"]["service"]["name"]).endswith(_CLOSED):
                    yield one["path"]
