"""A system in an environment, and the questions that everything derived from the two asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from quantacirc_cdk.model.component import (
    Component,
    Contained,
    ContainedSettings,
    Provider,
    Replicas,
    Settings,
    SizeName,
    Storing,
    StoringSettings,
)
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import WayIn, system_in, ways_in
from quantacirc_cdk.model.system import System

C = TypeVar("C", bound=Component)
S = TypeVar("S", bound=Settings)
A = TypeVar("A", bound="Site")
P = ParamSpec("P")
T = TypeVar("T")


def once(fact: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """Keep what a function returns for a site and other arguments, as long as there is the site.

    For facts that every component asks for and all components make: without it they cost their square. Nobody may
    change what is returned.
    """

    @wraps(fact)
    def kept(site: A, /, *others: P.args, **named: P.kwargs) -> T:
        facts: dict[Any, T] = site.__dict__.setdefault("facts", {})
        key = (fact, others, tuple(named.items()))
        if key not in facts:
            facts[key] = fact(site, *others, **named)
        return facts[key]

    return kept


@dataclass(frozen=True)
class Site:
    """A system in an environment."""

    system: System
    """The system; its components become what they are in the environment."""
    environment: Environment

    def __post_init__(self) -> None:
        """Lay what the environment says of components over what the system says."""
        object.__setattr__(self, "system", system_in(self.system, self.environment))

    @property
    def namespace(self) -> str:
        """The namespace everything is in."""
        return self.environment.namespace or self.system.name

    @property
    def own_storage_class(self) -> str | None:
        """Name of the StorageClass that the manifests create, which encrypts with the key of the stack.

        None where the environment names its own, for a cluster that exists, and on Azure, where the default classes of
        AKS use the cluster's disk encryption set
        (https://learn.microsoft.com/azure/aks/azure-disk-customer-managed-keys).
        """
        cluster = self.environment.cluster
        if self.environment.cloud is None or self.environment.target == "azure":
            return None
        named = cluster.existing is not None or cluster.storage_class is not None
        return None if named else f"{self.system.name}-volumes"

    @property
    def storage_class(self) -> str | None:
        """The StorageClass of claims that name none; None for the cluster's default."""
        return self.own_storage_class or self.environment.cluster.storage_class

    @property
    def version(self) -> str:
        """The version that is released."""
        return self.environment.release.version

    def component(self, name: str, kind: type[C]) -> C:
        """Return a component as what it is; raises ``TypeError`` for one that is something else."""
        found = self.system.components[name]
        if not isinstance(found, kind):
            raise TypeError(f'"{name}" is a {found.kind}, no {kind.__name__}')
        return found

    def settings(self, name: str) -> Settings:
        """Return what the environment says of a component; its defaults where it says nothing."""
        return self.environment.components.get(name) or self.system.components[name].settings()

    def settings_as(self, name: str, kind: type[S]) -> S:
        """Return what the environment says of a component as what it is; raises ``TypeError`` for something else."""
        found = self.settings(name)
        if not isinstance(found, kind):
            raise TypeError(f'"{name}" has {type(found).__name__}, no {kind.__name__}')
        return found

    def provider(self, name: str) -> Provider:
        """Return who runs a component."""
        return self.system.components[name].provider(self.settings(name))

    def embedded(self, name: str) -> bool:
        """Whether a component runs in the cluster."""
        return self.provider(name) == "embedded"

    @cached_property
    def present(self) -> Mapping[str, Component]:
        """The components that run in the cluster, in the order of the file."""
        return {name: part for name, part in self.system.components.items() if self.embedded(name)}

    def having(self, kind: type[C]) -> dict[str, C]:
        """Return the components that run in the cluster and are ``kind``, in the order of the file."""
        return {name: part for name, part in self.present.items() if isinstance(part, kind)}

    @cached_property
    def ways_in(self) -> Mapping[str, Sequence[WayIn]]:
        """The ways from outside by component, in the order of the file."""
        found: dict[str, list[WayIn]] = {}
        for way in ways_in(self.system, self.environment):
            found.setdefault(way.component, []).append(way)
        return found

    def managed(self) -> list[str]:
        """Return the components that the cloud manages, in the order of the file."""
        return [name for name in self.system.components if self.provider(name) == "managed"]

    def secret(self, name: str) -> str:
        """Return the name of the Secret that opens a component: the component's, unless the environment says one."""
        existing = getattr(self.settings(name), "existing", None)
        return getattr(existing, "secret", None) or name

    def replicas(self, name: str) -> Replicas:
        """Return how many pods a component may have."""
        return self.system.components[name].replicas(self, name)

    def size(self, name: str) -> SizeName:
        """Return the size of a component: its size here, its own, or the environment's."""
        component, settings = self.system.components[name], self.settings(name)
        here = settings.size if isinstance(settings, ContainedSettings) else None
        own = component.size if isinstance(component, Contained) else None
        return here or own or self.environment.size

    def storage(self, name: str) -> str:
        """Return the size of a store's volume, or of its disk at the start."""
        return self.settings_as(name, StoringSettings).storage or self.component(name, Storing).storage.size

    def data_path(self, name: str) -> str:
        """Return where a store's volume is mounted."""
        return self.component(name, Storing).storage.path

    @once
    def reached(self, name: str) -> list[str]:
        """Return the components and externals that a component connects to: those it implies, then those it names."""
        component = self.system.components[name]
        return list(dict.fromkeys([*component.implied(self.system, name), *component.reaches]))

    def clients(self, name: str) -> list[str]:
        """Return the components in the cluster that connect to a component, in the order of the file."""
        return self._clients.get(name, [])

    @cached_property
    def _clients(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for client in self.present:
            for name in self.reached(client):
                found.setdefault(name, []).append(client)
        return found
