"""Sources of a projected volume, as in the Kubernetes API."""

from collections.abc import Mapping
from typing import Annotated, Any

from quantacirc_cdk.limits.rule import Rule

_KEYS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "clusterTrustBundle": (frozenset({"path"}), frozenset({"labelSelector", "name", "optional", "signerName"})),
    "configMap": (frozenset({"name"}), frozenset({"items", "optional"})),
    "downwardAPI": (frozenset({"items"}), frozenset()),
    "secret": (frozenset({"name"}), frozenset({"items", "optional"})),
    "serviceAccountToken": (frozenset({"path"}), frozenset({"audience", "expirationSeconds"})),
}
"""Required and optional keys of each source."""
_ITEM = {
    "configMap": (frozenset({"key", "path"}), frozenset({"mode"})),
    "secret": (frozenset({"key", "path"}), frozenset({"mode"})),
    "downwardAPI": (frozenset({"path"}), frozenset({"fieldRef", "mode", "resourceFieldRef"})),
}
_TYPES: Mapping[str, type] = {
    "audience": str,
    "expirationSeconds": int,
    "fieldRef": dict,
    "items": list,
    "key": str,
    "labelSelector": dict,
    "mode": int,
    "name": str,
    "optional": bool,
    "path": str,
    "resourceFieldRef": dict,
    "signerName": str,
}


def _source(value: Mapping[str, Any]) -> str | None:
    (name, spec), *more = [*value.items()] or [("", None)]
    if more or name not in _KEYS:
        return f"exactly one of {', '.join(_KEYS)}"
    wrong = _section(name, spec, *_KEYS[name])
    if wrong or "items" not in spec:
        return wrong
    return next((found for item in spec["items"] if (found := _section(f"{name}.items", item, *_ITEM[name]))), None)


def _section(name: str, spec: Any, needed: frozenset[str], more: frozenset[str]) -> str | None:
    if not isinstance(spec, dict) or not needed <= spec.keys() <= needed | more:
        also = f", and optionally {', '.join(sorted(more))}" if more else ""
        return f"{name} with {' and '.join(sorted(needed))}{also}"
    for key, value in spec.items():
        if not isinstance(value, _TYPES[key]) or value == "":
            kind = {str: "text", int: "a number", bool: "true or false", list: "a list", dict: "a mapping"}[_TYPES[key]]
            return f"{name}.{key}: {kind}"
    return None


ProjectedSource = Annotated[
    dict[str, Any],
    Rule(
        _source,
        source="https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/#projections",
        schema={"minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": [*_KEYS]}},
    ),
]
"""One source of a projected volume."""
