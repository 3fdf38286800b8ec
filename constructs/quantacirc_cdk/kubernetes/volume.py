"""Volumes of a pod and their mounts in containers."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import DnsLabel, MountPath, SubPath


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume of a pod."""

    name: DnsLabel
    source: Mapping[str, object]
    """Source as in the API, such as ``{"emptyDir": {}}``."""
    reason: str = ""
    """Reason for a ``hostPath`` volume; required for it, and refused for others."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a volume without exactly one source, and a ``hostPath`` without a reason."""
        if len(self.source) != 1:
            yield Refusal("source", f"{len(self.source)} sources", "one")
        if "hostPath" in self.source and not self.reason:
            yield Refusal("", f"volume {self.name}: a `hostPath` without a reason", "`reason`")


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A mount of a volume in a container."""

    volume: DnsLabel
    """Name of the volume or of the claim template."""
    path: MountPath
    read_only: bool = False
    sub_path: SubPath | None = None
    """Path inside the volume."""
    sub_path_expression: SubPath | None = None
    """Path inside the volume with ``$(NAME)`` for environment variables; instead of ``sub_path``."""
    propagation: Literal["HostToContainer", "Bidirectional"] | None = None
    """HostToContainer or Bidirectional; none when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield two paths inside the volume."""
        if self.sub_path is not None and self.sub_path_expression is not None:
            yield Refusal("sub_path_expression", f"beside sub_path {describe(self.sub_path)}", "one of them")


_LONGEST_NAME = 63
"""Maximum length of a volume's name (RFC 1123)."""


def volume_name(*parts: str) -> str:
    """Return a valid volume name from the names of its sources: a label, although names and keys of Secrets can contain
    dots.

    A name that is shortened, or whose characters are replaced, ends in a hash of the full name.
    """
    plain = "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)))
    if len(plain) <= _LONGEST_NAME and all(re.fullmatch(r"[/.]*[A-Za-z0-9][-A-Za-z0-9_./]*", part) for part in parts):
        return plain
    digest = hashlib.sha256((plain if len(plain) > _LONGEST_NAME else "-".join(parts)).encode()).hexdigest()[:8]
    return f"{plain[: _LONGEST_NAME - 9].rstrip('-')}-{digest}"


def scratch(name: str, size: str) -> Volume:
    """Return an empty directory that is deleted with the pod. The pod is evicted above ``size``."""
    return empty_volume(name, size=size)


def empty_volume(name: str, *, size: str | None = None, memory: bool = False) -> Volume:
    """Return an empty directory that is deleted with the pod, on the node's disk or in memory."""
    return Volume(name=name, source={"emptyDir": compact(medium="Memory" if memory else None, sizeLimit=size)})


def config_volume(
    name: str,
    config_map: str,
    *,
    mode: int | None = None,
    items: Mapping[str, str] | None = None,
    optional: bool = False,
) -> Volume:
    """Return a volume with keys of a ConfigMap as files: all, or ``items`` with their paths. ``mode`` 0o555 makes them
    executable.
    """
    chosen = [{"key": key, "path": path} for key, path in (items or {}).items()]
    source = compact(name=config_map, defaultMode=mode, items=chosen, optional=optional or None)
    return Volume(name=name, source={"configMap": source})


def secret_volume(
    name: str, secret: str, keys: Sequence[str] | Mapping[str, str] = (), *, optional: bool = False, mode: int = 0o440
) -> Volume:
    """Return a volume with keys of a Secret, all by default, as files that only the pod's group can read.

    A mapping sets the path of each key.
    """
    paths = keys if isinstance(keys, Mapping) else {key: key for key in keys}
    items = [{"key": key, "path": path} for key, path in paths.items()]
    source = compact(secretName=secret, items=items, optional=optional or None) | {"defaultMode": mode}
    return Volume(name=name, source={"secret": source})


def secrets_volume(name: str, secrets: Sequence[tuple[str, Sequence[str], bool]], *, mode: int = 0o440) -> Volume:
    """Return a volume with keys of several Secrets in one directory, as files that only the pod's group can read.

    Each has the name of the Secret, its keys, all when empty, and whether it is optional.
    """
    sources = [
        {"secret": compact(name=secret, items=[{"key": key, "path": key} for key in keys], optional=optional or None)}
        for secret, keys, optional in secrets
    ]
    return projected_volume(name, sources, mode=mode)


def claim_volume(name: str, claim: str, *, read_only: bool = False) -> Volume:
    """Return a volume for a PersistentVolumeClaim of the namespace."""
    return Volume(name=name, source={"persistentVolumeClaim": compact(claimName=claim, readOnly=read_only or None)})


def host_volume(name: str, path: str, *, reason: str, kind: str | None = None) -> Volume:
    """Return a volume for a path of the node, with the reason; ``kind`` as in the API, such as
    ``DirectoryOrCreate``.
    """
    return Volume(name=name, source={"hostPath": compact(path=path, type=kind)}, reason=reason)


def projected_volume(name: str, sources: Sequence[Mapping[str, object]], *, mode: int | None = None) -> Volume:
    """Return a volume with several sources, as in the API, in one directory."""
    return Volume(name=name, source={"projected": compact(defaultMode=mode, sources=list(sources))})


def volume_data(volume: Volume) -> Data:
    """Return an entry of a pod's ``volumes``."""
    return {"name": volume.name, **volume.source}


def mount_data(mount: Mount) -> Data:
    """Return an entry of a container's ``volumeMounts``."""
    return compact(
        name=mount.volume,
        mountPath=mount.path,
        mountPropagation=mount.propagation,
        readOnly=mount.read_only or None,
        subPath=mount.sub_path,
        subPathExpr=mount.sub_path_expression,
    )
