"""Substitute for Secrets: a volume with a folder for each service, which contains what the pod would see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.manifests import Data

VOLUME = "secrets"
VARIABLES = "/run/variables"
"""Folder of the files that become environment variables."""


@dataclass(frozen=True, kw_only=True)
class View:
    """The files of a Secret that a service sees."""

    service: str
    secret: str
    target: str
    """Path in the service."""
    user: int
    """User that can read the files."""
    single: str = ""
    """Name of the only file, which is mounted at ``target``; when empty, the folder is mounted."""
    items: Mapping[str, str] = field(default_factory=dict)
    """File names by key; when empty, all keys with their own names."""

    @property
    def folder(self) -> str:
        """Folder of the volume."""
        return f"{self.service}{self.target}"

    def mount(self) -> Data:
        """Return the mount."""
        subpath = {"subpath": f"{self.folder}/{self.single}" if self.single else self.folder}
        return {"type": "volume", "source": VOLUME, "target": self.target, "read_only": True, "volume": subpath}

    def line(self) -> str:
        """Return the input line for ``prepare.sh``."""
        items = (f"{key}:{path}" for key, path in sorted(self.items.items()))
        return " ".join([self.folder, str(self.user), self.secret, *items])


def made(manifests: Manifests) -> tuple[Workload | None, dict[str, str]]:
    """Return the Job that generates Secrets in the cluster and its files; None if there is no such Job."""
    for job in manifests.jobs:
        mounted = [volume.get("configMap", {}).get("name", "") for volume in job.pod.get("volumes", [])]
        files = {name: text for config in mounted for name, text in manifests.config(config).items()}
        if "create-secrets.sh" in files:
            return job, files
    return None, {}


def made_names(manifests: Manifests) -> set[str]:
    """Return the names of the generated Secrets."""
    _, files = made(manifests)
    return {line.split()[0] for line in files.get("secrets", "").splitlines()}


def given(views: Sequence[View], lines: str, manifests: Manifests) -> Iterator[tuple[str, str, str]]:
    """Yield Secret, key and environment variable of each value that is not generated: the user who starts the system
    sets it.
    """
    known = {line.split()[0] for line in lines.splitlines()}
    for view in views:
        if view.secret not in known:
            for key in sorted(view.items):
                yield view.secret, key, manifests.outside[view.secret, key]
