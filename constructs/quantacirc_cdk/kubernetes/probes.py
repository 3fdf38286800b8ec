"""Health checks of a container."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.kubernetes import HeaderName, PortName, Positive, PositiveSeconds, ProbePath, Seconds


@dataclass(frozen=True, kw_only=True)
class HttpCheck:
    """A GET request that succeeds with a status from 200 to 399."""

    path: ProbePath = "/"
    port: PortNumber | PortName
    """Number or name of the port."""
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    """HTTP or HTTPS; HTTPS does not verify the certificate."""
    headers: Mapping[HeaderName, str] = field(default_factory=dict)
    host: str | None = None
    """Host name to connect to instead of the pod's address."""


@dataclass(frozen=True, kw_only=True)
class GrpcCheck:
    """A call of the gRPC health checking protocol (https://github.com/grpc/grpc/blob/master/doc/health-checking.md)."""

    port: PortNumber
    """Port number; Kubernetes does not accept a name here."""
    service: str = ""
    """Name of the service; the whole server when empty."""


@dataclass(frozen=True, kw_only=True)
class TcpCheck:
    """A TCP port that accepts connections."""

    port: PortNumber | PortName
    """Number or name of the port."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command in the container that exits with 0."""

    command: Sequence[str]


Check = HttpCheck | GrpcCheck | TcpCheck | Command


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A health check and its timing."""

    check: Check
    initial_delay_seconds: Seconds = 0
    """Seconds after the start of the container before the first check."""
    period_seconds: PositiveSeconds = 10
    """Seconds between two checks."""
    timeout_seconds: PositiveSeconds = 3
    """Timeout of a check in seconds."""
    failure_threshold: Positive = 3
    """Consecutive failed checks after which the probe fails."""
    success_threshold: Positive = 1
    """Consecutive successful checks after a failure; must be 1 except for readiness."""
    termination_grace_seconds: PositiveSeconds | None = None
    """Seconds between SIGTERM and SIGKILL when this probe restarts the container; the pod's when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield an empty command."""
        if isinstance(self.check, Command) and not self.check.command:
            yield Refusal("check.command", "nothing to run", "a command")


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Startup, liveness and readiness checks over HTTP, or one command for all three.

    To set each check separately, use the container's ``startup_probe``, ``liveness_probe`` and ``readiness_probe``.
    """

    port: PortNumber | PortName = "http"
    """Number or name of the port."""
    startup_path: ProbePath = "/startupz"
    """Path that answers 200 when the process has started."""
    liveness_path: ProbePath = "/livez"
    """Path that answers 200 while the process should not be restarted."""
    readiness_path: ProbePath = "/readyz"
    """Path that answers 200 while the process can take work."""
    startup_seconds: PositiveSeconds = 120
    """Maximum startup time in seconds before the container restarts."""
    period_seconds: PositiveSeconds = 10
    """Seconds between two checks."""
    command: tuple[str, ...] = ()
    """Command that exits with 0 while the process is healthy; replaces the HTTP checks."""


def probe_fields(probes: Probes) -> Data:
    """Return the three probes of a container.

    The liveness probe restarts the container after three failed checks, so that one slow response under load causes no
    outage. The readiness probe removes the pod from its Service after two.
    """
    period, started = probes.period_seconds, max(1, -(-probes.startup_seconds // 5))
    return {
        "livenessProbe": probe_data(Probe(check=_check(probes, probes.liveness_path), period_seconds=period)),
        "readinessProbe": probe_data(
            Probe(check=_check(probes, probes.readiness_path), period_seconds=period, failure_threshold=2)
        ),
        "startupProbe": probe_data(
            Probe(check=_check(probes, probes.startup_path), period_seconds=5, failure_threshold=started)
        ),
    }


def probe_data(probe: Probe) -> Data:
    """Return a probe in the form of the API."""
    return {
        **handler(probe.check),
        **compact(
            initialDelaySeconds=probe.initial_delay_seconds or None,
            successThreshold=None if probe.success_threshold == 1 else probe.success_threshold,
            terminationGracePeriodSeconds=probe.termination_grace_seconds,
        ),
        "failureThreshold": probe.failure_threshold,
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
    }


def handler(check: Check) -> Data:
    """Return the handler of a probe or of a lifecycle hook."""
    match check:
        case HttpCheck():
            headers = [{"name": name, "value": value} for name, value in check.headers.items()]
            scheme = None if check.scheme == "HTTP" else check.scheme
            asked = compact(host=check.host, httpHeaders=headers, path=check.path, scheme=scheme)
            return {"httpGet": {**asked, "port": check.port}}
        case GrpcCheck():
            return {"grpc": {"port": check.port, **compact(service=check.service)}}
        case TcpCheck():
            return {"tcpSocket": {"port": check.port}}
        case Command():
            return {"exec": {"command": list(check.command)}}


def _check(probes: Probes, path: str) -> Check:
    if probes.command:
        return Command(command=probes.command)
    return HttpCheck(path=path, port=probes.port)
