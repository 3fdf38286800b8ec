"""The chart of a system of the model: its facts, and the rules that declare its parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from quantacirc_cdk.helm.derive import Derivation, Derived, Release
from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.image import OwnImages
from quantacirc_cdk.helm.landings import Presence
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Manifests, Match, read_manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.pods import PodRules
from quantacirc_cdk.helm.rules.stores import ClusteredRules, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject, subjects
from quantacirc_cdk.helm.rules.system import SystemRules
from quantacirc_cdk.helm.rules.workloads import WorkloadRules
from quantacirc_cdk.helm.substitution import Facts, Names, substitute
from quantacirc_cdk.model import Environment, Project

MANAGED_BY = "quantacirc-cdk"


@dataclass(frozen=True)
class SystemChart:
    """A system as a chart."""

    project: Project
    manifests: Manifests

    @property
    def name(self) -> str:
        return self.project.system.name

    @cached_property
    def base(self) -> Environment:
        """The environment the defaults come from: one that needs no cloud, where there is one."""
        environments = self.project.environments.values()
        return next((one for one in environments if one.cloud is None), next(iter(environments)))

    @cached_property
    def published(self) -> Environment:
        """The environment whose registry is everybody's: one that is not on a laptop, where there is one."""
        environments = self.project.environments.values()
        return next((one for one in environments if one.cloud is not None), self.base)

    @cached_property
    def subjects(self) -> list[Subject]:
        described = {name: part.description for name, part in self.project.system.components.items()}
        return subjects(self.manifests, described)

    def derived(self) -> Derived:
        system = self.project.system
        environments = self.project.environments
        releases = {
            name: Release(name=system.name, namespace=one.namespace or system.name, managed_by=MANAGED_BY)
            for name, one in environments.items()
        }
        derivation = Derivation(
            manifests=self.manifests,
            base=self.base.name,
            releases=releases,
            app_version=self.base.release.version,
        )
        for name, trees in derivation.trees.items():
            facts = Facts(
                system=system.name,
                release=system.name,
                namespace=releases[name].namespace,
                version=environments[name].release.version,
                managed_by=MANAGED_BY,
            )
            for tree in trees.values():
                substitute(tree, facts, Names())
        return derivation.derive(list(self.parameters()), list(self.conditions()))

    def parameters(self) -> Iterator[Parameter]:
        environments = self.project.environments
        versions = {name: one.release.version for name, one in environments.items()}
        registries = {name: one.registry for name, one in environments.items()}
        own = OwnImages(registries=registries, versions=versions)
        keys = frozenset(key for objects in self.manifests.values() for key in objects)
        tags = {name: "" if one == self.base.release.version else one for name, one in versions.items()}
        for subject in self.subjects:
            optional = subject.name in self.project.system.components
            yield from WorkloadRules(subject=subject, optional=optional).parameters()
            if subject.workload:
                yield from PodRules(subject=subject, own=own, image_template=f"{self.name}.image").parameters()
        yield from SystemRules(
            keys=keys, registries=registries, tags=tags, default_registry=self.published.registry
        ).parameters()

    def conditions(self) -> Iterator[Condition]:
        for subject in self.subjects:
            component = self.project.system.components.get(subject.name)
            if component and component.kind in ("database", "object-store"):
                port = {"database": (5432,), "object-store": (443, 80, 988)}[component.kind]
                yield from StoreRules(subject=subject, outside_ports=port).conditions()
            if component and component.kind == "bus":
                yield from ClusteredRules(subject=subject).conditions()


def system_chart(project: Project, folder: Path) -> SystemChart:
    return SystemChart(project, read_manifests(folder, list(project.environments)))
