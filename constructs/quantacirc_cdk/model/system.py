"""What a system is: its components, how they talk, and what they need. The same in every environment."""

from functools import cached_property
from typing import Annotated, TypeVar

from pydantic import Field, SerializeAsAny

from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Carrying, Component, SizeName
from quantacirc_cdk.model.patches import SystemPatch
from quantacirc_cdk.model.values import (
    Bytes,
    Cidr,
    Digest,
    DnsName,
    EnvVarName,
    EnvVarPrefix,
    HttpPath,
    Name,
    Port,
    Quantity,
    Registry,
    Repository,
    Tag,
)

C = TypeVar("C", bound=Component)


class Size(Section):
    """What a container of this size asks for and may use."""

    cpu: Quantity
    """CPU requested, in cores (`250m` is a quarter). There is no CPU limit: throttling helps nobody."""
    memory: Bytes
    """Memory requested."""
    memory_limit: Bytes
    """Memory above which the container is killed."""
    ephemeral_storage: Bytes = "1Gi"
    """Disk for logs and temporary files, requested and limited."""


class Container(Section):
    """The container contract: what every container built for this system promises. It promises what is stated."""

    http_port: Port | None = None
    """Port of the API and the health endpoints; none when absent."""
    metrics_port: Port | None = None
    """Port that serves Prometheus metrics; none when absent."""
    metrics_path: HttpPath = "/metrics"
    """Path of the metrics."""
    startup_path: HttpPath | None = None
    """Answers 200 once the process has started; no startup probe when absent."""
    liveness_path: HttpPath | None = None
    """Answers 200 while the process should not be restarted; no liveness probe when absent."""
    readiness_path: HttpPath | None = None
    """Answers 200 while the process can take work; no readiness probe when absent."""
    user_id: Annotated[int, Field(ge=10000, le=65534)] = 10001
    """User and group that processes run as; at least 10000, so that it is nobody on the host. A component may state
    another under `security`."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds between SIGTERM and SIGKILL, in which the process finishes the work it holds."""
    environment_prefix: EnvVarPrefix | None = None
    """Prefix of the environment variables that tell a process what it is and where others are; none are set when
    absent."""


class Image(Section):
    """A container image: built with the system, or somebody else's."""

    repository: Repository
    """Path of the image in its registry."""
    registry: Registry | None = None
    """Registry of somebody else's image; none for an image built with the system, which the environment releases."""
    tag: Tag | None = None
    """Tag of somebody else's image."""
    digest: Digest | None = None
    """Digest of somebody else's image; the tag is then only for people."""


class External(Section):
    """Something outside the cluster that components call."""

    description: str = ""
    """What it is."""
    hosts: Annotated[list[DnsName], Field(min_length=1)]
    """Names it answers at; for network policies by name, where the cluster has them."""
    port: Port = 443
    """TCP port."""
    cidrs: list[Cidr] = ["0.0.0.0/0"]
    """Addresses it answers at; for network policies by address. Private ranges are always excluded."""
    secret: Name | None = None
    """Name of the secret with the credentials for it."""
    secret_keys: list[EnvVarName] = []
    """Keys of that secret, each an environment variable of whoever calls it."""


class Source(Section):
    """The Git repository that holds this file."""

    repository: Annotated[str, Field(pattern=r"^(https://|ssh://|git@)[^\s'\"]+$")]
    """Address that Argo CD and Flux fetch it from."""
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] = "main"
    """Branch that is deployed."""


class System(Section):
    """A system: `apps/system.yaml`."""

    name: Name
    """Name of the system; the default namespace."""
    description: str = ""
    """What it is, in a sentence."""
    source: Source | None = None
    """Where the output is committed; without it there is nothing for Argo CD and Flux."""
    runbooks: Annotated[str, Field(pattern=r"^https://[^\s'\"]+$")] | None = None
    """Address of a folder with a document for each alert, `<alert>.md`."""
    task_objective_percent: Annotated[float, Field(ge=50, lt=100)] = 99.0
    """Tasks in a hundred that must succeed, over thirty days; alerts tell how fast what may fail is used up."""
    container: Container = Container()
    """What every container built for this system promises."""
    sizes: dict[SizeName, Size]
    """Resources by size."""
    images: Annotated[dict[Name, Image], Field(min_length=1)]
    """Container images by name."""
    toolbox: Name | None = None
    """One of `images`, with a shell, curl, jq and the bus's command line, for the jobs that create secrets and streams;
    without it people create them."""
    certificate_tool: Name | None = None
    """One of `images`, with a shell and openssl, for the bus's certificate where the cluster has no cert-manager;
    without it the bus is not encrypted there."""
    stream_tool: Name | None = None
    """One of `images`, with Python 3.11 or newer and nats-py, for the job that backs up the streams of the bus."""
    trace_collector: Name | None = None
    """One of `images`: an OpenTelemetry Collector, which takes the components' traces where the cluster can keep them;
    without it nothing is traced."""
    externals: dict[Name, External] = {}
    """What components call outside the cluster."""
    components: Annotated[dict[Name, SerializeAsAny[Component]], Field(min_length=1)]
    """The parts of the system by name."""
    patches: dict[Name, SystemPatch] = {}
    """Changes to single objects of the output, for what the model cannot say; by a name of your choice."""

    def having(self, kind: type[C]) -> dict[str, C]:
        """Return the components that are ``kind``, such as ``Storing``, in the order of the file."""
        return {name: part for name, part in self.components.items() if isinstance(part, kind)}

    @cached_property
    def first_bus(self) -> str | None:
        """The component that carries the subjects of those that name none; None where nothing carries them."""
        return next(iter(self.having(Carrying)), None)

    @property
    def released_images(self) -> list[str]:
        """Names of the images that are built with the system, sorted."""
        return sorted(name for name, image in self.images.items() if image.registry is None)
