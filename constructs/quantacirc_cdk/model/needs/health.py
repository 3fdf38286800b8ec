"""Health checks and hooks of a container."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice, PortRef, Short
from quantacirc_cdk.model.values import HttpPath, Port


class Http(Section):
    """A GET request that succeeds with a status from 200 to 399."""

    path: kubernetes.ProbePath = "/"
    """Path, perhaps with a query."""
    port: PortRef | None = None
    """Number or name of the port; the component's first TCP port when absent."""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    """HTTPS does not verify the certificate."""
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], str] = {}
    """Headers of the request."""


class Grpc(Section):
    """A call of the gRPC health checking protocol."""

    port: Port | None = None
    """Number of the port; the component's first TCP port when absent."""
    service: str = ""
    """Name of the service; the server as a whole when empty."""


class Probe(Choice):
    """One health check: exactly one of `http`, `grpc`, `tcp` and `command`, and how often."""

    http: Annotated[Http, Short("path")] | None = None
    """A request; a path alone will do."""
    grpc: Annotated[Grpc, Short("port", int)] | None = None
    """A call of gRPC's health service; a port alone will do."""
    tcp: PortRef | None = None
    """Number or name of a port that takes connections."""
    command: Annotated[list[str], Field(min_length=1)] | None = None
    """A command in the container that exits 0."""
    initial_delay_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds after the start before the first look."""
    period_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """Seconds between two looks."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 3
    """Seconds after which a look has failed."""
    failure_threshold: Annotated[int, Field(ge=1, le=10000)] = 3
    """Failed looks in a row before the probe has failed."""
    success_threshold: Annotated[int, Field(ge=1, le=100)] = 1
    """Looks in a row that must succeed after a failure; 1 except for readiness."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds between SIGTERM and SIGKILL when this probe restarts the container."""

    choices: ClassVar[tuple[str, ...]] = ("http", "grpc", "tcp", "command")


class Probes(Section):
    """Health checks: each of three apart, or three over HTTP that differ in their paths. None is there unasked."""

    startup: Annotated[Probe, Short("http")] | None = None
    """Tells when the process has started; the others wait for it. A path alone is an HTTP check."""
    liveness: Annotated[Probe, Short("http")] | None = None
    """Restarts the container when it fails."""
    readiness: Annotated[Probe, Short("http")] | None = None
    """Takes the pod out of its Service while it fails."""
    startup_path: HttpPath | None = None
    """Path that answers once the process has started; the container contract's when absent."""
    liveness_path: HttpPath | None = None
    """Path that answers while the process is well; the container contract's when absent."""
    readiness_path: HttpPath | None = None
    """Path that answers while the process can take work; the container contract's when absent."""
    port: Port | None = None
    """Port of these paths; the container contract's HTTP port, else the first TCP port, when absent."""
    startup_seconds: Annotated[int, Field(ge=5, le=3600)] = 120
    """Seconds a start may take before the container is restarted, by `startup_path`."""
    period_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    """Seconds between two looks at these paths."""
    none: bool = False
    """No health check at all, whatever the container contract says."""


class Hook(Choice):
    """What happens at the start or the end of a container: a command in it, or a request."""

    command: Annotated[list[str], Field(min_length=1)] | None = None
    """A command in the container."""
    http: Annotated[Http, Short("path")] | None = None
    """A request to the container."""

    choices: ClassVar[tuple[str, ...]] = ("command", "http")


class Lifecycle(Section):
    """What happens besides the process itself."""

    post_start: Annotated[Hook, Short("command", list)] | None = None
    """Right after the start, beside the process; the container is killed when it fails."""
    pre_stop: Annotated[Hook, Short("command", list)] | None = None
    """Before SIGTERM; a list is a command."""
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    """Seconds that a pod with a port keeps serving before SIGTERM, without `pre_stop`; needs `sleep` in the image."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds between SIGTERM and SIGKILL; the container contract's when absent."""
