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
    """Path, optionally with a query."""
    port: PortRef | None = None
    """Number or name of the port; the component's first TCP port when absent."""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    """Scheme; HTTPS does not verify the certificate."""
    headers: dict[kubernetes.HeaderName, str] = {}
    """Headers of the request."""


class Grpc(Section):
    """A call of the gRPC health checking protocol."""

    port: Port | None = None
    """Number of the port; the component's first TCP port when absent."""
    service: str = ""
    """Name of the service; the whole server when empty."""


class Probe(Choice):
    """A health check: exactly one of `http`, `grpc`, `tcp` and `command`, and its timing."""

    http: Annotated[Http, Short("path")] | None = None
    """An HTTP request; you can write only a path."""
    grpc: Annotated[Grpc, Short("port", int)] | None = None
    """A gRPC health check; you can write only a port."""
    tcp: PortRef | None = None
    """Number or name of a port that accepts connections."""
    command: Annotated[list[str], Field(min_length=1)] | None = None
    """A command in the container that exits with 0."""
    initial_delay_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds after the start before the first check."""
    period_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """Seconds between two checks."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 3
    """Timeout of a check in seconds."""
    failure_threshold: Annotated[int, Field(ge=1, le=10000)] = 3
    """Consecutive failed checks after which the probe fails."""
    success_threshold: Annotated[int, Field(ge=1, le=100)] = 1
    """Consecutive successful checks after a failure; must be 1 except for readiness."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds between SIGTERM and SIGKILL when this probe restarts the container."""

    choices: ClassVar[tuple[str, ...]] = ("http", "grpc", "tcp", "command")


class Probes(Section):
    """Health checks: three separate probes, or three HTTP paths. None by default, except those of the container
    contract."""

    startup: Annotated[Probe, Short("http")] | None = None
    """Succeeds when the process has started; the other probes wait for it. A path is an HTTP check."""
    liveness: Annotated[Probe, Short("http")] | None = None
    """Restarts the container when it fails."""
    readiness: Annotated[Probe, Short("http")] | None = None
    """Removes the pod from its Service while it fails."""
    startup_path: HttpPath | None = None
    """HTTP path that answers 200 when the process has started; the container contract's when absent."""
    liveness_path: HttpPath | None = None
    """HTTP path that answers 200 while the process is healthy; the container contract's when absent."""
    readiness_path: HttpPath | None = None
    """HTTP path that answers 200 while the process can take work; the container contract's when absent."""
    port: Port | None = None
    """Port of these paths. When absent, the container contract's HTTP port, else the first TCP port."""
    startup_seconds: Annotated[int, Field(ge=5, le=3600)] = 120
    """Maximum startup time in seconds before the container restarts, with `startup_path`."""
    period_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    """Seconds between two checks of these paths."""
    none: bool = False
    """No health checks, regardless of the container contract."""


class Hook(Choice):
    """A command or a request at the start or end of a container."""

    command: Annotated[list[str], Field(min_length=1)] | None = None
    """A command in the container."""
    http: Annotated[Http, Short("path")] | None = None
    """A request to the container."""

    choices: ClassVar[tuple[str, ...]] = ("command", "http")


class Lifecycle(Section):
    """Hooks and times at the start and end of a container."""

    post_start: Annotated[Hook, Short("command", list)] | None = None
    """Runs right after the start, in parallel to the process; if it fails, the container is killed."""
    pre_stop: Annotated[Hook, Short("command", list)] | None = None
    """Runs before SIGTERM; a list is a command."""
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 5
    """Seconds that a pod with a port keeps serving before SIGTERM, without `pre_stop`; the image needs `sleep`."""
    termination_grace_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """Seconds between SIGTERM and SIGKILL; the container contract's when absent."""
