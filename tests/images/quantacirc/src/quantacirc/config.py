"""Configuration: environment variables ``QUANTACIRC_*``, each of which may also name a file with ``_FILE``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

PREFIX = "QUANTACIRC_"


class ConfigError(Exception):
    """The environment does not describe a process that can start."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """How a process reaches the others and which ports it listens on."""

    role: str
    bus_url: str
    bus_user: str | None
    bus_password: str | None = field(repr=False)
    ledger_dsn: str = field(repr=False)
    ledger_ca_file: str | None
    artifacts_url: str
    http_port: int
    metrics_port: int
    grace_seconds: float
    """Seconds from SIGTERM in which the process finishes what it holds; less than what the orchestrator of the
    containers grants, so that the process and not SIGKILL ends the work."""


def read(role: str, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration of ``role``; raises ``ConfigError`` naming every variable that is wrong."""
    reader = _Reader(environ)
    config = Config(
        role=role,
        bus_url=reader.text("BUS_URL", "nats://localhost:4222"),
        bus_user=reader.optional("BUS_USER"),
        bus_password=reader.optional("BUS_PASSWORD"),
        ledger_dsn=reader.optional("LEDGER_URL") or _dsn(reader),
        ledger_ca_file=reader.optional("LEDGER_CA_FILE", is_path=True),
        artifacts_url=reader.text("ARTIFACTS_URL", "memory:///"),
        http_port=reader.number("HTTP_PORT", 8080),
        metrics_port=reader.number("METRICS_PORT", 9090),
        grace_seconds=reader.number("TERMINATION_GRACE_SECONDS", 60) * 0.9,
    )
    if reader.problems:
        raise ConfigError("; ".join(reader.problems))
    return config


def _dsn(reader: "_Reader") -> str:
    host, port = reader.text("LEDGER_HOST", "localhost"), reader.number("LEDGER_PORT", 5432)
    user, password = reader.text("LEDGER_USER", "quantacirc"), reader.optional("LEDGER_PASSWORD")
    credentials = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    mode = reader.text("LEDGER_SSLMODE", "prefer")
    return f"postgresql://{credentials}@{host}:{port}/{reader.text('LEDGER_DATABASE', 'quantacirc')}?sslmode={mode}"


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def optional(self, name: str, *, is_path: bool = False) -> str | None:
        value = self.environ.get(PREFIX + name)
        path = None if is_path else self.environ.get(f"{PREFIX}{name}_FILE")
        if value and path:
            self.problems.append(f"{PREFIX}{name} and {PREFIX}{name}_FILE are both set")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{PREFIX}{name}_FILE: {path}: {error.strerror}")
        return value or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def number(self, name: str, default: int) -> int:
        value = self.optional(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or int(value) == 0:
            self.problems.append(f'{PREFIX}{name} is "{value}", expected a positive number')
            return default
        return int(value)
