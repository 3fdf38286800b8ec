"""A chart with a whole system in one environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import constructs
import jsii

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kinds.registry import called, hook, place_of_hook
from quantacirc_cdk.kubernetes.access import Access, deployer_rules, reader_rules, watcher_rules
from quantacirc_cdk.kubernetes.backup import VeleroSchedule
from quantacirc_cdk.kubernetes.claim import PersistentVolumeClaim
from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.engine import Chart, Construct
from quantacirc_cdk.kubernetes.external_secret import ExternalSecret, SecretStore
from quantacirc_cdk.kubernetes.generated_secrets import SECRETS_JOB, GeneratedSecrets, GeneratedSecretsProps
from quantacirc_cdk.kubernetes.host_policy import HostPolicy
from quantacirc_cdk.kubernetes.http_route import GatewayRoute, GatewayRouteProps
from quantacirc_cdk.kubernetes.image_policy import ImagePolicy, ImagePolicyProps
from quantacirc_cdk.kubernetes.ingress import Ingress, IngressProps
from quantacirc_cdk.kubernetes.manifest import DuplicateError, annotated, objects_of, recorded, settle
from quantacirc_cdk.kubernetes.monitoring.trace_collector import TraceCollector
from quantacirc_cdk.kubernetes.network_policy import NetworkPolicy, Pods, acme_solvers, default_deny
from quantacirc_cdk.kubernetes.plain_app import PlainApp
from quantacirc_cdk.kubernetes.quota import LimitRange, ResourceQuota, usage
from quantacirc_cdk.kubernetes.service import Service
from quantacirc_cdk.kubernetes.system.assembly import LIMITS, QUOTA, assemble, in_waves, missed_everywhere
from quantacirc_cdk.kubernetes.system.backups import velero_schedule_props
from quantacirc_cdk.kubernetes.system.cloud import (
    external_secrets,
    secret_store_props,
    store_files,
)
from quantacirc_cdk.kubernetes.system.cluster_wide import cluster_wide
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.duplicates import duplicate_problem, duplicate_secrets
from quantacirc_cdk.kubernetes.system.edges import api_edges, edges, helpers
from quantacirc_cdk.kubernetes.system.files import claims, file_data
from quantacirc_cdk.kubernetes.system.needs import own_rules
from quantacirc_cdk.kubernetes.system.policies import host_policies, policies
from quantacirc_cdk.kubernetes.system.tracing import collector_identity, trace_collector_props
from quantacirc_cdk.kubernetes.system.traffic import ways_in
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.facts import config_map_name
from quantacirc_cdk.plain import path_of, plain_root
from quantacirc_cdk.text.english import with_article


class SystemChart(Chart):
    """All objects of a system in one environment and one namespace.

    Creates the namespace, its priority classes, every component of the system, and generated Secrets. Does not create
    managed or existing components.

    Raises ``PropsError`` for every duplicate object. With ``source`` and ``system_source``, the documents of the
    environment and the system, each problem has a file and line.

    The quota, the limits and the namespace's Pod Security level include all objects of the app, even those added later:
    ``finish`` derives them and applies the patches. It runs when the app is synthesized. To get its problems as
    ``PropsError``, call it yourself after you have added all objects.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        system: System,
        environment: Environment,
        source: Node | None = None,
        system_source: Node | None = None,
    ) -> None:
        context = Context(system, environment, source, system_source)
        super().__init__(scope, id, namespace=context.namespace, disable_resource_name_hashes=True)
        self.context = context
        self.components = Construct(self, "components")
        self._problems: list[Problem] = []
        with recorded() as objects, annotated(in_waves):
            self._everything()
            self._bounds()
        if self._problems:
            raise PropsError(dict.fromkeys(self._problems))
        self._own = frozenset((item["kind"], item["metadata"]["name"]) for item in objects)
        self._hits: frozenset[str] | None = None
        if plain_root(self) is None:
            self.node.add_validation(_Finish(self))

    def finish(self) -> frozenset[str]:
        """Apply the patches, and derive values from all objects of the app. Return the system's patches that matched an
        object.

        Raises ``PropsError`` for a patch that does not fit, for an added object that Kubernetes would refuse, and for a
        quota or nodes that are too small for everything at its maximum.
        """
        if self._hits is None:
            root = self._root
            found = assemble(self.context, path_of(self), objects_of(root), self._own)
            settle(root, found.changed)
            self._hits = found.hits
        return self._hits

    def missed(self, title: str) -> Problem:
        """Return the problem of a patch of the system that matches no object in any environment."""
        return missed_everywhere(self.context, title, objects_of(self._root).values())

    @property
    def _root(self) -> "constructs.IConstruct | PlainApp":
        root = plain_root(self)
        return root if isinstance(root, PlainApp) else self.node.root

    def _everything(self) -> None:
        context = self.context
        for name, component in self.context.present.items():
            build = hook(component, "kubernetes.build")
            if build is None:
                expected = place_of_hook(type(component), "kubernetes.build")
                what = f"{with_article(component.kind)}, which has no objects in a cluster"
                raise PropsError(Problem(key=f"components.{name}", what=what, expected=expected))
            with self._collected(name):
                build(self.components, self.context, name)
        for name, component in self.context.system.components.items():
            with self._collected(name):
                called(component, "kubernetes.beside", self.components, self.context, name)
        snapshots = velero_schedule_props(context)
        if snapshots:
            with self._collected():
                VeleroSchedule(self, "snapshots", snapshots)
        if context.environment.cluster.addons.prometheus_operator:
            # Load Grafana's library only if there is a dashboard.
            from quantacirc_cdk.kubernetes.system.monitoring import Monitoring

            with self._collected():
                Monitoring(self, "monitoring", context)
        traces = trace_collector_props(context)
        if traces:
            with self._collected():
                TraceCollector(self, traces.identity.name, traces)
        steps = (self._storage, self._network, self._secrets, self._cloud, self._access, self._traffic, self._images)
        for step in steps:
            with self._collected():
                step()

    @contextmanager
    def _collected(self, component: str = "") -> Iterator[None]:
        """Collect the problems of a part of the system, to report them together with those of the others."""
        try:
            yield
        except DuplicateError as error:
            self._problems.append(duplicate_problem(self.context, path_of(self), error))
        except PropsError as error:
            self._problems += [self.context.problem_of_component(component, problem) for problem in error.problems]

    def _storage(self) -> None:
        """Create the ConfigMaps of files and the shared volumes of components."""
        context, scope = self.context, Construct(self, "storage")
        for name, component in context.having(Program).items():
            labels = context.component_identity(name).labels
            data = file_data(component)
            if data:
                title = config_map_name(name)
                ConfigMap(scope, title, name=title, data=data, labels=labels)
            for claim in claims(context, name):
                PersistentVolumeClaim(scope, claim.name, claim, labels=labels)

    def _traffic(self) -> None:
        """Create the public routes of components."""
        scope = Construct(self, "traffic")
        for way in ways_in(self.context):
            if isinstance(way, GatewayRouteProps):
                GatewayRoute(scope, way.route.full_name, way)
            elif isinstance(way, IngressProps):
                Ingress(scope, way.route.full_name, way)
            else:
                Service(scope, str(way.name), way)

    def _cloud(self) -> None:
        """Create the Secrets that are copied from the cloud's store, and the addresses of its other stores."""
        context = self.context
        store = secret_store_props(context)
        if store:
            SecretStore(self, store.name, store)
        scope = Construct(self, "external-secrets")
        for props in external_secrets(context):
            ExternalSecret(scope, props.name, props)
        for name, files in store_files(context).items():
            ConfigMap(self.components, name, name=name, data=files, labels=context.identity(name).labels)

    def _access(self) -> None:
        """Create the permissions of components and teams."""
        context, scope = self.context, Construct(self, "access")
        for name, component in context.having(Program).items():
            rules = [*(watcher_rules() if component.api_access else []), *own_rules(component)]
            if rules:
                identity, account = context.component_identity(name), component.service_account or name
                Access(scope, name, name=name, identity=identity, rules=rules, service_account=account)
        for name, team in context.environment.teams.items():
            rollouts = context.environment.cluster.addons.argo_rollouts
            deploys = team.role == "deploy"
            rules = deployer_rules(team.components, rollouts=rollouts) if deploys else reader_rules(rollouts=rollouts)
            identity = context.identity(context.namespace, "system")
            title = f"team-{name}"
            Access(scope, title, name=title, identity=identity, rules=rules, group=team.group)

    def _network(self) -> None:
        """Create a policy that denies all connections, and policies that allow the declared ones."""
        context = self.context
        jobs = context.identity(SECRETS_JOB, "task")
        known = edges(context)
        identities = [context.component_identity(name) for name in context.present]
        identities += [helper.identity for helper in helpers(context)]
        collector = collector_identity(context)
        identities += [collector] if collector else []
        if self._makes_secrets:
            identities.append(jobs)
            known += api_edges(context, Pods(labels=jobs.selector))
        scope = Construct(self, "network")
        labels = context.identity(context.namespace, "system").labels
        found = [default_deny(labels, context.environment.target), *policies(identities, known)]
        cluster = context.environment.cluster
        if cluster.certificates == "cert-manager" and context.ways_in:
            found.append(acme_solvers(labels, cluster.entrance_namespace))
        for props in found:
            NetworkPolicy(scope, props.name, props)
        by_host = Construct(self, "hosts")
        for hosts in host_policies(context, identities, known):
            HostPolicy(by_host, hosts.name, hosts)

    def _images(self) -> None:
        """Create the image signature policy, if the environment requires signatures."""
        environment, signature = self.context.environment, self.context.environment.release.signature
        if environment.cluster.addons.kyverno and signature:
            props = ImagePolicyProps(
                name="signed-images",
                registry=environment.registry,
                issuer=signature.issuer,
                subject=signature.subject,
                labels=self.context.identity(self.context.namespace, "system").labels,
            )
            ImagePolicy(self, props.name, props)

    @property
    def _makes_secrets(self) -> bool:
        return bool(self.context.system.toolbox and self._made("secrets"))

    def _made(self, what: str) -> list[tuple[str, Any]]:
        """Return the Secrets or certificates that are generated in the cluster, also for components outside of it, each
        with its component.
        """
        context = self.context
        return [
            (name, one)
            for name, component in context.system.components.items()
            for one in called(component, f"offers.{what}", context, name) or ()
        ]

    def _bounds(self) -> None:
        """Create the quota and limits, which ``finish`` completes, and a separate chart for cluster-scoped objects,
        which has no namespace to set.
        """
        context = self.context
        labels = context.identity(context.namespace, "system").labels
        ResourceQuota(self, QUOTA, name=context.namespace, labels=labels, allowed=usage([]))
        default = context.default_resources
        LimitRange(self, LIMITS, name=context.namespace, labels=labels, default=default, most_memory=0)
        cluster_wide(Chart(self, "cluster", disable_resource_name_hashes=True), context, labels)

    def _secrets(self) -> None:
        system = self.context.system
        if system.toolbox and self._makes_secrets:
            secrets, certificates = self._made("secrets"), self._made("certificates")
            if same := duplicate_secrets(self.context, [*secrets, *certificates]):
                raise PropsError(same)
            props = GeneratedSecretsProps(
                identity=self.context.identity(SECRETS_JOB, "task"),
                image=self.context.image(system.toolbox),
                secrets=[one for _, one in secrets],
                certificates=[one for _, one in certificates],
                certificate_image=self.context.image(system.certificate_tool) if system.certificate_tool else "",
                priority_class=self.context.priority("tasks"),
            )
            GeneratedSecrets(self, "secrets", props)


@jsii.implements(constructs.IValidation)
class _Finish:
    """Calls ``finish`` of a chart during synthesis, unless you have called it."""

    def __init__(self, chart: SystemChart) -> None:
        self._chart = chart

    def validate(self) -> list[str]:
        """Return the problems, one per line."""
        try:
            self._chart.finish()
        except PropsError as error:
            return [str(problem) for problem in error.problems]
        return []
