"""A system in an environment, with the facts that all modules of this package need."""

from dataclasses import dataclass
from functools import cached_property

from quantacirc_cdk.contract import Contract, contract_of
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.model.component import Contained, SizeName
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.problems import dotted, placed, problem_at
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True)
class Context(Site):
    """A system in an environment, with the values derived from both for Kubernetes."""

    source: Node | None = None
    """The environment's document, for files and lines of problems; without it, problems name the environment."""
    system_source: Node | None = None
    """The system's document, for files and lines of problems; without it, problems name the construct."""

    def problem_of_component(self, name: str, problem: Problem) -> Problem:
        """Add the place of the component in the system's file to a problem without a file, or the file of the
        environment if it is about no component.
        """
        if problem.file:
            return problem
        if self.system_source is not None and name in self.system.components:
            return placed(problem, self.system_source, ("components", name))
        return problem if self.source is None else placed(problem, self.source, ())

    def problem(self, place: Place, what: str, expected: str) -> Problem:
        """Return a problem at a place of the environment."""
        if self.source is None:
            return Problem(key=f"{self.environment.name}.{dotted(place)}", what=what, expected=expected)
        return problem_at(self.source, place, what, expected)

    @cached_property
    def contract(self) -> Contract | None:
        """The names that the cluster and its cloud share; None for an environment without a cloud."""
        return contract_of(self.system, self.environment) if self.environment.cloud else None

    def identity(self, name: str, role: str | None = None, *, version: str | None = None) -> Identity:
        """Return the labels of a component, or of a part of the system that belongs to one."""
        component = self.system.components.get(name)
        known = component.role if component else name
        system = self.system.name
        return Identity(
            name=name, component=role or known, instance=system, part_of=system, version=version or self.version
        )

    def component_identity(self, name: str) -> Identity:
        """Return the labels of a component. A third-party image has its own version."""
        component = self.system.components[name]
        image = self.system.images[component.image] if isinstance(component, Contained) else None
        return self.identity(name, version=image.tag if image and image.registry else None)

    def pods(self, name: str) -> dict[str, str]:
        """Return the labels that select the pods of a component."""
        return self.component_identity(name).selector

    def resources(self, name: str) -> Resources:
        """Return the resources of a component: those of its size in the environment, its own size, or the
        environment's.
        """
        return self.of_size(self.size(name))

    @property
    def default_resources(self) -> Resources:
        """Default resources: those of the environment's size."""
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

    def component_image(self, name: str) -> str:
        """Return the full reference of the image of a component."""
        return self.image(self.component(name, Contained).image)

    def priority(self, tier: str) -> str:
        """Return the name of the PriorityClass of a tier: ``stores``, ``services`` or ``tasks``."""
        return f"{self.namespace}-{tier}"

    def tier(self, name: str) -> str:
        """Return the name of the PriorityClass of a component."""
        return self.priority(self.system.components[name].tier)
