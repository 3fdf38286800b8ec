"""A small, valid project that a test can bend: a system that is not QuantaCirc."""

from dataclasses import dataclass
from pathlib import Path

CONTAINER = """\
container:
  { environment_prefix: BAKERY_, http_port: 8080, metrics_port: 9090, startup_path: /startupz, liveness_path: /livez, \
readiness_path: /readyz }
"""

SYSTEM = f"""\
name: bakery
{CONTAINER}\
sizes:
  small: {{ cpu: 100m, memory: 128Mi, memory_limit: 256Mi }}
images:
  oven: {{ repository: oven }}
  nats: {{ registry: docker.io, repository: library/nats, tag: "2.11" }}
components:
  baker:
    kind: worker
    image: oven
    consumes: [bakery.orders]
    reaches: [shop]
  shop:
    kind: service
    image: oven
    publishes: [bakery.orders]
    exposed: true
  bus:
    kind: nats
    image: nats
    storage: {{ size: 1Gi, path: /data }}
"""

ENVIRONMENT = """\
target: local
domain: bakery.example
registry: registry.bakery.example
release: { version: 1.0.0 }
cluster:
  kubernetes_version: "1.34"
  context: kind-bakery
owners: [bakers@bakery.example]
"""


@dataclass(frozen=True)
class Project:
    """The folder of a project."""

    root: Path

    @classmethod
    def small(cls, root: Path) -> "Project":
        """Return a project with two components, a bus and one environment, ``home``."""
        project = cls(root)
        project.write_system(SYSTEM)
        project.write_environment("home", ENVIRONMENT)
        return project

    @property
    def system_file(self) -> Path:
        return self.root / "apps" / "system.yaml"

    def environment_file(self, name: str) -> Path:
        return self.root / "apps" / "environments" / f"{name}.yaml"

    def write_system(self, text: str | bytes) -> None:
        _write(self.system_file, text)

    def write_environment(self, name: str, text: str | bytes) -> None:
        _write(self.environment_file(name), text)

    def replace_in_system(self, old: str, new: str) -> None:
        _replace(self.system_file, old, new)

    def replace_in_environment(self, name: str, old: str, new: str) -> None:
        _replace(self.environment_file(name), old, new)


def _write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new))
