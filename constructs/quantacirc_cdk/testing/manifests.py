"""Queries over the Kubernetes objects of an environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.manifests import Data, pod_template, read_objects


class MissingNameError(KeyError):
    """A name that does not exist; its message says which one is nearest."""

    def __str__(self) -> str:
        return str(self.args[0])


class Names(dict[str, Any]):
    """A mapping whose ``KeyError`` says what it belongs to, and the nearest name that exists."""

    def __init__(self, where: str, found: Mapping[str, Any]) -> None:
        super().__init__(found)
        self._where = where

    def __missing__(self, name: str) -> Any:
        raise MissingNameError(f'{self._where} has no "{name}", expected {nearest(str(name), map(str, self))}')


@dataclass(frozen=True)
class Container:
    """A container of a pod template, which is also a mapping with its content."""

    data: Data

    def __getitem__(self, key: str) -> Any:
        return Names(f"container {self.data['name']}", self.data)[key]

    @property
    def image(self) -> str:
        """Reference of its image."""
        return str(self.data["image"])

    @property
    def env(self) -> Mapping[str, Any]:
        """Its variables by name: a literal text, or the ``valueFrom`` of a reference.

        ``KeyError`` for a variable that does not exist names the nearest one.
        """
        found = {one["name"]: one.get("value", one.get("valueFrom")) for one in self.data.get("env", [])}
        return Names(f"env of container {self.data['name']}", found)


@dataclass(frozen=True)
class KubernetesObject:
    """A Kubernetes object, which is also a mapping with its content."""

    data: Data

    def __getitem__(self, key: str) -> Any:
        return Names(str(self), self.data)[key]

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
