"""The chart of a system: its properties, and the rules for its parameters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from quantacirc_cdk.helm.artifact_hub import About, changes_of, license_of
from quantacirc_cdk.helm.causes import Causes
from quantacirc_cdk.helm.chart_version import semantic
from quantacirc_cdk.helm.derive import Derivation, Derived, Release
from quantacirc_cdk.helm.digests import Configurations
from quantacirc_cdk.helm.documents import SHOWN, HandMade, notes, readme
from quantacirc_cdk.helm.expression import Scope
from quantacirc_cdk.helm.files import ChartFiles, ChartInfo
from quantacirc_cdk.helm.health_test import endpoints, health_test
from quantacirc_cdk.helm.health_test import parameter as health_test_parameter
from quantacirc_cdk.helm.image import OwnImages, image_references
from quantacirc_cdk.helm.ingress_variant import with_ingress
from quantacirc_cdk.helm.landings import Landing
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.naming import Renaming
from quantacirc_cdk.helm.objects import Key, Manifests, read_manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.access import AccessRules
from quantacirc_cdk.helm.rules.addons import ADDONS, AddonRules
from quantacirc_cdk.helm.rules.common_pods import CommonPodRules
from quantacirc_cdk.helm.rules.configuration import VariableRules, overridden
from quantacirc_cdk.helm.rules.differences import open_places
from quantacirc_cdk.helm.rules.exposure import ExposureRules
from quantacirc_cdk.helm.rules.hashes import HashRules
from quantacirc_cdk.helm.rules.monitors import MonitorRules
from quantacirc_cdk.helm.rules.network import API_PORT, NAMESPACES, NetworkRules, about_all_pods
from quantacirc_cdk.helm.rules.pods import PodRules
from quantacirc_cdk.helm.rules.specs import SpecRules
from quantacirc_cdk.helm.rules.stores import target_conditions, target_parameter
from quantacirc_cdk.helm.rules.subject import Subject, subjects
from quantacirc_cdk.helm.rules.system import SystemRules
from quantacirc_cdk.helm.rules.workloads import WorkloadRules
from quantacirc_cdk.helm.substitution import Facts, Names, substitute, version
from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.manifests import POD_TEMPLATES
from quantacirc_cdk.model import Component, Environment, Project
from quantacirc_cdk.model.component import ProgramSettings, Serving
from quantacirc_cdk.model.facts import main_port
from quantacirc_cdk.model.needs.variables import literals
from quantacirc_cdk.model.site import Site

MANAGED_BY = "quantacirc-cdk"


@dataclass(frozen=True)
class SystemChart:
    """The chart of a system."""

    project: Project
    manifests: Manifests
    environments: tuple[str, ...]
    """The environments with a values file."""

    @property
    def name(self) -> str:
        """Name of the chart, which is the system's."""
        return self.project.system.name

    @cached_property
    def base(self) -> Environment:
        """The environment of the defaults: one without a cloud, if there is one."""
        environments = self.project.environments.values()
        return next((one for one in environments if one.cloud is None), next(iter(environments)))

    @cached_property
    def published(self) -> Environment:
        """The environment whose registry is the default: one in a cloud, if there is one."""
        environments = self.project.environments.values()
        return next((one for one in environments if one.cloud is not None), self.base)

    @cached_property
    def subjects(self) -> list[Subject]:
        """The components of the manifests."""
        described = {name: part.description for name, part in self.project.system.components.items()}
        return subjects(self.manifests, described)

    @cached_property
    def configurations(self) -> Configurations:
        """ConfigMaps with a hash in another object."""
        return Configurations(self.name, manifests=self.manifests)

    def derived(self) -> Derived:
        """Return the chart before it is converted to text."""
        return self._derived

    @cached_property
    def _derived(self) -> Derived:
        return replace(self._merged, templates=self._renaming.renamed())

    @cached_property
    def _renaming(self) -> Renaming:
        """What puts the prefix of the release before names."""
        derived = self._merged
        values = {
            each.path: [each.default, *(found[each.path] for found in derived.found.values() if each.path in found)]
            for each in derived.parameters
        }
        return Renaming(chart=self.name, templates=derived.templates, values=values)

    @cached_property
    def _merged(self) -> Derived:
        system, environments = self.project.system, self.project.environments
        releases = {
            name: Release(name=system.name, namespace=one.namespace or system.name, managed_by=MANAGED_BY)
            for name, one in environments.items()
        }
        facts = {
            name: Facts(
                system=system.name,
                release=system.name,
                namespace=releases[name].namespace,
                version=one.release.version,
                managed_by=MANAGED_BY,
                namespaces_differ=len({release.namespace for release in releases.values()}) > 1,
            )
            for name, one in environments.items()
        }
        derivation = Derivation(
            manifests=self.manifests,
            base=self.base.name,
            releases=releases,
            app_version=self.base.release.version,
            configurations=self.configurations,
            prepare=lambda name, tree: substitute(tree, facts[name], Names()),
            cause=Causes(self.project).of,
        )
        derived = derivation.derive(list(self.parameters()), list(self.conditions()), list(open_places()))
        return replace(derived, found={name: derived.found[name] for name in self.environments})

    def write(self, folder: Path) -> None:
        """Write the chart to a folder."""
        derived = self.derived()
        system, version = self.project.system, self.base.release.version
        described = self._described
        info = ChartInfo(
            name=self.name,
            description=system.description or f"The system {self.name}.",
            version=semantic(version),
            app_version=version,
            maintainers=self.published.owners,
            about=self._about,
            images=image_references(derived.parameters, Scope(values=derived.defaults, app_version=version)),
        )
        paths = {parameter.path for parameter in derived.parameters}
        exposed = {
            subject.values: (subject.name, self._renaming.shown_port(subject.name, port.service_port or port.port))
            for subject, component in self._components()
            if isinstance(component, Serving)
            and (port := main_port(system, component))
            and {f"{subject.values}.{each}" for each in SHOWN} <= paths
        }
        ChartFiles(
            info=info,
            derived=derived,
            configurations=self.configurations,
            described=described,
            namespaces={name: self.project.environments[name].namespace or self.name for name in self.environments},
            notes=notes(self.name, exposed, list(self._hand_made()), self._renaming.shown),
            readme=readme(self.name, info.description, version, derived, described),
            tests=dict(self._tests()),
        ).write(folder)

    @property
    def _about(self) -> About:
        """What the model and the project's ``LICENSE`` and ``CHANGELOG.md`` say about the system."""
        system, root = self.project.system, self.project.root
        source = system.source.repository if system.source else ""
        home = source if source.startswith("https") else ""
        links = {"Source code": home, "Runbooks": system.runbooks or ""}
        return About(
            home=home,
            keywords=sorted({component.kind for component in system.components.values()}),
            links={title: url for title, url in links.items() if url},
            license=license_of(root),
            changes=changes_of(root, self.base.release.version),
        )

    @property
    def _described(self) -> dict[str, str]:
        """A description for each section of the values."""
        found: dict[str, str] = {}
        for subject in self.subjects:
            for key in subject.workloads:
                found[subject.section(key)] = f"The pods of the {key.kind} {key.name.removesuffix('-<hash>')}."
            found[subject.values] = subject.description or f"The objects of {subject.name}."
        return found

    def _hand_made(self) -> Iterator[HandMade]:
        for external in self.project.system.externals.values():
            if external.secret:
                yield HandMade(name=external.secret, keys=external.secret_keys, what=external.description)

    @cached_property
    def _toolbox(self) -> str | None:
        """Path of the values of an image with a shell and curl; None if no component uses one."""
        system = self.project.system
        image = system.images.get(system.toolbox) if system.toolbox else None
        for subject in self.subjects if image else ():
            for key in subject.workloads:
                found = subject.samples(key, (*POD_TEMPLATES[key.kind], "spec", "containers", 0, "image"))
                if image and any(f"/{image.repository}" in str(reference) for reference in found):
                    return f"{subject.section(key)}.image"
        return None

    def _tests(self) -> Iterator[tuple[str, str]]:
        found = list(endpoints(self.subjects))
        if self._toolbox and found:
            user = self.project.system.container.user_id
            yield (
                "health.yaml",
                health_test(
                    found,
                    image=self._toolbox,
                    image_template=f"{self.name}.image",
                    user_id=user,
                    rename=self._renaming.text,
                ),
            )

    def parameters(self) -> Iterator[Parameter]:
        """Yield all parameters, specific ones before general ones."""
        more = self._more_landings()
        for parameter in self._declared():
            lands = more.get(parameter.path)
            yield replace(parameter, lands=(*parameter.lands, *lands)) if lands else parameter

    def _declared(self) -> Iterator[Parameter]:
        system, environments = self.project.system, self.project.environments
        versions = {name: one.release.version for name, one in environments.items()}
        registries = {name: one.registry for name, one in environments.items()}
        own = OwnImages(registries=registries, versions=versions)
        prefix = system.container.environment_prefix
        variable_rules = VariableRules(
            prefix=prefix or "",
            environments={name: one.name for name, one in environments.items()},
            version=version(Names()),
            system=system.name,
        )
        yield from variable_rules.parameters()
        yield target_parameter(self._targets)
        yield from AccessRules(manifests=self.manifests).parameters()
        for rules in self._of_kinds:
            yield from rules.parameters()
        yield from AddonRules(keys=self._keys, known=self._addons).parameters()
        yield from NetworkRules(
            keys=self._keys,
            private={name: one.network.cidr for name, one in environments.items() if one.network},
            reaches_api=self._says(API_PORT),
            environments=tuple(environments),
            everywhere=about_all_pods(self.manifests),
            namespaces={
                what: {name: str(getattr(one.cluster, attribute)) for name, one in environments.items()}
                for what, (_, _, attribute) in NAMESPACES.items()
            },
        ).parameters()
        yield from CommonPodRules().variables()
        for subject in self.subjects:
            variables = {
                name: literals(said.environment)
                for name, one in environments.items()
                if isinstance(said := one.components.get(subject.name), ProgramSettings)
            }
            yield from overridden(subject, variables)
            for key in subject.workloads:
                hashes = HashRules(subject=subject, workload=key, configurations=self.configurations)
                yield from hashes.parameters()
            yield from WorkloadRules(subject=subject, optional=subject.workload is not None).parameters()
            yield from ExposureRules(subject=subject).parameters()
            for key in subject.workloads:
                pods = PodRules(subject=subject, workload=key, own=own, image_template=f"{self.name}.image")
                yield from pods.parameters()
            yield from MonitorRules(subject=subject).parameters()
        yield from SystemRules(
            keys=self._keys,
            registries=registries,
            tags={name: "" if one == self.base.release.version else one for name, one in versions.items()},
            default_registry=self.published.registry,
            chart=self.name,
            storage_classes={
                name: Site(self.project.system, one).storage_class or "" for name, one in environments.items()
            },
        ).parameters()
        yield from CommonPodRules().parameters()
        for subject in self.subjects:
            yield from SpecRules(subject=subject).parameters()
        if self._toolbox:
            yield health_test_parameter()

    def conditions(self) -> Iterator[Condition]:
        """Yield conditions for objects and fields that only some environments have."""
        yield from AddonRules(keys=self._keys, known=self._addons).conditions()
        for rules in self._of_kinds:
            yield from rules.conditions()
        yield from target_conditions(self._targets)

    def _more_landings(self) -> Mapping[str, list[Landing]]:
        found: dict[str, list[Landing]] = {}
        for subject, component in self._components():
            found |= called(component, "chart.landings", subject, self.project, self.name) or {}
        return found

    def _components(self) -> Iterator[tuple[Subject, Component]]:
        for subject in self.subjects:
            component = self.project.system.components.get(subject.name)
            if component:
                yield subject, component

    @cached_property
    def _of_kinds(self) -> list[Any]:
        """Rules of the kinds of components, each with ``parameters`` and ``conditions``."""
        found: list[Any] = []
        for subject, component in self._components():
            found += called(component, "chart.rules", subject, self.manifests) or ()
        return found

    @property
    def _targets(self) -> dict[str, str]:
        return {name: one.target for name, one in self.project.environments.items()}

    @cached_property
    def _keys(self) -> frozenset[Key]:
        return frozenset(key for objects in self.manifests.values() for key in objects)

    @cached_property
    def _addons(self) -> dict[str, dict[str, bool]]:
        """Whether the cluster has each add-on, by add-on and environment."""
        return {
            addon: {
                name: bool(getattr(one.cluster.addons, addon, False)) for name, one in self.project.environments.items()
            }
            for addon in ADDONS
        } | {
            "gateway_api": {name: one.cluster.has_gateway for name, one in self.project.environments.items()},
            "gateway_policies": {
                name: one.cluster.has_gateway and one.cluster.gateway_policies == "envoy"
                for name, one in self.project.environments.items()
            },
        }

    def _says(self, port: int) -> bool:
        """Return whether a network policy contains a port."""
        return any(
            found.get("port") == port
            for objects in self.manifests.values()
            for key, item in objects.items()
            if key.kind == "NetworkPolicy"
            for rule in item["spec"].get("egress") or []
            for found in rule.get("ports") or []
        )


def system_chart(project: Project, folder: Path) -> SystemChart:
    """Return the chart of a project, from the manifests of all its environments below ``folder``."""
    system = project.system.name
    namespaces = {name: one.namespace or system for name, one in project.environments.items()}
    return SystemChart(*with_ingress(project, read_manifests(folder, namespaces, system)), tuple(namespaces))
