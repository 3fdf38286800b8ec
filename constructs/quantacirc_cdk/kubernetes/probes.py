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
    """HTTP, or HTTPS, whose certificate is not verified."""
    headers: Mapping[HeaderName, str] = field(default_factory=dict)
    host: str | None = None
    """Host name to connect to in place of the pod's address."""


@dataclass(frozen=True, kw_only=True)
class GrpcCheck:
    """A call of the gRPC health checking protocol (https://github.com/grpc/grpc/blob/master/doc/health-checking.md)."""

    port: PortNumber
    """Number of the port: Kubernetes takes no name here."""
    service: str = ""
    """Name of the service; the server as a whole when empty."""


@dataclass(frozen=True, kw_only=True)
class TcpCheck:
    """A connection that can be opened."""

    port: PortNumber | PortName
    """Number or name of the port."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command in the container that exits 0."""

    command: Sequence[str]


Check = HttpCheck | GrpcCheck | TcpCheck | Command


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One health check: what is looked at, and how often."""

    check: Check
    initial_delay_seconds: Seconds = 0
    """Seconds after the start of the container before the first look."""
    period_seconds: PositiveSeconds = 10
    """Seconds between two looks."""
    timeout_seconds: PositiveSeconds = 3
    """Seconds after which a look has failed."""
    failure_threshold: Positive = 3
    """Failed looks in a row before the probe has failed."""
    success_threshold: Positive = 1
    """Looks in a row that must succeed after a failure; more than one for readiness only."""
    termination_grace_seconds: PositiveSeconds | None = None
    """Seconds between SIGTERM and SIGKILL when this probe restarts the container; the pod's when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a command that is empty."""
        if isinstance(self.check, Command) and not self.check.command:
            yield Refusal("check.command", "nothing to run", "a command")


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Startup, liveness and readiness over HTTP, or one command for all three.

    A container's ``startup_probe``, ``liveness_probe`` and ``readiness_probe`` say each of them apart.
    """

    port: PortNumber | PortName = "http"
    """Number or name of the port that answers."""
    startup_path: ProbePath = "/startupz"
    """Answers 200 once the process has started."""
    liveness_path: ProbePath = "/livez"
    """Answers 200 while the process should not be restarted."""
    readiness_path: ProbePath = "/readyz"
    """Answers 200 while the process can take work."""
    startup_seconds: PositiveSeconds = 120
    """Seconds a start may take before the container is restarted."""
    period_seconds: PositiveSeconds = 10
    """Seconds between two looks."""
    command: tuple[str, ...] = ()
    """Exits 0 while the process is well; used instead of HTTP when given."""


def probe_fields(probes: Probes) -> Data:
    """Return the three probes of a container.

    Liveness waits three periods before it restarts, so that one slow answer under load is no outage; readiness takes
    the pod out of its Service after two.
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
    """Return a probe as the API has it."""
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
    """Return what a probe, or a lifecycle hook, does."""
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
