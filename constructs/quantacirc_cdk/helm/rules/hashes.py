"""Hashes of configuration in annotations and in the names of Jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.digests import ANNOTATIONS, CONFIGURATION, Configurations
from quantacirc_cdk.helm.insertions import Derived, Part
from quantacirc_cdk.helm.node import Insert, Text
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.manifests import POD_TEMPLATES

HASHED = "-<hash>"


@dataclass(frozen=True, kw_only=True)
class HashRules:
    """Hashes in the workload of a component."""

    subject: Subject
    workload: Key
    configurations: Configurations

    def parameters(self) -> Iterator[Parameter]:
        """Yield parameters without values that insert the hashes."""
        key = self.workload
        on = Match.of(key)
        for name in ANNOTATIONS:
            annotation = (*POD_TEMPLATES[key.kind], "metadata", "annotations", name)
            read = self.configurations.configuration_of(key, self._found(key, annotation))
            if read is not None:
                made = Insert(self.configurations.hash_of(read, 16))
                insertion = Derived(on=on, path=annotation, make=lambda *_, made=made: made)
                yield Parameter(path="", description="", schema={}, default=None, insertions=[insertion])
        if key.name.endswith(HASHED):
            yield self._name(key, on)

    def _found(self, key: Key, path: tuple[str, ...]) -> dict[str, str]:
        """Return the values of the environments at a place of the workload."""
        found = {}
        for name, objects in self.configurations.manifests.items():
            node: Any = objects.get(key)
            for step in path:
                node = node.get(step) if isinstance(node, dict) else None
            if isinstance(node, str):
                found[name] = node
        return found

    def _name(self, key: Key, on: Match) -> Parameter:
        prefix, path = key.name.removesuffix("<hash>"), ("metadata", "name")
        hashes = {name: found[len(prefix) :] for name, found in self._found(key, path).items()}
        read = self.configurations.contents_of(key, hashes)
        if read is None:
            return Parameter(
                path=f"{self.subject.section(key)}.revision",
                description="Suffix of the Job's name: a Job is immutable, so a changed one needs another name.",
                schema={"type": "string", "pattern": "^[a-z0-9]{1,16}$"},
                insertions=[Part(on=on, path=path, pattern=f"^{prefix}([0-9a-f]{{8}})$")],
                reason="it is a hash of the Job",
            )
        configuration = {CONFIGURATION: self.configurations.hash_of(read, 16)}
        made = Text((prefix, self.configurations.hash_of(key, 8, configuration)))
        return Parameter(
            path="",
            description="",
            schema={},
            default=None,
            insertions=[Derived(on=on, path=path, make=lambda *_: made)],
        )
