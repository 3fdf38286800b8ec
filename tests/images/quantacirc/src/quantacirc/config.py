"""Configuration: environment variables ``QUANTACIRC_*`` for what is not secret, files for what is.

``<TARGET>_CREDENTIALS`` names a directory in which each file holds one value, as a mounted Secret does.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "QUANTACIRC_"


class ConfigError(Exception):
    """The environment does not describe a process that can start."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """How a process reaches the others and which ports it listens on."""

    role: str
    bus_url: str
    bus_user: str
    """User on the bus, and the name of the process's durable consumers."""
    bus_password: str | None = field(repr=False)
    bus_ca: str | None = field(repr=False)
    """Certificate of the authority that the bus's own is signed by; none where traffic is not encrypted."""
    inbox_prefix: str
    consumes: tuple[str, ...]
    """Subjects whose messages are for this process."""
    ledger: Mapping[str, str] = field(repr=False)
    """``host``, ``port``, ``database``, ``username``, ``password``, ``ca.crt`` where the server has a certificate."""
    artifacts: Mapping[str, str] = field(repr=False)
    """``bucket``, ``region``, ``endpoint``, ``access-key-id``, ``secret-access-key``; or one ``url``."""
    http_port: int
    metrics_port: int
    grace_seconds: float
    """Seconds from SIGTERM in which the process finishes what it holds; a tenth less than it is granted, so that the
    process and not SIGKILL ends the work."""


def read(role: str, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration of ``role``; raises ``ConfigError`` naming every variable that is wrong."""
    reader = _Reader(environ)
    user = reader.text("BUS_USER", role)
    config = Config(
        role=role,
        bus_url=reader.text("BUS_URL", "nats://localhost:4222"),
        bus_user=user,
        bus_password=reader.file("BUS_PASSWORD_FILE"),
        bus_ca=reader.file("BUS_CA_FILE"),
        inbox_prefix=reader.text("BUS_INBOX_PREFIX", f"_INBOX_{user}"),
        consumes=tuple(subject for subject in reader.text("BUS_CONSUMES", "").split(",") if subject),
        ledger=reader.directory("LEDGER_CREDENTIALS"),
        artifacts=reader.directory("ARTIFACTS_CREDENTIALS"),
        http_port=reader.number("HTTP_PORT", 8080),
        metrics_port=reader.number("METRICS_PORT", 9090),
        grace_seconds=reader.number("TERMINATION_GRACE_SECONDS", 60) * 0.9,
    )
    if reader.problems:
        raise ConfigError("; ".join(reader.problems))
    return config


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(PREFIX + name) or default

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or int(value) == 0:
            self.problems.append(f'{PREFIX}{name} is "{value}", expected a positive number')
            return default
        return int(value)

    def file(self, name: str) -> str | None:
        path = self.text(name, "")
        return self._read(name, Path(path)) if path else None

    def directory(self, name: str) -> dict[str, str]:
        path = self.text(name, "")
        if not path:
            return {}
        try:
            # The kubelet keeps the files in a directory whose name starts with two dots.
            names = sorted(entry.name for entry in Path(path).iterdir() if not entry.name.startswith("."))
        except OSError as error:
            self.problems.append(f"{PREFIX}{name}: {path}: {error.strerror}")
            return {}
        return {entry: self._read(name, Path(path, entry)) or "" for entry in names}

    def _read(self, name: str, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            self.problems.append(f"{PREFIX}{name}: {path}: {error.strerror}")
            return None
