"""Hashes of configuration, computed by the chart in the same way as in the manifests.

A hash in an annotation turns a change of configuration into a rollout. A hash in the name of a Job turns a change into
a new Job.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope
from quantacirc_cdk.helm.node import ABSENT, evaluate
from quantacirc_cdk.helm.objects import Key, Manifests
from quantacirc_cdk.manifests import POD_TEMPLATES, Data

ANNOTATION = "checksum/config"


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of entries, equal to ``toRawJson | sha256sum``."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_template(name: str) -> str:
    """Return the named template that computes a hash."""
    return f"""\
{{{{/* The hash of the entries in `text` (YAML) and `more`. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $entries := fromYaml (print .text "\\n") -}}}}
{{{{- range $key, $item := .more -}}}}
{{{{- $_ := set $entries $key $item -}}}}
{{{{- end -}}}}
{{{{- toRawJson $entries | sha256sum | trunc .length -}}}}
{{{{- end -}}}}
"""


FIELDS = {"ConfigMap": "data", "Job": "spec"}
"""Hashed field of an object, by its kind."""


@dataclass
class Configurations:
    """ConfigMaps and Jobs whose hash is used in another place, each with a named template for the hashed content."""

    prefix: str
    """Name of the chart, the prefix of its named templates."""
    nodes: dict[Key, Any] = field(default_factory=dict)
    """Merged hashed content; complete when all objects are merged."""
    names: dict[Key, str] = field(default_factory=dict)

    def name(self, key: Key) -> str:
        """Return the named template with the hashed content of an object."""
        named = key.name.removesuffix("-<hash>")
        return self.names.setdefault(key, f"{self.prefix}.{named}.{FIELDS[key.kind]}")

    def hash_of(self, key: Key, length: int, more: Mapping[str, Expression] | None = None) -> Expression:
        """Return the hash of an object's hashed field and some additional entries."""
        extra = dict(more or {})

        def compute(scope: Scope) -> str:
            found = evaluate(self.nodes[key], scope)
            entries = {} if found is ABSENT else found
            return digest({**entries, **{name: each.compute(scope) for name, each in extra.items()}})[:length]

        pairs = "".join(f' "{name}" ({each.helm})' for name, each in extra.items())
        more_text = f"(dict{pairs})"
        arguments = f'"text" (include "{self.name(key)}" .) "more" {more_text} "length" {length}'
        return Expression(f'include "{self.prefix}.digest" (dict {arguments})', compute)


def pod_spec(item: Data) -> Data:
    """Return the pod spec of an object that creates pods."""
    found: Any = item
    for step in POD_TEMPLATES[item["kind"]]:
        found = found[step]
    return found["spec"]  # type: ignore[no-any-return]


def configuration_of(manifests: Manifests, workload: Key, hashes: Mapping[str, str]) -> Key | None:
    """Return the ConfigMap that a workload reads and whose hash equals the given one in every environment."""
    candidates: set[Key] | None = None
    for name, found in hashes.items():
        fitting = {
            key
            for key in _read(manifests[name], workload)
            if digest(manifests[name][key].get("data", {}))[: len(found)] == found
        }
        candidates = fitting if candidates is None else candidates & fitting
    return min(candidates) if candidates else None


def contents_of(manifests: Manifests, job: Key, hashes: Mapping[str, str]) -> Key | None:
    """Return the ConfigMap of the hash in a Job's name, which also includes its ``spec``, in every environment."""
    candidates: set[Key] | None = None
    for name, found in hashes.items():
        objects = manifests[name]
        fitting = {
            key
            for key in _read(objects, job)
            if digest({**objects[job]["spec"], CONFIGURATION: digest(objects[key].get("data", {}))[:16]}).startswith(
                found
            )
        }
        candidates = fitting if candidates is None else candidates & fitting
    return min(candidates) if candidates else None


CONFIGURATION = "configuration"
"""Entry with the hash of a Job's configuration, in addition to those of its ``spec``."""


def _read(objects: Mapping[Key, Data], workload: Key) -> set[Key]:
    """Return the ConfigMaps that a workload's pods read."""
    spec = pod_spec(objects[workload])
    names = {volume["configMap"]["name"] for volume in spec.get("volumes", []) if "configMap" in volume}
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        names |= {source["configMapRef"]["name"] for source in container.get("envFrom", []) if "configMapRef" in source}
    return {key for key in objects if key.kind == "ConfigMap" and key.name in names}
