"""Hashes of configuration, computed by the chart as the manifests have them.

A hash in an annotation makes a change of configuration a rollout; a hash in the name of a Job makes another Job of it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope
from quantacirc_cdk.helm.node import evaluate
from quantacirc_cdk.helm.objects import TEMPLATES, Data, Key, Manifests

ANNOTATION = "checksum/config"


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of entries, as ``toRawJson | sha256sum`` gives it."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_template(name: str) -> str:
    """Return the named template that computes a hash."""
    return f"""\
{{{{/* The hash of what is configured: the entries in `text`, which is YAML, and those of `more`. */}}}}
{{{{- define "{name}" -}}}}
{{{{- merge .more (fromYaml (print .text "\\n")) | toRawJson | sha256sum | trunc .length -}}}}
{{{{- end -}}}}
"""


@dataclass
class Configurations:
    """The ConfigMaps whose hash stands somewhere, each with a named template for its entries."""

    prefix: str
    """Name of the chart, which its named templates begin with."""
    nodes: dict[Key, Any] = field(default_factory=dict)
    """The merged entries by ConfigMap, known once the objects are merged."""
    names: dict[Key, str] = field(default_factory=dict)

    def name(self, key: Key) -> str:
        """Return the named template with the entries of a ConfigMap."""
        return self.names.setdefault(key, f"{self.prefix}.{key.name}.data")

    def hash_of(self, key: Key, length: int, more: Mapping[str, Expression] | None = None) -> Expression:
        """Return the hash of the entries of a ConfigMap and some more."""
        extra = dict(more or {})

        def compute(scope: Scope) -> str:
            entries = evaluate(self.nodes[key], scope)
            return digest({**entries, **{name: each.compute(scope) for name, each in extra.items()}})[:length]

        pairs = "".join(f' "{name}" ({each.helm})' for name, each in extra.items())
        more_text = f"(dict{pairs})"
        arguments = f'"text" (include "{self.name(key)}" .) "more" {more_text} "length" {length}'
        return Expression(f'include "{self.prefix}.digest" (dict {arguments})', compute)


def pod_spec(item: Data) -> Data:
    """Return the pod of an object that makes pods."""
    found: Any = item
    for step in TEMPLATES[item["kind"]]:
        found = found[step]
    return found["spec"]  # type: ignore[no-any-return]


def configuration_of(manifests: Manifests, workload: Key, hashes: Mapping[str, str]) -> Key | None:
    """Return the ConfigMap among those a workload reads whose hash is the one found, in every environment."""
    candidates: set[Key] | None = None
    for name, found in hashes.items():
        fitting = {
            key
            for key in _read(manifests[name], workload)
            if digest(manifests[name][key].get("data", {}))[: len(found)] == found
        }
        candidates = fitting if candidates is None else candidates & fitting
    return min(candidates) if candidates else None


def parts_of(
    manifests: Manifests, workload: Key, hashes: Mapping[str, str], values: Mapping[str, Mapping[str, str]]
) -> tuple[Key, Sequence[str]] | None:
    """Return which ConfigMap and which of the values, by environment, a hash is made of; None when it is of others."""
    names = sorted({name for each in values.values() for name in each})
    common = set.intersection(*(_read(manifests[name], workload) for name in hashes)) if hashes else set()
    for key in sorted(common):
        for count in range(len(names) + 1):
            for chosen in combinations(names, count):
                if all(
                    digest(manifests[name][key].get("data", {}) | _picked(values[name], chosen))[: len(found)] == found
                    for name, found in hashes.items()
                ):
                    return key, chosen
    return None


def _picked(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: values[name] for name in names if name in values}


def _read(objects: Mapping[Key, Data], workload: Key) -> set[Key]:
    """Return the ConfigMaps that a workload's pods read."""
    spec = pod_spec(objects[workload])
    names = {volume["configMap"]["name"] for volume in spec.get("volumes", []) if "configMap" in volume}
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        names |= {source["configMapRef"]["name"] for source in container.get("envFrom", []) if "configMapRef" in source}
    return {key for key in objects if key.kind == "ConfigMap" and key.name in names}
