"""The system: its components, how they communicate, and their requirements. It is the same in every environment."""

from functools import cached_property
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SerializeAsAny, model_validator

from quantacirc_cdk.limits import formats
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Carrying, Component, SizeName
from quantacirc_cdk.model.needs.short import expected
from quantacirc_cdk.model.patches import SystemPatch
from quantacirc_cdk.model.values import (
    AddressRange,
    Bytes,
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
    """Requests and limits of a container of this size."""

    cpu: Quantity
    """CPU request, in cores (`250m` is a quarter). There is no CPU limit, because it would throttle the container while
    the node has idle CPU."""
    memory: Bytes
    """Memory request."""
    memory_limit: Bytes
    """Memory limit: the container is killed above it."""
    ephemeral_storage: Bytes = "1Gi"
    """Disk for logs and temporary files, as request and limit."""


class Container(Section):
    """The container contract: what every image that is built with the system provides. Only declared values are part of
    it."""

    http_port: Port | None = None
    """Port of the API and the health endpoints; none when absent."""
    metrics_port: Port | None = None
    """Port that serves Prometheus metrics; none when absent."""
    metrics_path: HttpPath = "/metrics"
    """Path of the metrics."""
    startup_path: HttpPath | None = None
    """Path that answers 200 when the process has started; no startup probe when absent."""
    liveness_path: HttpPath | None = None
    """Path that answers 200 while the process should not be restarted; no liveness probe when absent."""
    readiness_path: HttpPath | None = None
    """Path that answers 200 while the process can take work; no readiness probe when absent."""
    user_id: Annotated[int, Field(ge=10000, le=65534)] = 10001
    """UID and GID of the processes; at least 10000, so that it is no user of the host. A component can set another one
    under `security`."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds between SIGTERM and SIGKILL, in which the process finishes its current work."""
    environment_prefix: EnvVarPrefix | None = None
    """Prefix of the environment variables that describe the component and the addresses of others; none are set when
    absent."""


class Image(Section):
    """A container image: built with the system, or a third party's."""

    repository: Repository
    """Path of the image in its registry."""
    registry: Registry | None = None
    """Registry of a third-party image. Absent for an image that is built with the system; the environment sets its
    release."""
    tag: Tag | None = None
    """Tag of a third-party image."""
    digest: Digest | None = None
    """Digest of a third-party image; the tag is then only for information."""


class External(Section):
    """A service outside the cluster that components call."""

    description: str = ""
    """What it is."""
    hosts: Annotated[list[DnsName], Field(min_length=1)]
    """Its host names; used by network policies if the cluster supports host names."""
    port: Port = 443
    """TCP port."""
    cidrs: list[AddressRange] = ["0.0.0.0/0"]
    """Its addresses, for network policies: IPv4 or IPv6. Private ranges within a larger one are excluded."""
    secret: Name | None = None
    """Name of the secret with its credentials."""
    secret_keys: list[EnvVarName] = []
    """Keys of that secret; each becomes an environment variable of the components that reach it."""

    @model_validator(mode="after")
    def _keys_of_a_secret(self) -> Self:
        if self.secret_keys and self.secret is None:
            raise expected("the name of the secret in `secret`, beside `secret_keys`")
        return self


class Source(Section):
    """The Git repository that contains this file."""

    repository: formats.GitAddress
    """Address that Argo CD and Flux fetch, without credentials."""
    branch: formats.Branch = "main"
    """Deployed branch."""
    secret: Name | None = None
    """Secret in the namespace `flux-system` with the credentials of a private repository, for Flux. When absent,
    `<system>-git` for an address with SSH, and none for HTTPS. You create it; Argo CD has its own credentials."""

    @property
    def url(self) -> str:
        """The address as a URL: Flux refuses `git@host:path`
        (https://fluxcd.io/flux/components/source/gitrepositories/#url).
        """
        host, colon, path = self.repository.partition(":")
        return f"ssh://{host}/{path.lstrip('/')}" if colon and host.startswith("git@") else self.repository

    @property
    def host(self) -> str:
        """The name of the host, without user and port."""
        return (urlsplit(self.url).hostname or "").lower()

    @property
    def path(self) -> str:
        """The path of the repository on its host, without `.git`."""
        return urlsplit(self.url).path.strip("/").removesuffix(".git")


class System(Section):
    """A system: `apps/system.yaml`."""

    name: Name
    """Name of the system; the default namespace."""
    description: str = ""
    """Its purpose, in a sentence."""
    source: Source | None = None
    """Repository of the output; without it, nothing is written for Argo CD and Flux."""
    runbooks: formats.HttpsAddress | None = None
    """Address of a folder with a document `<alert>.md` for each alert."""
    task_objective_percent: Annotated[float, Field(ge=50, lt=100)] = 99.0
    """Percentage of tasks that must succeed over thirty days; alerts report how fast the error budget is used up."""
    container: Container = Container()
    """The container contract: what every image that is built with the system provides."""
    sizes: dict[SizeName, Size]
    """Sizes by name: requests and limits of a container."""
    images: Annotated[dict[Name, Image], Field(min_length=1)]
    """Container images by name."""
    toolbox: Name | None = None
    """One of `images`, with a shell, curl, jq and the bus's command line, for the jobs that create secrets and streams.
    Without it, you create them."""
    certificate_tool: Name | None = None
    """One of `images`, with a shell and openssl, for the bus's certificate if the cluster has no cert-manager. Without
    it, the bus is not encrypted there."""
    stream_tool: Name | None = None
    """One of `images`, with Python 3.11 or newer and nats-py, for the job that backs up the streams of the bus."""
    trace_collector: Name | None = None
    """One of `images`: an OpenTelemetry Collector that receives the components' traces if the cluster can store them.
    Without it, nothing is traced."""
    externals: dict[Name, External] = {}
    """Services outside the cluster that components call."""
    components: Annotated[dict[Name, SerializeAsAny[Component]], Field(min_length=1)]
    """Components of the system, by name."""
    patches: dict[Name, SystemPatch] = {}
    """Patches of single objects of the output, for fields without a key in the model; by a name of your choice."""

    def having(self, kind: type[C]) -> dict[str, C]:
        """Return the components that are ``kind``, such as ``Storing``, in the order of the file."""
        return {name: part for name, part in self.components.items() if isinstance(part, kind)}

    @cached_property
    def first_bus(self) -> str | None:
        """The component that carries the subjects of components without `bus`; None if there is none."""
        return next(iter(self.having(Carrying)), None)

    @property
    def git_secret(self) -> str | None:
        """The Secret with which Flux fetches the repository; None for a repository that anybody can read."""
        if self.source is None:
            return None
        return self.source.secret or (f"{self.name}-git" if self.source.url.startswith("ssh:") else None)

    @property
    def released_images(self) -> list[str]:
        """Names of the images that are built with the system, sorted."""
        return sorted(name for name, image in self.images.items() if image.registry is None)
