"""Queries over the Kubernetes objects of an environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.manifests import Data, pod_template, read_objects


@dataclass(frozen=True)
class Container:
    """A container of a pod template."""

    data: Data

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    @property
    def image(self) -> str:
        """Reference of its image."""
        return str(self.data["image"])

    @property
    def env(self) -> Mapping[str, Any]:
        """Its variables by name: a literal text, or the ``valueFrom`` of a reference."""
        return {one["name"]: one.get("value", one.get("valueFrom")) for one in self.data.get("env", [])}


@dataclass(frozen=True)
class KubernetesObject:
    """A Kubernetes object, which is also a mapping with its content."""

    data: Data

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __str__(self) -> str:
        return f"{self.data['kind']} {self.data['metadata']['name']}"

    @property
    def pod_template(self) -> Data:
        """The pod template. Raises ``AssertionError`` for an object that creates no pods."""
        found = pod_template(self.data)
        if found is None:
            raise AssertionError(f"{self} creates no pods")
        return found

    def container(self, name: str | None = None) -> Container:
        """Return a container by name, by default the first. Raises ``AssertionError`` if it does not exist."""
        found = self.pod_template["spec"]["containers"]
        for one in found:
            if name is None or one["name"] == name:
                return Container(one)
        names = [one["name"] for one in found]
        raise AssertionError(f'{self} has no container "{name}", expected {nearest(str(name), names)}')


@dataclass(frozen=True)
class Manifests:
    """The objects of an environment."""

    objects: tuple[Data, ...]

    @classmethod
    def read(cls, folder: Path) -> "Manifests":
        """Return the objects of a folder such as ``dist/kubernetes/prod``."""
        return cls(tuple(read_objects(folder)))

    def __iter__(self) -> Iterator[KubernetesObject]:
        return map(KubernetesObject, self.objects)

    def all(self, kind: str) -> list[KubernetesObject]:
        """Return the objects of a kind, sorted by file."""
        return [one for one in self if one["kind"] == kind]

    def one(self, kind: str, name: str) -> KubernetesObject:
        """Return an object. Raises ``AssertionError`` with the existing names if it does not exist."""
        found = self.all(kind)
        for one in found:
            if one["metadata"]["name"] == name:
                return one
        if not found:
            kinds = {str(one["kind"]) for one in self}
            raise AssertionError(f"no {kind} in the manifests, expected {nearest(kind, kinds)}")
        names = [one["metadata"]["name"] for one in found]
        raise AssertionError(f'no {kind} "{name}" in the manifests, expected {nearest(name, names)}')
