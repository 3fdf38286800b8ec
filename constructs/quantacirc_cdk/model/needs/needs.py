"""All settings of a component's containers and pods. Nothing is set by default."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.access import RuleSpec
from quantacirc_cdk.model.needs.dns import Dns
from quantacirc_cdk.model.needs.health import Lifecycle, Probes
from quantacirc_cdk.model.needs.placement import Placement
from quantacirc_cdk.model.needs.ports import Metrics, PortSpec, ServiceSpec
from quantacirc_cdk.model.needs.resources import ResourcesSpec
from quantacirc_cdk.model.needs.routes import Route
from quantacirc_cdk.model.needs.scaling import Autoscaling, UpdateSpec, WorkloadSpec
from quantacirc_cdk.model.needs.security import ContainerSecurity, PodSecurity
from quantacirc_cdk.model.needs.storage import File, Mounted, VolumeSpec
from quantacirc_cdk.model.needs.variables import Value, VariableSource
from quantacirc_cdk.model.values import Name, TimeZone


class ContainerNeeds(Section):
    """Settings that any container has."""

    command: list[str] = []
    """Command in place of the image's entry point."""
    args: list[str] = []
    """Arguments to the entry point."""
    working_dir: kubernetes.ContainerPath | None = None
    """Working directory of the process; the image's when absent."""
    ports: list[PortSpec] = []
    """Ports in addition to those of the container contract."""
    environment: dict[kubernetes.VariableName, Value | None] = {}
    """Environment variables: text, or a source of the value. null removes a variable that would be set otherwise."""
    environment_from: list[VariableSource] = []
    """Whole Secrets and ConfigMaps as environment variables."""
    files: dict[kubernetes.MountPath, File | None] = {}
    """Files by path: files of the project, text, Secrets and ConfigMaps."""
    probes: Probes = Probes()
    """Health checks."""
    lifecycle: Lifecycle = Lifecycle()
    """Hooks and times at the start and end of the container."""
    resources: ResourcesSpec = ResourcesSpec()
    """Resources that replace those of the size."""
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """Image pull policy."""


class OtherContainer(ContainerNeeds):
    """A container in addition to the component's own."""

    name: kubernetes.DnsLabel
    """Name, unique within the pod."""
    image: Name | None = None
    """One of `images`; the component's when absent."""
    size: Name | None = None
    """One of `sizes`; the component's when absent."""
    mounts: dict[kubernetes.DnsLabel, Mounted] = {}
    """Mount paths of the component's volumes, by the volumes' names."""
    security: ContainerSecurity = ContainerSecurity()
    """User, and exceptions to *restricted*."""


class InitContainer(OtherContainer):
    """A container that runs before the component's own."""

    side_car: bool = False
    """Keep it running beside the containers that follow (Kubernetes 1.29)."""


class Needs(ContainerNeeds):
    """Settings of a component's pods."""

    model_config = ConfigDict(defer_build=True)

    contract: bool | None = None
    """Whether its container follows the system's container contract: ports, health paths, metrics. When absent, images
    that are built with the system do."""
    service: ServiceSpec = ServiceSpec()
    """Its Service, which exists if it has ports."""
    metrics: Metrics | None = None
    """Scrape target. When absent, that of the container contract, or none."""
    volumes: dict[kubernetes.DnsLabel, VolumeSpec | None] = {}
    """Volumes by name."""
    init_containers: list[InitContainer] = []
    """Containers that run before its own, one after the other."""
    side_cars: list[OtherContainer] = []
    """Containers that start beside its own."""
    share_processes: bool = False
    """Let the containers of a pod see and signal each other's processes."""
    security: PodSecurity = PodSecurity()
    """User of its processes, and exceptions to *restricted*."""
    service_account: kubernetes.ObjectName | None = None
    """An existing ServiceAccount, with its cloud identity; when absent, one with the component's name is created."""
    rules: list[RuleSpec] = []
    """Permissions on the Kubernetes API in its namespace."""
    pull_secrets: list[kubernetes.ObjectName] = []
    """Secrets with the credentials of image registries."""
    placement: Placement = Placement()
    """Nodes that its pods run on."""
    dns: Dns = Dns()
    """DNS settings of its pods."""
    routes: dict[Name, Route | None] = {}
    """Access from outside, by name."""
    autoscaling: Autoscaling = Autoscaling()
    """When to add replicas."""
    update: UpdateSpec = UpdateSpec()
    """How its pods are replaced when the revision changes."""
    labels: dict[kubernetes.AddedLabelKey, kubernetes.LabelValue] = {}
    """Additional labels of its pods."""
    annotations: Annotated[dict[kubernetes.AnnotationKey, str], kubernetes.ALL_ANNOTATIONS] = {}
    """Annotations of its pods."""
    workload: WorkloadSpec = WorkloadSpec()
    """The Deployment, StatefulSet or DaemonSet itself. Its pods have separate labels and annotations."""
    service_links: bool = False
    """Set environment variables with the addresses of all Services of the namespace."""


class JobNeeds(Section):
    """Additional settings of a job."""

    retries: Annotated[int, Field(ge=0, le=1000)] = 3
    """Number of failed pods that are replaced before the job fails."""
    deadline_seconds: Annotated[int, Field(ge=1)] | None = 3600
    """Seconds after which the job fails; no deadline when null."""
    parallelism: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Pods that run at the same time; one when absent."""
    completions: Annotated[int, Field(ge=1, le=100000)] | None = None
    """Pods that must succeed; one when absent."""
    restart: Literal["Never", "OnFailure"] = "Never"
    """Never creates a new pod after a failure; OnFailure restarts the container in the same pod."""
    time_zone: TimeZone = "Etc/UTC"
    """Time zone of `schedule`, from the tz database."""
    concurrency: Literal["Forbid", "Allow", "Replace"] = "Forbid"
    """Whether a run may start while the previous one still runs, is skipped, or replaces it."""
