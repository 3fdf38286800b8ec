"""What stands in for Secrets: a volume with a folder for each service, in which it sees what its pod would see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.manifests import Data

VOLUME = "secrets"
VARIABLES = "/run/variables"
"""Folder of the files whose content becomes environment variables."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What one service sees of one Secret."""

    service: str
    secret: str
    target: str
    """Where the service has it."""
    user: int
    """User that may read it."""
    single: str = ""
    """The one file that stands at ``target``; a folder does when empty."""
    items: Mapping[str, str] = field(default_factory=dict)
    """File names by key; all keys under their own names when empty."""

    @property
    def folder(self) -> str:
        """Folder of the volume."""
        return f"{self.service}{self.target}"

    def mount(self) -> Data:
        """Return the mount."""
        subpath = {"subpath": f"{self.folder}/{self.single}" if self.single else self.folder}
        return {"type": "volume", "source": VOLUME, "target": self.target, "read_only": True, "volume": subpath}

    def line(self) -> str:
        """Return what ``prepare.sh`` reads."""
        items = (f"{key}:{path}" for key, path in sorted(self.items.items()))
        return " ".join([self.folder, str(self.user), self.secret, *items])


def made(manifests: Manifests) -> tuple[Workload | None, dict[str, str]]:
    """Return the Job that makes Secrets in the cluster and the files it reads; no Job where people make them."""
    for job in manifests.jobs:
        mounted = [volume.get("configMap", {}).get("name", "") for volume in job.pod.get("volumes", [])]
        files = {name: text for config in mounted for name, text in manifests.config(config).items()}
        if "create-secrets.sh" in files:
            return job, files
    return None, {}


def made_names(manifests: Manifests) -> set[str]:
    """Return the names of the Secrets that are made in the cluster, and here."""
    _, files = made(manifests)
    return {line.split()[0] for line in files.get("secrets", "").splitlines()}


def given(views: Sequence[View], lines: str) -> Iterator[tuple[str, str, str]]:
    """Yield secret, key and variable of each value that nobody makes: whoever starts the system gives it."""
    known = {line.split()[0] for line in lines.splitlines()}
    for view in views:
        if view.secret not in known:
            for key in sorted(view.items):
                yield view.secret, key, variable(view.secret, key)


def variable(secret: str, key: str) -> str:
    """Return the environment variable that gives a value: the key, when it is written like one."""
    name = key if key.isupper() else f"{secret}_{key}".upper()
    return "".join(character if character.isalnum() and character.isascii() else "_" for character in name)
