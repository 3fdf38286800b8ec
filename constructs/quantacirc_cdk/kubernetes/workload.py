"""What agents and web services have in common: stateless pods that scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.autoscaler import Autoscaler, AutoscalerProps, Scaling, bound_refusals
from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, ConfigMap, content_hash, data_refusals
from quantacirc_cdk.kubernetes.container import (
    Container,
    ContainerOptions,
    Hook,
    Port,
    Value,
    options_of,
    port_refusals,
    probe_refusals,
)
from quantacirc_cdk.kubernetes.deployment import Deployment, DeploymentProps, Update
from quantacirc_cdk.kubernetes.disruption_budget import DisruptionBudget
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.placement import PodOptions, pod_options_of
from quantacirc_cdk.kubernetes.pod import Pod, pod_refusals
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import SMALL, Resources
from quantacirc_cdk.kubernetes.scaled_object import ScaledObject
from quantacirc_cdk.kubernetes.service import (
    Service,
    ServiceOptions,
    ServiceProps,
    service_name_refusals,
    service_options_of,
    service_port_refusals,
)
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.vertical_autoscaler import VerticalAutoscaler
from quantacirc_cdk.kubernetes.volume import Mount, Volume, config_volume, secret_volume, volume_name
from quantacirc_cdk.limits.check import Checked, Refusal
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    Annotations,
    Count,
    DataKey,
    Labels,
    MountPath,
    ObjectName,
    PositiveSeconds,
    Seconds,
    UserId,
    VariableName,
)


@dataclass(frozen=True, kw_only=True)
class SecretFiles:
    """Keys of a Secret, seen by the container as files; a change of the Secret reaches them without a restart."""

    secret: ObjectName
    """Name of the Secret."""
    path: MountPath
    """Directory of the files."""
    keys: tuple[DataKey, ...] = ()
    """Keys, each a file; all of them by default."""
    optional: bool = False
    """Start without the files when the Secret is missing."""


@dataclass(frozen=True, kw_only=True)
class ConfigFiles:
    """Keys of a ConfigMap that somebody else makes, seen by the container as files."""

    config_map: ObjectName
    """Name of the ConfigMap."""
    path: MountPath
    """Directory of the files."""


@dataclass(frozen=True, kw_only=True)
class WorkloadProps(ContainerOptions, PodOptions):
    """A stateless workload."""

    identity: Identity
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Replaces the image's entry point."""
    args: Sequence[str] = ()
    """Arguments of the entry point."""
    ports: Sequence[Port] = ()
    """Ports of the container and its Service; without any there is no Service."""
    service: ServiceOptions = field(default_factory=ServiceOptions)
    """How the Service leads to the pods."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Configuration, held in a ConfigMap; a change rolls the pods."""
    variables: Mapping[VariableName, Value] = field(default_factory=dict)
    """Environment variables from Secrets and from fields of the pod."""
    secrets: Sequence[SecretFiles] = ()
    config_files: Sequence[ConfigFiles] = ()
    volumes: Sequence[Volume] = ()
    """Volumes besides these files."""
    mounts: Sequence[Mount] = ()
    """Where the container sees them."""
    init_containers: Sequence[Container] = ()
    """Containers that run before it, in turn; those with ``side_car`` keep running."""
    side_cars: Sequence[Container] = ()
    """Containers that start beside it, in no order."""
    side_car_ports: Sequence[Port] = ()
    """Ports of the other containers that the Service offers, too."""
    share_processes: bool = False
    """Let the containers of a pod see and signal each other's processes."""
    resources: Resources = SMALL
    probes: Probes | None = None
    """Three health checks alike; none when absent, unless they are stated one by one."""
    scaling: Scaling = field(default_factory=Scaling)
    """Replicas, and when there should be more."""
    autoscaled: bool = True
    """Scale by what ``scaling`` says; otherwise there are ``scaling.min_replicas`` pods."""
    recommend: bool = False
    """Have a VerticalPodAutoscaler recommend resources, and change nothing; needs it in the cluster."""
    update: Update = field(default_factory=Update)
    """How pods are replaced by those of another revision."""
    revision_history: Count = 5
    """Old revisions kept for a rollback."""
    progress_deadline_seconds: PositiveSeconds | None = None
    """Seconds without progress after which a rollout of a Deployment has failed; 600 and ``update.min_ready_seconds``
    when absent."""
    max_unavailable: Count = 1
    """Pods that a drain may take away at once."""
    user_id: UserId | None = 10001
    """User and group the process runs as; None leaves it to the image, which must name a number."""
    termination_grace_seconds: Seconds = 60
    """Seconds between SIGTERM and SIGKILL, in which the process ends what it does."""
    drain_seconds: Seconds = 5
    """Seconds the pod keeps serving before SIGTERM, until no load balancer sends it requests; needs ``sleep`` in the
    image; 0 for none, as with a ``pre_stop`` of its own."""
    pre_stop: Hook = ()
    """What happens before SIGTERM; the pod waits ``drain_seconds`` when absent."""
    priority_class: ObjectName | None = None
    """Name of its PriorityClass."""
    service_account_annotations: Annotations = field(default_factory=dict)
    """What ties its ServiceAccount to a cloud identity."""
    service_account: ObjectName | None = None
    """Name of a ServiceAccount that is there already; one with the identity's name is made when absent."""
    pod_labels: Labels = field(default_factory=dict)
    """Labels of the pods besides the identity's."""
    pod_annotations: Annotations = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    """Labels of the Deployment itself besides the identity's."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the Deployment itself."""
    api_token: bool = False
    """Give the pods a token for the Kubernetes API; only for what calls it."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield what the objects made of these props would be refused for."""
        ports = [*self.ports, *self.side_car_ports]
        found = list(service_name_refusals(self.identity)) if ports else []
        found += [*service_port_refusals(ports), *port_refusals(self.ports)]
        found += probe_refusals(self, self.probes, self.ports)
        found += data_refusals(self.environment, "environment")
        if self.autoscaled:
            found += (refusal.below("scaling") for refusal in bound_refusals(self.scaling))
        yield from dict.fromkeys(found) or pod_refusals(workload_pod(self), self.own_claims)

    @property
    def own_claims(self) -> Sequence[str]:
        """Names of the volumes that each pod has for itself."""
        return ()


def workload_pod(props: WorkloadProps) -> Pod:
    """Return the pod of a workload."""
    name = props.identity.name
    drain = [] if props.pre_stop or not props.drain_seconds else ["sleep", str(props.drain_seconds)]
    container = Container(
        **options_of(props),
        name=name,
        image=props.image,
        command=props.command,
        args=props.args,
        ports=props.ports,
        environment=props.variables,
        config_maps=[name] if props.environment else [],
        resources=props.resources,
        probes=props.probes,
        mounts=[*secret_mounts(props.secrets), *config_mounts(props.config_files), *props.mounts],
        pre_stop=props.pre_stop or drain,
    )
    checksum = {CONFIG_HASH: content_hash(props.environment)} if props.environment else {}
    return Pod(
        **pod_options_of(props),
        containers=[container, *props.side_cars],
        init_containers=props.init_containers,
        volumes=[*secret_volumes(props.secrets), *config_volumes(props.config_files), *props.volumes],
        share_processes=props.share_processes,
        service_account=props.service_account or name,
        mount_token=props.api_token,
        user_id=props.user_id,
        termination_grace_seconds=props.termination_grace_seconds + (props.drain_seconds if drain else 0),
        priority_class=props.priority_class,
        labels=props.pod_labels,
        annotations={**props.pod_annotations, **checksum},
    )


def secret_volumes(secrets: Sequence[SecretFiles]) -> list[Volume]:
    """Return the volumes of these files."""
    return [
        secret_volume(volume_name(files.secret), files.secret, files.keys, optional=files.optional) for files in secrets
    ]


def secret_mounts(secrets: Sequence[SecretFiles]) -> list[Mount]:
    """Return where a container sees these files."""
    return [Mount(volume=volume_name(files.secret), path=files.path, read_only=True) for files in secrets]


def config_volumes(files: Sequence[ConfigFiles]) -> list[Volume]:
    """Return the volumes of these files."""
    return [config_volume(volume_name(one.config_map), one.config_map) for one in files]


def config_mounts(files: Sequence[ConfigFiles]) -> list[Mount]:
    """Return where a container sees these files."""
    return [Mount(volume=volume_name(one.config_map), path=one.path, read_only=True) for one in files]


class Workload(Checked, Construct):
    """Pods of a Deployment with what belongs to it: ServiceAccount, ConfigMap, Service, autoscaler, disruption budget.

    All of them have the name of the identity, wherever in the tree the construct stands.
    """

    _scaled = False

    def __init__(self, scope: Construct, id: str, props: WorkloadProps) -> None:
        super().__init__(scope, id)
        self.props = props
        identity = props.identity
        if props.service_account is None:
            self.service_account = ServiceAccount(
                self,
                "service-account",
                name=identity.name,
                labels=identity.labels,
                annotations=props.service_account_annotations,
            )
        if props.environment:
            self.config = ConfigMap(self, "config", name=identity.name, data=props.environment, labels=identity.labels)
        self._run()
        ports = self._service_ports()
        if ports:
            options = service_options_of(props.service)
            self.service = Service(self, "service", ServiceProps(**options, identity=identity, ports=ports))
        self._protect()

    def _run(self) -> None:
        """Create what makes the pods."""
        props = self.props
        self._scaled = self._scale()
        self.deployment = Deployment(
            self,
            "deployment",
            DeploymentProps(
                identity=props.identity,
                pod=workload_pod(props),
                replicas=None if self._scaled else props.scaling.min_replicas,
                update=props.update,
                revision_history=props.revision_history,
                progress_deadline_seconds=props.progress_deadline_seconds,
                labels=props.labels,
                annotations=props.annotations,
            ),
        )

    def _service_ports(self) -> list[Port]:
        """Return the ports of the Service."""
        return [*self.props.ports, *self.props.side_car_ports]

    def _protect(self) -> None:
        """Bound how many pods a drain takes away at once."""
        props = self.props
        DisruptionBudget(self, "disruption-budget", identity=props.identity, max_unavailable=props.max_unavailable)

    def _scale(self) -> bool:
        """Create the one thing that scales the Deployment, never two; return whether there is such a thing."""
        props = self.props
        if props.recommend:
            VerticalAutoscaler(self, "vertical-autoscaler", identity=props.identity)
        if not props.autoscaled:
            return False
        autoscaler = AutoscalerProps(identity=props.identity, scaling=props.scaling)
        if props.scaling.by_events:
            ScaledObject(self, "scaled-object", autoscaler)
        elif props.scaling.by_use:
            Autoscaler(self, "autoscaler", autoscaler)
        else:
            return False
        return True

    @cached_property
    def pods(self) -> "engine.kplus.Pods":
        """Its pods, for cdk8s-plus: ``kplus.NetworkPolicy(..., selector=agent.pods)``."""
        return plus.pods(self, self.props.identity.selector)

    @cached_property
    def scalable(self) -> "engine.kplus.IScalable":
        """Itself, for ``kplus.HorizontalPodAutoscaler``; needs ``autoscaled=False``, else it raises ``PropsError``."""
        containers = workload_pod(self.props).containers
        return plus.scalable(self._scalable(), containers, scaled=self._scaled)

    def _scalable(self) -> Manifest:
        """Return what an autoscaler scales."""
        return self.deployment
