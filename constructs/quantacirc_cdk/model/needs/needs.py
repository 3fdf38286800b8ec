"""All that a component's containers and pods need, with nothing there unasked."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.access import RuleSpec
from quantacirc_cdk.model.needs.dns import Dns
from quantacirc_cdk.model.needs.health import Lifecycle, Probes
from quantacirc_cdk.model.needs.placement import Placement
from quantacirc_cdk.model.needs.ports import Metrics, PortSpec, ServiceSpec
from quantacirc_cdk.model.needs.resources import ResourcesSpec
from quantacirc_cdk.model.needs.routes import Route
from quantacirc_cdk.model.needs.scaling import Autoscaling, UpdateSpec
from quantacirc_cdk.model.needs.security import ContainerSecurity, PodSecurity
from quantacirc_cdk.model.needs.storage import File, Mounted, VolumeSpec
from quantacirc_cdk.model.needs.variables import Value, VariableSource
from quantacirc_cdk.model.values import Name


class ContainerNeeds(Section):
    """What any container has."""

    command: list[str] = []
    """Replaces the image's entry point."""
    args: list[str] = []
    """Arguments to the entry point."""
    working_dir: kubernetes.MountPath | None = None
    """Directory that the process starts in; the image's when absent."""
    ports: list[PortSpec] = []
    """Ports besides those of the container contract."""
    environment: dict[kubernetes.VariableName, Value | None] = {}
    """Environment variables: text, or where the value comes from. null takes away what it would have otherwise."""
    environment_from: list[VariableSource] = []
    """Whole Secrets and ConfigMaps as environment variables."""
    files: dict[kubernetes.MountPath, File | None] = {}
    """What stands at which path: files of the project, text, Secrets and ConfigMaps."""
    probes: Probes = Probes()
    """Health checks."""
    lifecycle: Lifecycle = Lifecycle()
    """What happens besides the process itself."""
    resources: ResourcesSpec = ResourcesSpec()
    """Resources, in place of those of the size."""
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """When the image is pulled."""


class OtherContainer(ContainerNeeds):
    """A container beside the component's own."""

    name: kubernetes.DnsLabel
    """Name, of which each pod has one."""
    image: Name | None = None
    """One of `images`; the component's when absent."""
    size: Name | None = None
    """One of `sizes`; the component's when absent."""
    mounts: dict[kubernetes.DnsLabel, Mounted] = {}
    """Where it sees the component's volumes, by their names."""
    security: ContainerSecurity = ContainerSecurity()
    """User and exceptions to *restricted*."""


class InitContainer(OtherContainer):
    """A container that runs before the component's own."""

    side_car: bool = False
    """Keep it running beside those that follow (Kubernetes 1.29)."""


class Needs(ContainerNeeds):
    """What the pods of a component have."""

    contract: bool | None = None
    """Whether its container keeps the system's container contract: ports, health paths, metrics. Those of images that
    are built with the system do when absent."""
    service: ServiceSpec = ServiceSpec()
    """Its Service, which there is where it has ports."""
    metrics: Metrics | None = None
    """Where it is scraped; by the container contract, or not at all, when absent."""
    volumes: dict[kubernetes.DnsLabel, VolumeSpec | None] = {}
    """Volumes by name."""
    init_containers: list[InitContainer] = []
    """Containers that run before its own, in turn."""
    side_cars: list[OtherContainer] = []
    """Containers that start beside its own."""
    share_processes: bool = False
    """Let the containers of a pod see and signal each other's processes."""
    security: PodSecurity = PodSecurity()
    """Who its processes are, and exceptions to *restricted*."""
    service_account: kubernetes.ObjectName | None = None
    """A ServiceAccount that is there already, with whatever identity it has in a cloud; one of the component's name is
    made when absent."""
    rules: list[RuleSpec] = []
    """What it may do with the Kubernetes API of its namespace."""
    pull_secrets: list[kubernetes.ObjectName] = []
    """Secrets with the credentials of image registries."""
    placement: Placement = Placement()
    """Which nodes its pods run on."""
    dns: Dns = Dns()
    """How its pods find others by name."""
    routes: dict[Name, Route | None] = {}
    """Ways in from outside, by name."""
    autoscaling: Autoscaling = Autoscaling()
    """When to add replicas."""
    update: UpdateSpec = UpdateSpec()
    """How its pods are replaced by those of another revision."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of its pods besides those that it has anyway."""
    annotations: dict[kubernetes.AnnotationKey, str] = {}
    """Annotations of its pods."""
    service_links: bool = False
    """Give its containers the addresses of all Services of the namespace as environment variables."""


class JobNeeds(Section):
    """What a job has besides."""

    retries: Annotated[int, Field(ge=0, le=1000)] = 3
    """Failed pods that are replaced before the job has failed."""
    deadline_seconds: Annotated[int, Field(ge=1)] | None = 3600
    """Seconds after which it has failed; never when null."""
    parallelism: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Pods at the same time; one when absent."""
    completions: Annotated[int, Field(ge=1, le=100000)] | None = None
    """Pods that must succeed; one when absent."""
    restart: Literal["Never", "OnFailure"] = "Never"
    """Never replaces a failed pod, OnFailure restarts its container."""
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$")] = "Etc/UTC"
    """Time zone of `schedule`, from the tz database."""
    concurrency: Literal["Forbid", "Allow", "Replace"] = "Forbid"
    """Whether a run starts while the one before it still runs, or replaces it."""
