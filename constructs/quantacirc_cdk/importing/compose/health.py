"""Read the health check of a Compose service."""

import re
from pathlib import Path
from typing import Any

from quantacirc_cdk.importing.compose.references import for_process, for_shell
from quantacirc_cdk.importing.compose.secret import referred
from quantacirc_cdk.importing.compose.service import LAPTOP, UNKNOWN, Service
from quantacirc_cdk.importing.compose.shell import Reference, UnsetError
from quantacirc_cdk.importing.compose.values import seconds
from quantacirc_cdk.importing.images import short_name
from quantacirc_cdk.model.document import Place

NO_SHELL = (
    "It contains a variable of `.env` that can be a password, and the image may have no shell to read it: set a probe."
)
_DISTRIBUTION = re.compile(r"alpine|bionic|bookworm|bullseye|debian|focal|jammy|noble|slim|trixie|ubuntu")
"""Part of the tags of images with a shell."""
_WITH_SHELL = (
    *("cassandra", "clickhouse-server", "couchdb", "cp-kafka", "cp-zookeeper", "elasticsearch", "httpd", "influxdb"),
    *("kafka", "keydb", "mariadb", "memcached", "mongo", "mongodb", "mysql", "neo4j", "nginx", "opensearch"),
    *("percona", "pgvector", "postgis", "postgres", "postgresql", "rabbitmq", "redis", "redis-stack", "timescaledb"),
    *("valkey", "zookeeper"),
)
"""Last parts of the names of images that start with a shell script."""


def healthcheck(service: Service, value: Any, place: Place) -> None:
    """Read a health check: it becomes a readiness probe.

    Its defaults: https://docs.docker.com/reference/dockerfile/#healthcheck.
    """
    test, filled = value.get("test"), {}
    for key in value.keys() - {"test"}:
        try:
            filled[key] = service.shell.filled(value[key])
        except UnsetError as error:
            service.left((*place, key), error.reason)
    words = list(map(str, test)) if isinstance(test, list) else ["CMD-SHELL", str(test)]
    if filled.get("disable") or not test or words[0] == "NONE":
        service.left(place, "It has no command.")
        return
    command = _probe(service, words, (*place, "test"))
    if command is None:
        return
    service.inside(("readinessProbe", "exec", "command"), command, (*place, "test"))
    for key, ours, default in (
        ("interval", "periodSeconds", "30s"),
        ("timeout", "timeoutSeconds", "30s"),
        ("start_period", "initialDelaySeconds", None),
    ):
        if stated := filled.get(key, default):
            service.inside(("readinessProbe", ours), seconds(stated), (*place, key) if key in filled else place)
    if "retries" in filled:
        service.inside(("readinessProbe", "failureThreshold"), max(1, int(filled["retries"])), (*place, "retries"))
    for key in filled.keys() - {"test", "interval", "timeout", "start_period", "retries"}:
        service.left((*place, key), LAPTOP if key in ("disable", "start_interval") else UNKNOWN)


def _probe(service: Service, words: list[str], place: Place) -> list[str] | None:
    """Return the command of a test; None, after a report, for one that cannot be had without a password in it.

    Kubernetes replaces no variables in the command of a probe: a shell in the container does.
    """
    try:
        found = [service.shell.parts(one) for one in words[1:]]
    except UnsetError as error:
        service.left(place, error.reason)
        return None
    hidden = any(isinstance(one, Reference) for parts in found for one in parts)
    if words[0] == "CMD-SHELL":
        script = for_shell(referred(service, [part for parts in found for part in parts])) if hidden else None
        plain = None if hidden else ["sh", "-c", *("".join(map(str, parts)) for parts in found)]
        command = ["sh", "-c", script] if script is not None else plain
    elif not hidden:
        command = ["".join(map(str, parts)) for parts in found]
    elif _has_shell(service):
        command = ["sh", "-c", f"exec {' '.join(for_process(referred(service, parts)) for parts in found)}"]
    else:
        command = None
    if command is None:
        service.left(place, NO_SHELL)
    return command


def _has_shell(service: Service) -> bool:
    """Return whether the image of a service has a shell: it starts one, or is one of images that are known to."""
    started = [service.data.get(key) for key in ("entrypoint", "command")]
    first = [str(one[0]) if isinstance(one, list) and one else str(one).partition(" ")[0] for one in started]
    image, tag = short_name(str(service.container.get("image"))), str(service.container.get("image")).rpartition(":")[2]
    return (
        any(Path(one).name in ("ash", "bash", "sh") for one in first)
        or bool(_DISTRIBUTION.search(tag))
        or any(f"-{image}".endswith(f"-{name}") for name in _WITH_SHELL)
    )
