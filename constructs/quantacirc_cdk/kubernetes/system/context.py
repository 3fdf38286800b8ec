"""A system in an environment, and the questions every part of the adapter asks of the two."""

from dataclasses import dataclass, replace
from functools import cached_property

from quantacirc_cdk.contract import Contract, contract_of
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.model import Component, Environment, Replicas, System
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.facts import system_in
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.model.system import WORKLOADS, Kind, SizeName

_ROLES: dict[Kind, str] = {"agent": "worker", "service": "web", "job": "task", "monitor": "monitor", "bus": "bus"}


@dataclass(frozen=True)
class Context:
    """A system in an environment."""

    system: System
    """The system; its components become what they are in the environment."""
    environment: Environment
    source: Node | None = None
    """The environment's document, so that problems name the file and line; without it they name the environment."""

    system_source: Node | None = None
    """The system's document, so that problems name its file and line; without it they name the construct."""

    def __post_init__(self) -> None:
        """Lay what the environment says of components over what the system says."""
        object.__setattr__(self, "system", system_in(self.system, self.environment))

    def problem_of_component(self, name: str, problem: Problem) -> Problem:
        """Return a problem with the place of the component in the system's file, where it names no file itself."""
        if self.system_source is None or problem.file or name not in self.system.components:
            return problem
        node = self.system_source.find(("components", name))
        return replace(problem, file=node.file, line=node.line)

    def problem(self, place: Place, what: str, expected: str) -> Problem:
        """Return a problem at a place of the environment."""
        if self.source is None:
            return Problem(key=f"{self.environment.name}.{dotted(place)}", what=what, expected=expected)
        return problem_at(self.source, place, what, expected)

    @cached_property
    def contract(self) -> Contract | None:
        """What the cluster and its cloud agree on; none in an environment without a cloud."""
        return contract_of(self.system, self.environment) if self.environment.cloud else None

    @property
    def namespace(self) -> str:
        """The namespace everything is in."""
        return self.environment.namespace or self.system.name

    @property
    def version(self) -> str:
        """The version that is released."""
        return self.environment.release.version

    def identity(self, name: str, component: str | None = None, *, version: str | None = None) -> Identity:
        """Return the labels of a part of the system: a component, or something that goes with one."""
        kind = self.system.components[name].kind if name in self.system.components else None
        role = component or (_ROLES.get(kind, kind) if kind else name)
        system = self.system.name
        return Identity(name=name, component=role, instance=system, part_of=system, version=version or self.version)

    def component_identity(self, name: str) -> Identity:
        """Return the labels of a component; somebody else's image has its own version."""
        image = self.system.images[self.system.components[name].image]
        return self.identity(name, version=image.tag if image.registry else None)

    def resources(self, name: str) -> Resources:
        """Return the resources of a component: of its size here, its size, or the environment's."""
        component = self.system.components[name]
        return self.of_size(self.environment.override(name).size or component.size or self.environment.size)

    @property
    def default_resources(self) -> Resources:
        """The resources of what states none: those of the environment's size."""
        return self.of_size(self.environment.size)

    def of_size(self, name: SizeName) -> Resources:
        """Return the resources of a size."""
        size = self.system.sizes[name]
        return Resources(
            cpu=size.cpu,
            memory=size.memory,
            memory_limit=size.memory_limit,
            ephemeral_storage=size.ephemeral_storage,
        )

    def replicas(self, name: str) -> Replicas:
        """Return how many pods a component may have.

        Monitors do not scale with the load; with high availability there are two. A bus votes: three servers with
        high availability, one without. Databases and object stores in the cluster have one.
        """
        override = self.environment.override(name).replicas
        if override:
            return override
        kind = self.system.components[name].kind
        if kind in ("agent", "service"):
            return self.environment.replicas
        several = {"monitor": 2, "bus": 3}.get(kind, 1)
        count = several if self.environment.high_availability else 1
        return Replicas(min=count, max=count)

    def image(self, name: str) -> str:
        """Return the full reference of an image: ``registry/repository:tag@sha256:digest``."""
        image = self.system.images[name]
        if image.registry:
            registry, tag, digest = image.registry, image.tag, image.digest
        else:
            released = self.environment.release.images.get(name)
            registry = self.environment.registry
            tag = (released.tag if released else None) or self.version
            digest = released.digest if released else None
        return f"{registry}/{image.repository}" + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")

    def storage(self, name: str) -> str:
        """Return the size of a component's volume."""
        storage = self.system.components[name].storage
        assert storage is not None, "the model demands storage of every store"  # noqa: S101
        return self.environment.override(name).storage or storage.size

    def data_path(self, name: str) -> str:
        """Return where a component's volume is mounted."""
        storage = self.system.components[name].storage
        assert storage is not None, "the model demands storage of every store"  # noqa: S101
        return storage.path

    def embedded(self, name: str) -> bool:
        """Whether a component runs in the cluster, rather than being the cloud's."""
        kind = self.system.components[name].kind
        managed = {"database": self.environment.ledger.provider, "object-store": self.environment.artifacts.provider}
        return managed.get(kind, "embedded") == "embedded"

    def present(self, *kinds: Kind) -> dict[str, Component]:
        """Return the components of these kinds that run in the cluster, in the order of the file."""
        return {name: part for name, part in self.system.of_kind(*kinds).items() if self.embedded(name)}

    @property
    def workloads(self) -> dict[str, Component]:
        """The components that run all the time and hold no state."""
        return self.present(*sorted(WORKLOADS))

    def priority(self, tier: str) -> str:
        """Return the name of the PriorityClass of a tier: ``stores``, ``services`` or ``tasks``."""
        return f"{self.namespace}-{tier}"
