"""Common parts of agents and web services: stateless pods that scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.autoscaler import Autoscaler, AutoscalerProps, Scaling, bound_refusals
from quantacirc_cdk.kubernetes.canary import Canary, Rollout, canary_refusals
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
from quantacirc_cdk.kubernetes.volume import Mount, Volume, config_volume, secret_volume, secrets_volume, volume_name
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
class SecretKeys:
    """Keys of a Secret that are mounted in a directory with those of another one."""

    secret: ObjectName
    """Name of the Secret."""
    keys: tuple[DataKey, ...]
    """Keys, each mounted as a file."""
    optional: bool = False
    """Start without those that are missing."""


@dataclass(frozen=True, kw_only=True)
class SecretFiles:
    """Keys of a Secret, mounted as files. Changes reach the container without a restart."""

    secret: ObjectName
    """Name of the Secret."""
    path: MountPath
    """Directory of the files."""
    keys: tuple[DataKey, ...] = ()
    """Keys, each mounted as a file; all by default."""
    optional: bool = False
    """Start without the files if the Secret is missing."""
    beside: tuple[SecretKeys, ...] = ()
    """Keys of other Secrets in the same directory."""


@dataclass(frozen=True, kw_only=True)
class ConfigFiles:
    """Keys of an existing ConfigMap, mounted as files."""

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
    """Command in place of the image's entry point."""
    args: Sequence[str] = ()
    """Arguments to the entry point."""
    ports: Sequence[Port] = ()
    """Ports of the container and its Service; no Service without ports."""
    service: ServiceOptions = field(default_factory=ServiceOptions)
    """Options of the Service."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Environment variables, in a ConfigMap; a change rolls the pods."""
    variables: Mapping[VariableName, Value] = field(default_factory=dict)
    """Environment variables from Secrets and pod fields."""
    secrets: Sequence[SecretFiles] = ()
    config_files: Sequence[ConfigFiles] = ()
    volumes: Sequence[Volume] = ()
    """Additional volumes."""
    mounts: Sequence[Mount] = ()
    """Mounts of volumes in the container."""
    init_containers: Sequence[Container] = ()
    """Containers that run before it, in order; those with ``side_car`` keep running."""
    side_cars: Sequence[Container] = ()
    """Containers that run beside it."""
    side_car_ports: Sequence[Port] = ()
    """Ports of the other containers that the Service also has."""
    share_processes: bool = False
    """Let the containers of a pod see and signal each other's processes."""
    resources: Resources = SMALL
    probes: Probes | None = None
    """Three similar health checks; none when absent, unless they are set separately."""
    scaling: Scaling = field(default_factory=Scaling)
    """Number of replicas, and autoscaling."""
    autoscaled: bool = True
    """Create an autoscaler from ``scaling``; otherwise, ``scaling.min_replicas`` is the number of pods."""
    recommend: bool = False
    """Create a VerticalPodAutoscaler that only recommends resources; requires it in the cluster."""
    update: Update = field(default_factory=Update)
    """Update strategy."""
    canary: Canary | None = None
    """Replace the pods step by step with Argo Rollouts, which the cluster must have; a rolling update when absent."""
    revision_history: Count = 5
    """Old revisions to keep for a rollback."""
    progress_deadline_seconds: PositiveSeconds | None = None
    """Seconds without progress after which a rollout of a Deployment fails; 600 plus ``update.min_ready_seconds`` when
    absent.
    """
    max_unavailable: Count = 1
    """Number of pods that a drain can evict at once."""
    user_id: UserId | None = 10001
    """UID and GID of the process; None uses the user of the image, which must be a number."""
    termination_grace_seconds: Seconds = 60
    """Seconds between SIGTERM and SIGKILL, in which the process finishes its work."""
    drain_seconds: Seconds = 5
    """Seconds that the pod keeps serving before SIGTERM, until load balancers have stopped sending requests; requires
    ``sleep`` in the image; 0 for none, as with ``pre_stop``.
    """
    pre_stop: Hook = ()
    """Hook before SIGTERM; when absent, the pod waits ``drain_seconds``."""
    priority_class: ObjectName | None = None
    """Name of its PriorityClass."""
    service_account_annotations: Annotations = field(default_factory=dict)
    """Annotations of its ServiceAccount that bind it to a cloud identity."""
    service_account: ObjectName | None = None
    """Name of an existing ServiceAccount; when absent, one with the identity's name is created."""
    pod_labels: Labels = field(default_factory=dict)
    """Additional labels of the pods."""
    pod_annotations: Annotations = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    """Additional labels of the Deployment."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the Deployment."""
    api_token: bool = False
    """Mount a token for the Kubernetes API; only for pods that use the API."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that the objects of this workload cannot have."""
        ports = [*self.ports, *self.side_car_ports]
        found = list(service_name_refusals(self.identity)) if ports else []
        found += [*service_port_refusals(ports), *port_refusals(self.ports)]
        found += probe_refusals(self, self.probes, self.ports)
        found += data_refusals(self.environment, "environment")
        for name in sorted(self.environment.keys() & self.variables.keys()):
            found.append(
                Refusal(f"environment.{name}", "beside a variable of this name, which takes precedence", "one")
            )
        if self.pre_stop and self.drain_seconds not in (0, type(self).drain_seconds):
            what = f"{self.drain_seconds} beside pre_stop, which replaces it"
            found.append(Refusal("drain_seconds", what, "one of them"))
        if self.autoscaled:
            found += (refusal.below("scaling") for refusal in bound_refusals(self.scaling))
        if self.canary:
            found += (refusal.below("canary") for refusal in canary_refusals(self.canary, self.identity))
            for key, value in (("update.recreate", self.update.recreate), ("recommend", self.recommend)):
                found += [Refusal(key, "True", "False with a canary")] if value else []
        yield from dict.fromkeys(found) or pod_refusals(workload_pod(self), self.own_claims)

    @property
    def own_claims(self) -> Sequence[str]:
        """Names of the volumes that each pod has separately."""
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
    return [_secret_volume(files) for files in secrets]


def _secret_volume(files: SecretFiles) -> Volume:
    name = volume_name(files.secret)
    if not files.beside:
        return secret_volume(name, files.secret, files.keys, optional=files.optional)
    own = SecretKeys(secret=files.secret, keys=files.keys, optional=files.optional)
    return secrets_volume(name, [(one.secret, one.keys, one.optional) for one in (own, *files.beside)])


def secret_mounts(secrets: Sequence[SecretFiles]) -> list[Mount]:
    """Return the mounts of these files."""
    return [Mount(volume=volume_name(files.secret), path=files.path, read_only=True) for files in secrets]


def config_volumes(files: Sequence[ConfigFiles]) -> list[Volume]:
    """Return the volumes of these files."""
    return [config_volume(volume_name(one.config_map), one.config_map) for one in files]


def config_mounts(files: Sequence[ConfigFiles]) -> list[Mount]:
    """Return the mounts of these files."""
    return [Mount(volume=volume_name(one.config_map), path=one.path, read_only=True) for one in files]


class Workload(Checked, Construct):
    """A Deployment with its related objects: ServiceAccount, ConfigMap, Service, autoscaler, disruption budget.

    All have the name of the identity, regardless of the construct's path.
    """

    _scaled = False
    _requirements = {
        "config": "`environment` in its props",
        "service": "`ports` in its props",
        "service_account": "no `service_account` in its props",
    }

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
            named = ServiceProps(**options, identity=identity, ports=ports, publish_unready=self._finds_itself())
            self.service = Service(self, "service", named)
        self._protect()

    def _finds_itself(self) -> bool:
        """Return whether its pods find each other by its Service, before they are ready."""
        return False

    def _run(self) -> None:
        """Create the Deployment."""
        props = self.props
        self._scaled = self._scale()
        self.deployment = Deployment(
            self,
            "deployment",
            DeploymentProps(
                identity=props.identity,
                pod=workload_pod(props),
                replicas=None if self._scaled or props.canary else props.scaling.min_replicas,
                update=props.update,
                revision_history=props.revision_history,
                progress_deadline_seconds=props.progress_deadline_seconds,
                labels=props.labels,
                annotations=props.annotations,
            ),
        )
        if props.canary:
            Rollout(
                self,
                "rollout",
                props.identity,
                props.canary,
                replicas=None if self._scaled else props.scaling.min_replicas,
                update=props.update,
                revision_history=props.revision_history,
                progress_deadline_seconds=props.progress_deadline_seconds,
            )

    def _service_ports(self) -> list[Port]:
        """Return the ports of the Service."""
        return [*self.props.ports, *self.props.side_car_ports]

    def _protect(self) -> None:
        """Create the disruption budget."""
        props = self.props
        DisruptionBudget(self, "disruption-budget", identity=props.identity, max_unavailable=props.max_unavailable)

    def _scale(self) -> bool:
        """Create at most one autoscaler of the Deployment; return whether there is one."""
        props = self.props
        if props.recommend:
            VerticalAutoscaler(self, "vertical-autoscaler", identity=props.identity)
        if not props.autoscaled:
            return False
        kind: Literal["Deployment", "Rollout"] = "Rollout" if props.canary else "Deployment"
        autoscaler = AutoscalerProps(identity=props.identity, kind=kind, scaling=props.scaling)
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
        """The workload as a target of ``kplus.HorizontalPodAutoscaler``. Requires ``autoscaled=False``, else raises
        ``PropsError``.
        """
        containers = workload_pod(self.props).containers
        return plus.scalable(self._scalable(), containers, scaled=self._scaled)

    def _scalable(self) -> Manifest:
        """Return the object that an autoscaler scales."""
        return self.deployment
