"""Volumes of a pod and where a container mounts them."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data, compact


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume of a pod."""

    name: str
    source: Mapping[str, object]
    """Its source as in the API, such as ``{"emptyDir": {}}``."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """Where a container sees a volume."""

    volume: str
    """Name of the volume or of the claim template."""
    path: str
    read_only: bool = False
    sub_path: str | None = None
    """Path inside the volume."""


def scratch(name: str, size: str) -> Volume:
    """Return an empty directory that goes with the pod; writing more than ``size`` evicts it."""
    return Volume(name=name, source={"emptyDir": {"sizeLimit": size}})


def config_volume(name: str, config_map: str, *, mode: int | None = None) -> Volume:
    """Return the keys of a ConfigMap as files; ``mode`` 0o555 makes them executable."""
    return Volume(name=name, source={"configMap": compact(name=config_map, defaultMode=mode)})


def secret_volume(name: str, secret: str, keys: tuple[str, ...] = (), *, optional: bool = False) -> Volume:
    """Return keys of a Secret, all of them by default, as files that only the pod's group can read."""
    items = [{"key": key, "path": key} for key in keys]
    source = compact(secretName=secret, items=items, optional=optional or None) | {"defaultMode": 0o440}
    return Volume(name=name, source={"secret": source})


def volume_data(volume: Volume) -> Data:
    """Return an entry of a pod's ``volumes``."""
    return {"name": volume.name, **volume.source}


def mount_data(mount: Mount) -> Data:
    """Return an entry of a container's ``volumeMounts``."""
    return compact(name=mount.volume, mountPath=mount.path, readOnly=mount.read_only or None, subPath=mount.sub_path)
