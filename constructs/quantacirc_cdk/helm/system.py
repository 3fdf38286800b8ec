"""The chart of a system: its properties, and the rules for its parameters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from quantacirc_cdk.helm.artifact_hub import About, changes_of, license_of
from quantacirc_cdk.helm.causes import Causes
from quantacirc_cdk.helm.chart_version import semantic
from quantacirc_cdk.helm.derive import Derivation, Derived, Release
from quantacirc_cdk.helm.digests import Configurations
from quantacirc_cdk.helm.documents import SHOWN, HandMade, notes, readme
from quantacirc_cdk.helm.expression import Scope, value
from quantacirc_cdk.helm.files import ChartFiles, ChartInfo
from quantacirc_cdk.helm.health_test import endpoints, health_test
from quantacirc_cdk.helm.image import image_references, reference_of
from quantacirc_cdk.helm.ingress_variant import with_ingress
from quantacirc_cdk.helm.naming import Renaming
from quantacirc_cdk.helm.objects import Key, Manifests, read_manifests
from quantacirc_cdk.helm.preview import Previewed
from quantacirc_cdk.helm.refusals import Needed, Refusal, missing
from quantacirc_cdk.helm.rules.client_addresses import ClientAddressRules
from quantacirc_cdk.helm.rules.declared import Declarations, components_of
from quantacirc_cdk.helm.rules.differences import permitted_differences
from quantacirc_cdk.helm.rules.subject import Subject, subjects
from quantacirc_cdk.helm.substitution import Facts, Names, substitution
from quantacirc_cdk.manifests import POD_TEMPLATES
from quantacirc_cdk.model import Environment, Project
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.facts import main_port
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
        """The environment whose registry, release and images are the default: one in a cloud, if there is one."""
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
        renamed = self._renaming.renamed()
        templates = Previewed(self.name).templates(renamed) if self._has_previews else renamed
        return replace(self._merged, templates=templates)

    @property
    def _has_previews(self) -> bool:
        """Return whether an environment has previews of pull requests."""
        return any(one.previews for one in self.project.environments.values())

    @property
    def _declarations(self) -> Declarations:
        return Declarations(
            project=self.project,
            manifests=self.manifests,
            subjects=self.subjects,
            configurations=self.configurations,
            chart=self.name,
            published=self.published,
            toolbox=self._toolbox is not None,
            previews=self._has_previews,
        )

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
            name: Release(name=system.name, namespace=one.namespace_for(system.name), managed_by=MANAGED_BY)
            for name, one in environments.items()
        }
        namespaces_differ = len({release.namespace for release in releases.values()}) > 1
        shared = self._names_in_several({name: release.namespace for name, release in releases.items()})
        substitutions = {
            name: substitution(
                Facts(
                    system=system.name,
                    release=system.name,
                    namespace=releases[name].namespace,
                    version=one.release.version,
                    managed_by=MANAGED_BY,
                    namespaces_differ=namespaces_differ,
                    components=frozenset(system.components),
                    shared=shared,
                ),
                Names(),
            )
            for name, one in environments.items()
        }
        derivation = Derivation(
            manifests=self.manifests,
            base=self.base.name,
            releases=releases,
            app_version=self.published.release.version,
            configurations=self.configurations,
            prepare=lambda name, tree: substitutions[name](tree),
            cause=Causes(self.project).of,
        )
        declared = self._declarations
        derived = derivation.derive(
            list(declared.parameters()), list(declared.conditions()), list(permitted_differences())
        )
        return replace(derived, found={name: derived.found[name] for name in self.environments})

    def _names_in_several(self, namespaces: Mapping[str, str]) -> frozenset[str]:
        """Return the names of objects that environments with different namespaces have."""
        found: dict[Key, set[str]] = {}
        for name, objects in self.manifests.items():
            for key in objects:
                found.setdefault(key, set()).add(namespaces[name])
        return frozenset(key.name for key, several in found.items() if len(several) > 1)

    def write(self, folder: Path) -> None:
        """Write the chart to a folder."""
        derived = self.derived()
        system, version = self.project.system, self.published.release.version
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
            subject.values: (subject.name, self._renaming.shown_port(subject.name, port.offered))
            for subject, component in components_of(self.project, self.subjects)
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
            notes=notes(
                self.name,
                exposed,
                list(self._hand_made()),
                self._renaming.shown,
                copied="addons.externalSecrets" in paths,
            ),
            readme=readme(self.name, info.description, version, derived, described),
            tests=dict(self._tests()),
            refusals=list(self._refusals(derived)),
        ).write(folder)

    def _refusals(self, derived: Derived) -> Iterator[Refusal]:
        """Yield the refusals of components that are switched off while others use them, and of routes that would
        accept all clients. An environment that does so, such as with a Secret that you create, keeps this possible.
        """
        sections = {subject.name: subject.values for subject in self.subjects}
        copied = {key.name for found in self.manifests.values() for key in found if key.kind == "ExternalSecret"}
        sites = [Site(self.project.system, one) for one in self.project.environments.values()]
        needed = []
        for subject, _ in components_of(self.project, self.subjects):
            clients = dict.fromkeys(one for site in sites for one in site.clients(subject.name))
            used = [sections[one] for one in clients if one in sections]
            needed.append(Needed(section=subject.values, clients=used, copied=subject.name in copied))
        found = list(missing(needed, derived.parameters))
        paths = {each.path for each in derived.parameters}
        conditions = {each.key: each.conditions for each in derived.templates}
        for subject in self.subjects:
            found += ClientAddressRules(subject=subject, manifests=self.manifests).refusals(paths, conditions)
        scopes = [Scope(values=derived.values(name)) for name in self.environments]
        for refusal in found:
            if not any(refusal.when.compute(scope) for scope in scopes):
                yield refusal

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
            changes=changes_of(root, self.published.release.version),
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
    def _toolbox(self) -> tuple[str, str] | None:
        """Reference of an image with a shell and curl, and the path of its values; None if no component uses one."""
        system = self.project.system
        image = system.images.get(system.toolbox) if system.toolbox else None
        for subject in self.subjects if image else ():
            for key in subject.workloads:
                found = subject.samples(key, (*POD_TEMPLATES[key.kind], "spec", "containers", 0, "image"))
                if image and any(f"/{image.repository}" in str(reference) for reference in found):
                    return str(found[0]), f"{subject.section(key)}.image"
        return None

    def _tests(self) -> Iterator[tuple[str, str]]:
        found = list(endpoints(self.subjects))
        if self._toolbox and found:
            reference, path = self._toolbox
            paths = {parameter.path for parameter in self.derived().parameters}
            known = f"{path}.repository" in paths
            text = health_test(
                found,
                image=reference_of(path, f"{self.name}.image") if known else reference,
                pull_policy=value(f"{path}.pullPolicy") if known else "IfNotPresent",
                user_id=self.project.system.container.user_id,
                switches=paths,
                rename=self._renaming.text,
            )
            yield "health.yaml", text


def system_chart(project: Project, folder: Path) -> SystemChart:
    """Return the chart of a project, from the manifests of all its environments below ``folder``."""
    system = project.system.name
    namespaces = {name: one.namespace or system for name, one in project.environments.items()}
    return SystemChart(*with_ingress(project, read_manifests(folder, namespaces, system)), tuple(namespaces))
