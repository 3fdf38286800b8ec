"""The parameters and conditions of the chart of a system, from the rules for all its objects."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.digests import Configurations
from quantacirc_cdk.helm.expression import Expression, all_of, more_than, negated, value
from quantacirc_cdk.helm.health_test import parameter as health_test_parameter
from quantacirc_cdk.helm.image import OwnImages
from quantacirc_cdk.helm.insertions import Insertion
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Key, Manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.preview import parameters as preview_parameters
from quantacirc_cdk.helm.rules.access import AccessRules
from quantacirc_cdk.helm.rules.addons import ADDONS, AddonRules
from quantacirc_cdk.helm.rules.alerts import Alerts
from quantacirc_cdk.helm.rules.common_pods import CommonPodRules
from quantacirc_cdk.helm.rules.configuration import VariableRules, overridden
from quantacirc_cdk.helm.rules.dashboards import Dashboards
from quantacirc_cdk.helm.rules.exposure import ExposureRules
from quantacirc_cdk.helm.rules.hashes import HashRules
from quantacirc_cdk.helm.rules.monitors import MonitorRules
from quantacirc_cdk.helm.rules.network import NAMESPACES, NetworkRules, about_all_pods
from quantacirc_cdk.helm.rules.network_insertions import API_PORT
from quantacirc_cdk.helm.rules.pods import PodRules
from quantacirc_cdk.helm.rules.services import ServiceRules
from quantacirc_cdk.helm.rules.specs import SpecRules
from quantacirc_cdk.helm.rules.store_access import Store, store_access
from quantacirc_cdk.helm.rules.stores import StoreRules, target_conditions, target_parameter
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.rules.system import SystemRules
from quantacirc_cdk.helm.rules.workloads import WorkloadRules
from quantacirc_cdk.helm.rules.zones import ZoneRules
from quantacirc_cdk.helm.substitution import Names, version
from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model import Component, Environment, Project
from quantacirc_cdk.model.component import Program, ProgramSettings
from quantacirc_cdk.model.facts import api_service, backup_store, encryption_key, has_ipv6
from quantacirc_cdk.model.needs.variables import literals
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """What the rules declare for a system."""

    project: Project
    manifests: Manifests
    subjects: Sequence[Subject]
    configurations: Configurations
    chart: str
    """Name of the chart."""
    published: Environment
    """The environment whose registry and images are the default."""
    toolbox: bool
    """Whether the chart has a test with the toolbox' image."""
    previews: bool = False
    """Whether an environment has previews of pull requests."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield all parameters, specific ones before general ones."""
        more, declared = self._more_insertions(), list(self._declared())
        refused = self._replicas_of_one_node({parameter.path for parameter in declared})
        for parameter in declared:
            path = parameter.path
            if path in more or path in refused:
                insertions = (*parameter.insertions, *more.get(path, ()))
                refusals = (*parameter.refused, *refused.get(path, ()))
                yield replace(parameter, insertions=insertions, refused=refusals)
            else:
                yield parameter

    def _declared(self) -> Iterator[Parameter]:
        system, environments = self.project.system, self.project.environments
        components = system.components
        versions = {name: one.release.version for name, one in environments.items()}
        registries = {name: one.registry for name, one in environments.items()}
        own = OwnImages(registries=registries, versions=versions, published=self.published.name)
        prefix = system.container.environment_prefix
        variable_rules = VariableRules(
            prefix=prefix or "",
            environments={name: one.name for name, one in environments.items()},
            version=version(Names()),
            system=system.name,
            dashboards=Dashboards(namespaces=self._namespaces, system=system.name, chart=self.chart),
        )
        yield from variable_rules.parameters()
        yield target_parameter(self._targets)
        yield from AccessRules(manifests=self.manifests).parameters()
        for rules in self._of_kinds:
            yield from rules.parameters()
        yield from AddonRules(keys=self._keys, known=self._addons).parameters()
        yield from self._network.parameters()
        yield from CommonPodRules(chart=self.chart).variables()
        sites = {name: Site(system, one) for name, one in environments.items()}
        zones = {name: site.strict_zones for name, site in sites.items()}
        yield from ZoneRules(subjects=self.subjects, zones=zones).parameters()
        cilium = any(map(ADDONS["cilium"].has, self._keys))
        alerts = Alerts()
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
            optional = subject.workload is not None
            single = subject.name in components and components[subject.name].is_single
            rules = WorkloadRules(subject=subject, chart=self.chart, alerts=alerts, optional=optional, single=single)
            yield from rules.parameters()
            yield from ServiceRules(subject=subject, chart=self.chart, cilium=cilium).parameters()
            yield from ExposureRules(subject=subject, manifests=self.manifests).parameters()
            for key in subject.workloads:
                published = self.manifests[self.published.name].get(key)
                pods = PodRules(subject=subject, workload=key, own=own, chart=self.chart, published=published)
                yield from pods.parameters()
            yield from MonitorRules(subject=subject).parameters()
        yield from SystemRules(
            keys=self._keys,
            registries=registries,
            tags={name: "" if one == self.published.release.version else one for name, one in versions.items()},
            default_registry=self.published.registry,
            chart=self.chart,
            pull_secrets={
                name: [{"name": secret} for secret in dict.fromkeys(one.pull_secrets)]
                for name, one in environments.items()
            },
            storage_classes={
                name: Site(self.project.system, one).storage_class or "" for name, one in environments.items()
            },
        ).parameters()
        if self.previews:
            yield from preview_parameters()
        yield from CommonPodRules(chart=self.chart).parameters()
        for subject in self.subjects:
            yield from SpecRules(subject=subject).parameters()
        if self.toolbox:
            yield health_test_parameter()

    @property
    def _namespaces(self) -> dict[str, str]:
        return {name: one.namespace_for(self.project.system.name) for name, one in self.project.environments.items()}

    @cached_property
    def _network(self) -> NetworkRules:
        environments = self.project.environments
        private = {name: one.network.cidr for name, one in environments.items() if one.network}
        return NetworkRules(
            keys=self._keys,
            private=private,
            stores=list(store_access(self.manifests, self._stores, private, self._targets)),
            reaches_api=self._says(API_PORT),
            api_services={name: api_service(one) for name, one in environments.items()},
            environments=tuple(environments),
            everywhere=about_all_pods(self.manifests),
            namespaces={
                what: {name: str(getattr(one.cluster, attribute)) for name, one in environments.items()}
                for what, (_, _, attribute) in NAMESPACES.items()
            },
            ipv6={name: has_ipv6(one) for name, one in environments.items()},
            externals=frozenset(
                (cidr, one.port) for one in self.project.system.externals.values() for cidr in one.cidrs
            ),
        )

    def conditions(self) -> Iterator[Condition]:
        """Yield conditions for objects and fields that only some environments have."""
        for subject in self.subjects:
            yield from WorkloadRules(subject=subject, chart=self.chart).conditions()
        yield from self._network.conditions()
        yield from AddonRules(keys=self._keys, known=self._addons).conditions()
        of_kinds = [one for rules in self._of_kinds for one in rules.conditions()]
        yield from sorted(of_kinds, key=lambda one: not one.certain)
        yield from target_conditions(self._targets)

    def _replicas_of_one_node(self, paths: Collection[str]) -> dict[str, list[tuple[Expression, str]]]:
        """Return the refusals of several replicas that share a volume that only one node can mount, by parameter."""
        sites = [Site(self.project.system, one) for one in self.project.environments.values()]
        found: dict[str, list[tuple[Expression, str]]] = {}
        for subject, _ in components_of(self.project, self.subjects):
            here = [one for site in sites if isinstance(one := site.system.components[subject.name], Program)]
            shared = [one.shared_by_one_node for one in here]
            if not shared or not all(shared):
                continue
            scaled = f"{subject.values}.autoscaling.enabled"
            for last, by_scaler in (("replicas", False), ("autoscaling.maxReplicas", True)):
                path = f"{subject.values}.{last}"
                switch = [value(scaled) if by_scaler else negated(value(scaled))] if scaled in paths else []
                message = f"{path} must be at most 1: only one node can mount the volume {shared[0][0]}"
                found[path] = [(all_of(*switch, more_than(value(path), 1)), message)]
        return found

    def _more_insertions(self) -> Mapping[str, list[Insertion]]:
        found: dict[str, list[Insertion]] = {}
        for subject, component in components_of(self.project, self.subjects):
            found |= called(component, "chart.insertions", subject, self.project, self.chart) or {}
        for rules in self._of_kinds:
            for path, insertions in rules.insertions().items() if isinstance(rules, StoreRules) else ():
                found[path] = [*found.get(path, []), *insertions]
        return found

    @cached_property
    def _of_kinds(self) -> list[Any]:
        """Rules of the kinds of components, each with ``parameters`` and ``conditions``."""
        found: list[Any] = []
        for subject, component in components_of(self.project, self.subjects):
            found += called(component, "chart.rules", subject, self.manifests) or ()
        return [self._with_clients(rules) if isinstance(rules, StoreRules) else rules for rules in found]

    def _with_clients(self, rules: StoreRules) -> StoreRules:
        """Return the rules of a store that know what reaches it, and the keys of backups that it keeps."""
        components, name = self.project.system.components, rules.subject.name
        jobs = [other for other, one in components.items() if backup_store(self.project.system, other) == name]
        similar = {other for other, one in components.items() if one.kind == components[name].kind}
        clients = {other for other, one in components.items() if similar.intersection(one.reaches) == {name}}
        clients |= {name, *jobs}
        # The Jobs of a component are called after it.
        others = {key.component for key in self._keys} - components.keys()
        clients |= {other for other in others if any(other.startswith(f"{one}-") for one in clients)}
        return replace(rules, clients=tuple(sorted(clients)), keys=[encryption_key(job) for job in jobs])

    @property
    def _stores(self) -> dict[str, Store]:
        """The stores that can be outside of the cluster, with the ports of those that exist already."""
        found: dict[str, Store] = {}
        for rules in self._of_kinds:
            if isinstance(rules, StoreRules):
                name, store = rules.subject.name, rules.store
                here = [one.components.get(name) for one in self.project.environments.values()]
                stated = [getattr(getattr(settings, "existing", None), "stated_port", None) for settings in here]
                found[name] = replace(store, ports=(*store.ports, *filter(None, stated)))
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


def components_of(project: Project, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Component]]:
    """Yield the subjects that are components of the model, each with its component."""
    for subject in subjects:
        component = project.system.components.get(subject.name)
        if component:
            yield subject, component
