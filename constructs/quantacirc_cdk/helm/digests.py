"""Hashes of configuration, computed by the chart in the same way as in the manifests.

A hash in an annotation turns a change of configuration into a rollout. A hash in the name of a Job turns a change into
a new Job.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope
from quantacirc_cdk.helm.node import ABSENT, evaluate
from quantacirc_cdk.helm.objects import Key, Manifests
from quantacirc_cdk.manifests import POD_TEMPLATES, raw_json

ANNOTATIONS = ("checksum/config", "checksum/files")
"""Annotations of pods with the hash of their configuration, and of their files."""


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of entries, equal to ``toRawJson | sha256sum``."""
    return hashlib.sha256(raw_json(data).encode()).hexdigest()


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
    manifests: Manifests = field(default_factory=dict)
    _digests: dict[tuple[str, Key], str] = field(default_factory=dict, init=False)

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

    def configuration_of(self, workload: Key, hashes: Mapping[str, str]) -> Key | None:
        """Return the ConfigMap that a workload reads and whose hash equals the given one in every environment."""
        return self._fitting(workload, lambda name, key: self._digest(name, key).startswith(hashes[name]), hashes)

    def contents_of(self, job: Key, hashes: Mapping[str, str]) -> Key | None:
        """Return the ConfigMap of the hash in a Job's name, which also includes its ``spec``, in every environment."""

        def fits(name: str, key: Key) -> bool:
            spec = self.manifests[name][job]["spec"]
            return digest({**spec, CONFIGURATION: self._digest(name, key)[:16]}).startswith(hashes[name])

        return self._fitting(job, fits, hashes)

    def _fitting(self, workload: Key, fits: Callable[[str, Key], bool], names: Iterable[str]) -> Key | None:
        found = [{key for key in self._read(name, workload) if fits(name, key)} for name in names]
        return min(set.intersection(*found), default=None) if found else None

    def _digest(self, name: str, key: Key) -> str:
        """Return the hash of a ConfigMap of an environment."""
        if (name, key) not in self._digests:
            self._digests[name, key] = digest(self.manifests[name][key].get("data", {}))
        return self._digests[name, key]

    def _read(self, name: str, workload: Key) -> Iterator[Key]:
        """Yield the ConfigMaps that a workload's pods read in an environment."""
        spec: Any = self.manifests[name][workload]
        for step in (*POD_TEMPLATES[workload.kind], "spec"):
            spec = spec[step]
        read = {volume["configMap"]["name"] for volume in spec.get("volumes", []) if "configMap" in volume}
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            sources = container.get("envFrom", [])
            read |= {source["configMapRef"]["name"] for source in sources if "configMapRef" in source}
        return (key for each in read for key in self._config_maps[name].get(each, ()))

    @cached_property
    def _config_maps(self) -> dict[str, dict[str, list[Key]]]:
        """The ConfigMaps of each environment by name."""
        found: dict[str, dict[str, list[Key]]] = {}
        for name, objects in self.manifests.items():
            named = found.setdefault(name, {})
            for key in objects:
                if key.kind == "ConfigMap":
                    named.setdefault(key.name, []).append(key)
        return found


CONFIGURATION = "configuration"
"""Entry with the hash of a Job's configuration, in addition to those of its ``spec``."""
