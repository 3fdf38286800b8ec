"""A system in an environment, and the facts that follow from both."""

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
from quantacirc_cdk.text.english import with_article

C = TypeVar("C", bound=Component)
S = TypeVar("S", bound=Settings)
A = TypeVar("A", bound="Site")
P = ParamSpec("P")
T = TypeVar("T")


def once(fact: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """Cache the result of a function for a site and its other arguments, for the life of the site.

    For facts about all components that every component reads: without the cache, they cost quadratic time. Callers must
    not change the result.
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
    """The system, with this environment's settings applied to its components."""
    environment: Environment

    def __post_init__(self) -> None:
        """Apply the environment's settings to the components of the system."""
        object.__setattr__(self, "system", system_in(self.system, self.environment))

    @property
    def namespace(self) -> str:
        """The namespace of all objects."""
        return self.environment.namespace_for(self.system.name)

    @property
    def own_storage_class(self) -> str | None:
        """Name of the StorageClass in the manifests, which encrypts with the key of the stack.

        None if the environment sets a class, for an existing cluster, and on Azure, where the default classes of AKS
        use the cluster's disk encryption set (https://learn.microsoft.com/azure/aks/azure-disk-customer-managed-keys).
        """
        cluster = self.environment.cluster
        if self.environment.cloud is None or self.environment.target == "azure":
            return None
        named = cluster.existing is not None or cluster.storage_class is not None
        return None if named else f"{self.system.name}-volumes"

    @property
    def storage_class(self) -> str | None:
        """The StorageClass of claims without one; None for the cluster's default."""
        return self.own_storage_class or self.environment.cluster.storage_class

    @property
    def version(self) -> str:
        """The released version."""
        return self.environment.release.version

    def component(self, name: str, kind: type[C]) -> C:
        """Return a component of this type. Raises ``TypeError`` if it has another type."""
        found = self.system.components[name]
        if not isinstance(found, kind):
            raise TypeError(f'"{name}" is {with_article(found.kind)}, not {with_article(kind.__name__)}')
        return found

    def settings(self, name: str) -> Settings:
        """Return the settings of a component in the environment, or the defaults."""
        return self.environment.components.get(name) or self.system.components[name].settings()

    def settings_as(self, name: str, kind: type[S]) -> S:
        """Return the settings of a component as this type. Raises ``TypeError`` if they have another type."""
        found = self.settings(name)
        if not isinstance(found, kind):
            raise TypeError(f'"{name}" has {type(found).__name__}, not {kind.__name__}')
        return found

    def provider(self, name: str) -> Provider:
        """Return the provider of a component."""
        return self.system.components[name].provider(self.settings(name))

    def embedded(self, name: str) -> bool:
        """Whether a component runs in the cluster."""
        return self.provider(name) == "embedded"

    @cached_property
    def present(self) -> Mapping[str, Component]:
        """The components that run in the cluster, in file order."""
        return {name: part for name, part in self.system.components.items() if self.embedded(name)}

    def having(self, kind: type[C]) -> dict[str, C]:
        """Return the components of this type that run in the cluster, in file order."""
        return {name: part for name, part in self.present.items() if isinstance(part, kind)}

    @cached_property
    def in_steps(self) -> Mapping[str, int]:
        """The components whose pods Argo Rollouts runs, in file order, with the seconds that their releases pause."""
        found = ((name, component.pauses(self, name)) for name, component in self.present.items())
        return {name: seconds for name, seconds in found if seconds is not None}

    @property
    def pause_seconds(self) -> int:
        """Seconds that a release pauses, because components are replaced in steps; they pause at the same time."""
        return max(self.in_steps.values(), default=0)

    @cached_property
    def ways_in(self) -> Mapping[str, Sequence[WayIn]]:
        """The public routes of each component, in file order."""
        found: dict[str, list[WayIn]] = {}
        for way in ways_in(self.system, self.environment):
            found.setdefault(way.component, []).append(way)
        return found

    def managed(self) -> list[str]:
        """Return the components that the cloud manages, in file order."""
        return [name for name in self.system.components if self.provider(name) == "managed"]

    def secret(self, name: str) -> str:
        """Return the name of the Secret with a component's credentials: the environment's, else the component's
        default.
        """
        existing = getattr(self.settings(name), "existing", None)
        return getattr(existing, "secret", None) or name

    def replicas(self, name: str) -> Replicas:
        """Return the minimum and maximum number of a component's pods."""
        return self.system.components[name].replicas(self, name)

    def size(self, name: str) -> SizeName:
        """Return the size of a component: the environment's for it, else its own, else the environment's default."""
        component, settings = self.system.components[name], self.settings(name)
        here = settings.size if isinstance(settings, ContainedSettings) else None
        own = component.size if isinstance(component, Contained) else None
        return here or own or self.environment.size

    def storage(self, name: str) -> str:
        """Return the size of a store's volume, or the initial size of its disk."""
        return self.settings_as(name, StoringSettings).storage or self.component(name, Storing).storage.size

    def data_path(self, name: str) -> str:
        """Return the mount path of a store's volume."""
        return self.component(name, Storing).storage.path

    @property
    def zones(self) -> int | None:
        """Number of zones with nodes; None if it is unknown: locally, and in an existing network without it."""
        network = self.environment.network
        if network is None or self.environment.target == "local":
            return None
        return network.zones if network.existing is None or "zones" in network.model_fields_set else None

    @property
    def strict_zones(self) -> int:
        """Number of zones that pods with volumes must spread over; 0 if they need not, and locally, where nodes may
        have no zone. High availability has at least two zones.
        """
        environment = self.environment
        return (self.zones or 2) if environment.high_availability and environment.target != "local" else 0

    def min_zones(self, name: str) -> int | None:
        """Return the number of zones that the pods of a component with volumes must run in; None for a preference."""
        return max(1, min(self.strict_zones, self.replicas(name).min)) if self.strict_zones else None

    @once
    def reached(self, name: str) -> list[str]:
        """Return the components and externals that a component connects to: implicit ones first, then `reaches`."""
        component = self.system.components[name]
        return list(dict.fromkeys([*component.implied(self.system, name), *component.reaches]))

    def clients(self, name: str) -> list[str]:
        """Return the components in the cluster that connect to a component, in file order."""
        return self._clients.get(name, [])

    @cached_property
    def _clients(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for client in self.present:
            for name in self.reached(client):
                found.setdefault(name, []).append(client)
        return found
