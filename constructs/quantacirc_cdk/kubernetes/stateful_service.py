"""A stateful service: pods with stable names and their own volumes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from quantacirc_cdk.kubernetes import engine, plus
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
from quantacirc_cdk.kubernetes.disruption_budget import DisruptionBudget
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.placement import PodOptions, pod_options_of
from quantacirc_cdk.kubernetes.pod import Pod, pod_refusals
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import MEDIUM, Resources
from quantacirc_cdk.kubernetes.service import (
    Service,
    ServiceOptions,
    ServiceProps,
    service_name_refusals,
    service_options_of,
    service_port_refusals,
)
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.stateful_set import Claim, StatefulSet, StatefulSetProps
from quantacirc_cdk.kubernetes.volume import Mount, Volume, config_volume
from quantacirc_cdk.kubernetes.workload import SecretFiles, secret_mounts, secret_volumes
from quantacirc_cdk.limits.check import Checked, Refusal, describe, too_long
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    AddedLabels,
    Annotations,
    Bytes,
    Count,
    DataKey,
    MountPath,
    ObjectName,
    Seconds,
    UserId,
    VariableName,
)


@dataclass(frozen=True, kw_only=True)
class StatefulServiceProps(ContainerOptions, PodOptions):
    """A stateful service."""

    identity: Identity
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Command in place of the image's entry point."""
    args: Sequence[str] = ()
    """Arguments to the entry point."""
    ports: Sequence[Port]
    """Ports of the container and of its Service for clients."""
    service: ServiceOptions = field(default_factory=ServiceOptions)
    """Options of that Service."""
    peer_ports: Sequence[Port] = ()
    """Ports that only its own pods use, on the container and the headless Service."""
    data_path: MountPath | None = None
    """Mount path of the volume ``data``; None, together with ``storage``, for no volume."""
    storage: Bytes | None = None
    """Size of each pod's volume (``10Gi``)."""
    claims: Sequence[Claim] = ()
    """Additional volumes of each pod."""
    storage_class: ObjectName | None = None
    """StorageClass; the cluster's default when absent."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Environment variables."""
    variables: Mapping[VariableName, Value] = field(default_factory=dict)
    """Environment variables from Secrets and pod fields."""
    config_files: Mapping[DataKey, str] = field(default_factory=dict)
    """Files by name, in a ConfigMap; a change rolls the pods."""
    config_path: MountPath = "/etc/config"
    """Directory of ``config_files``."""
    secrets: Sequence[SecretFiles] = ()
    volumes: Sequence[Volume] = ()
    """Additional volumes."""
    mounts: Sequence[Mount] = ()
    """Mounts of these volumes and of the additional claims."""
    init_containers: Sequence[Container] = ()
    """Containers that run before the main one, in order; those with ``side_car`` keep running."""
    side_cars: Sequence[Container] = ()
    """Containers that run beside the main one."""
    side_car_ports: Sequence[Port] = ()
    """Their ports that the Service also has."""
    share_processes: bool = False
    """Let the containers of a pod see and signal each other's processes."""
    replicas: Count = 1
    quorum: bool = False
    """The pods form a quorum: never run two on one host."""
    resources: Resources = MEDIUM
    probes: Probes | None = None
    """Three similar health checks; none when absent, unless they are set separately."""
    user_id: UserId | None = 10001
    """UID of the process and GID of the volume; None uses the user of the image, which must be a number."""
    termination_grace_seconds: Seconds = 120
    """Seconds between SIGTERM and SIGKILL."""
    pre_stop: Hook = ()
    """Hook before SIGTERM; when absent, the pod waits ``drain_seconds``."""
    drain_seconds: Seconds = 5
    """Seconds that the pod keeps serving before SIGTERM, until load balancers have stopped sending requests; requires
    ``sleep`` in the image; 0 for none.
    """
    priority_class: ObjectName | None = None
    """Name of its PriorityClass."""
    pod_labels: AddedLabels = field(default_factory=dict)
    """Additional labels of the pods."""
    pod_annotations: Annotations = field(default_factory=dict)
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the StatefulSet."""
    on_delete: bool = False
    """Replace a pod only when you delete it."""
    partition: Count | None = None
    """Ordinal of the first pod that an update replaces."""
    service_account: ObjectName | None = None
    """Name of an existing ServiceAccount; when absent, one with the identity's name is created."""
    service_account_annotations: Annotations = field(default_factory=dict)
    """Annotations of its ServiceAccount that bind it to a cloud identity."""
    mount_token: bool = False
    """Mount a token for the Kubernetes API; only for pods that use the API."""
    max_unavailable: Count = 1
    """Number of pods that a drain can evict at once."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that the objects of this service cannot have."""
        own = [*self.ports, *self.peer_ports]
        found = list(service_name_refusals(self.identity))
        found += [*service_port_refusals([*own, *self.side_car_ports]), *port_refusals(own)]
        found += probe_refusals(self, self.probes, own)
        found += data_refusals(self.config_files, "config_files")
        if len(self.identity.name) > LONGEST_NAME["StatefulSet"]:
            found.append(too_long("identity.name", self.identity.name, LONGEST_NAME["StatefulSet"]))
        if (self.data_path is None) != (self.storage is None):
            found.append(Refusal("storage", describe(self.storage), "a size with `data_path`, and no size without"))
        claims = [claim.name for claim in (*data_claim(self), *self.claims)]
        yield from dict.fromkeys(found) or pod_refusals(stateful_pod(self), claims)


def stateful_pod(props: StatefulServiceProps) -> Pod:
    """Return the pod of a stateful service."""
    name = props.identity.name
    config_mount = [Mount(volume="config", path=props.config_path, read_only=True)] if props.config_files else []
    container = Container(
        **options_of(props),
        name=name,
        image=props.image,
        command=props.command,
        args=props.args,
        ports=[*props.ports, *props.peer_ports],
        environment={**props.environment, **props.variables},
        resources=props.resources,
        probes=props.probes,
        mounts=[
            *([Mount(volume="data", path=props.data_path)] if props.data_path else []),
            *config_mount,
            *secret_mounts(props.secrets),
            *props.mounts,
        ],
        pre_stop=props.pre_stop or (["sleep", str(props.drain_seconds)] if props.drain_seconds else []),
    )
    config = [config_volume("config", name)] if props.config_files else []
    checksum = {CONFIG_HASH: content_hash(props.config_files)} if props.config_files else {}
    several = props.replicas > 1
    return Pod(
        **{**pod_options_of(props), "min_zones": props.min_zones if several else None},
        containers=[container, *props.side_cars],
        init_containers=props.init_containers,
        volumes=[*config, *secret_volumes(props.secrets), *props.volumes],
        service_account=props.service_account or name,
        mount_token=props.mount_token,
        user_id=props.user_id,
        termination_grace_seconds=props.termination_grace_seconds + (0 if props.pre_stop else props.drain_seconds),
        priority_class=props.priority_class,
        share_processes=props.share_processes,
        spread=several,
        spread_strictly=props.quorum,
        labels=props.pod_labels,
        annotations={**props.pod_annotations, **checksum},
    )


def data_claim(props: StatefulServiceProps) -> list[Claim]:
    """Return the claim of the volume ``data``, if there is one."""
    if props.storage is None:
        return []
    return [Claim(name="data", size=props.storage, storage_class=props.storage_class)]


class StatefulService(Checked, Construct):
    """A StatefulSet with its related objects.

    Creates the StatefulSet, a Service for clients, the headless Service ``<name>-headless`` that gives each pod a DNS
    name, a ServiceAccount, the ConfigMap of its files, and a disruption budget of one pod.
    """

    _requirements = {
        "config": "`config_files` in its props",
        "service": "`ports` in its props",
        "service_account": "no `service_account` in its props",
    }

    def __init__(self, scope: Construct, id: str, props: StatefulServiceProps) -> None:
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
        if props.config_files:
            self.config = ConfigMap(self, "config", name=identity.name, data=props.config_files, labels=identity.labels)
        headless = ServiceProps(
            identity=identity,
            name=f"{identity.name}-headless",
            ports=[*props.ports, *props.peer_ports, *props.side_car_ports],
            headless=True,
            publish_unready=True,
        )
        Service(self, "headless-service", headless)
        ports = [*props.ports, *props.side_car_ports]
        if ports:
            options = service_options_of(props.service)
            self.service = Service(self, "service", ServiceProps(**options, identity=identity, ports=ports))
        self.stateful_set = StatefulSet(
            self,
            "stateful-set",
            StatefulSetProps(
                identity=identity,
                pod=stateful_pod(props),
                service=f"{identity.name}-headless",
                replicas=props.replicas,
                claims=[*data_claim(props), *props.claims],
                on_delete=props.on_delete,
                partition=props.partition,
                annotations=props.annotations,
                parallel=True,  # Immutable, and a single pod can later become a quorum.
            ),
        )
        DisruptionBudget(self, "disruption-budget", identity=identity, max_unavailable=props.max_unavailable)

    @cached_property
    def pods(self) -> "engine.kplus.Pods":
        """Its pods, for cdk8s-plus."""
        return plus.pods(self, self.props.identity.selector)

    @cached_property
    def scalable(self) -> "engine.kplus.IScalable":
        """The workload as a target of ``kplus.HorizontalPodAutoscaler``."""
        return plus.scalable(self.stateful_set, stateful_pod(self.props).containers, scaled=False)
