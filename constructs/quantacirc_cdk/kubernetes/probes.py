"""Health checks of a container."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Startup, liveness and readiness over HTTP, or one command for all three."""

    port: int | str = "http"
    """Number or name of the port that answers."""
    startup_path: str = "/startupz"
    """Answers 200 once the process has started."""
    liveness_path: str = "/livez"
    """Answers 200 while the process should not be restarted."""
    readiness_path: str = "/readyz"
    """Answers 200 while the process can take work."""
    startup_seconds: int = 120
    """Seconds a start may take before the container is restarted."""
    period_seconds: int = 10
    """Seconds between two looks."""
    command: tuple[str, ...] = ()
    """Exits 0 while the process is well; used instead of HTTP when given."""


def probe_fields(probes: Probes) -> Data:
    """Return the three probes of a container.

    Liveness waits three periods before it restarts, so that one slow answer under load is no outage; readiness takes
    the pod out of its Service after two.
    """
    startup = {"failureThreshold": max(1, -(-probes.startup_seconds // 5)), "periodSeconds": 5, "timeoutSeconds": 3}
    steady = {"periodSeconds": probes.period_seconds, "timeoutSeconds": 3}
    return {
        "livenessProbe": {**_handler(probes, probes.liveness_path), **steady, "failureThreshold": 3},
        "readinessProbe": {**_handler(probes, probes.readiness_path), **steady, "failureThreshold": 2},
        "startupProbe": {**_handler(probes, probes.startup_path), **startup},
    }


def _handler(probes: Probes, path: str) -> Data:
    if probes.command:
        return {"exec": {"command": list(probes.command)}}
    return {"httpGet": {"path": path, "port": probes.port}}
