"""Files and volumes of a component: the ConfigMap of the project's files, claims, and mounts."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from quantacirc_cdk.kubernetes.claim import Claim
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.retention import retention
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.volume import (
    Mount,
    Volume,
    claim_volume,
    empty_volume,
    host_volume,
    projected_volume,
)
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import claim_name, config_map_name
from quantacirc_cdk.model.needs.needs import ContainerNeeds, OtherContainer
from quantacirc_cdk.model.needs.storage import MountSpec, ProjectFile, VolumeSpec


def file_data(component: Program) -> dict[str, str]:
    """Return the entries of the ConfigMap with the files of all containers of a component."""
    keys = _keys(component)
    return {
        keys[container.name, path, inside]: text
        for container in _containers(component)
        for path, file in container.files
        for inside, text in file.content.items()
    }


def claims(context: Context, name: str) -> list[Claim]:
    """Return the claims that the pods of a component share."""
    if context.component(name, Program).claims_per_pod:
        return []
    return [replace(claim, name=claim_name(name, claim.name)) for claim in _claims(context, name)]


def pod_claims(context: Context, name: str) -> list[Claim]:
    """Return the claims that each pod of a component has separately; they are retained when the workload is deleted."""
    if not context.component(name, Program).claims_per_pod:
        return []
    return [replace(claim, annotations=retention("PersistentVolumeClaim")) for claim in _claims(context, name)]


def _claims(context: Context, name: str) -> list[Claim]:
    return [
        Claim(
            name=key,
            size=volume.size,
            access_modes=[volume.access],
            storage_class=volume.storage_class or context.storage_class,
        )
        for key, volume in _volumes(context.component(name, Program))
        if volume.size
    ]


def volumes(name: str, component: Program) -> list[Volume]:
    """Return the volumes of a component's pods, without the scratch directory."""
    found = {
        key: _volume(name, key, volume)
        for key, volume in _volumes(component)
        if not (volume.size and component.claims_per_pod)
    }
    found |= {volume.name: volume for volume in _file_volumes(name, component).values()}
    return list(found.values())


def mounts(name: str, component: Program, other: OtherContainer | None = None) -> list[Mount]:
    """Return the mounts of files and volumes in a container: the component's own, or another one."""
    whose = "" if other is None else other.name
    seen, keys = _file_volumes(name, component), _keys(component)
    found = [
        _file_mount(seen[whose, path].name, path, file, keys.get((whose, path, next(iter(file.content), ""))))
        for path, file in _files(component if other is None else other)
    ]
    if other is not None:
        return found + [_mount(key, spec) for key, spec in other.mounts.items()]
    return found + [_mount(key, volume.mount) for key, volume in _volumes(component) if volume.mount]


@dataclass(frozen=True, kw_only=True)
class _Container:
    """A container of a component with its files by path, sorted."""

    name: str
    """Name; empty for the component's own container."""
    files: list[tuple[str, ProjectFile]]


def _containers(component: Program) -> list[_Container]:
    others = [*component.init_containers, *component.side_cars]
    return [
        _Container(name="", files=_files(component)),
        *(_Container(name=one.name, files=_files(one)) for one in others),
    ]


def _files(container: ContainerNeeds) -> list[tuple[str, ProjectFile]]:
    return [(path, file) for path, file in sorted(container.files.items()) if file is not None]


def _keys(component: Program) -> dict[tuple[str, str, str], str]:
    """Return the ConfigMap key of each file, by container, path and name. Different texts never share a key."""
    found: dict[tuple[str, str, str], str] = {}
    texts: dict[str, str] = {}
    for container in _containers(component):
        for path, file in container.files:
            for inside, text in file.content.items():
                key = _key(path, inside)
                if texts.setdefault(key, text) != text:
                    key = f"{key[:200]}-{_hash(f'{container.name}:{path}:{inside}')}"
                    texts[key] = text
                found[container.name, path, inside] = key
    return found


def _file_volumes(name: str, component: Program) -> dict[tuple[str, str], Volume]:
    """Return the volume of each path of each container. Different sources never share a volume."""
    keys = _keys(component)
    found: dict[tuple[str, str], Volume] = {}
    known: dict[str, Volume] = {}
    for container in _containers(component):
        for path, file in container.files:
            inside = {one: keys[container.name, path, one] for one in sorted(file.content)} if file.is_folder else {}
            volume = _file_volume(name, path, file, inside)
            if known.setdefault(volume.name, volume) != volume:
                volume = replace(volume, name=f"{volume.name[:54]}-{_hash(f'{container.name}:{path}')}")
                known[volume.name] = volume
            found[container.name, path] = volume
    return found


def _volumes(component: Program) -> Iterator[tuple[str, VolumeSpec]]:
    return ((key, volume) for key, volume in component.volumes.items() if volume is not None)


def _volume(name: str, key: str, volume: VolumeSpec) -> Volume:
    if volume.empty is not None:
        return empty_volume(key, size=volume.empty.size, memory=volume.empty.memory)
    if volume.host is not None:
        return host_volume(key, volume.host.path, reason=volume.host.reason, kind=volume.host.type)
    if volume.projected is not None:
        return projected_volume(key, volume.projected)
    return claim_volume(key, volume.claim or claim_name(name, key))


def _mount(volume: str, spec: MountSpec) -> Mount:
    return Mount(
        volume=volume,
        path=spec.path,
        read_only=spec.read_only,
        sub_path=spec.sub_path,
        propagation=spec.propagation,
    )


def _file_volume(name: str, path: str, file: ProjectFile, inside: Mapping[str, str]) -> Volume:
    """Return the volume of a path. Single files of the project with the same permissions share one.

    ``inside`` contains the keys of a folder's files.
    """
    chosen = {file.key: file.key} if file.key else file.items
    items = [{"key": key, "path": place} for key, place in chosen.items()]
    common = compact(defaultMode=file.mode, items=items, optional=file.optional or None)
    if file.secret:
        source: Mapping[str, object] = {"secret": {"defaultMode": 0o440, "secretName": file.secret, **common}}
    elif file.config_map:
        source = {"configMap": {"name": file.config_map, **common}}
    else:
        own: list[Data] = [{"key": key, "path": one} for one, key in inside.items()]
        source = {"configMap": compact(name=config_map_name(name), defaultMode=file.mode, items=own)}
    return Volume(name=_volume_name(path, file), source=source)


def _file_mount(volume: str, path: str, file: ProjectFile, own_key: str | None) -> Mount:
    single = file.key or (None if file.secret or file.config_map or file.is_folder else own_key)
    return Mount(volume=volume, path=path, read_only=True, sub_path=single)


def _volume_name(path: str, file: ProjectFile) -> str:
    if file.secret or file.config_map or file.is_folder:
        return _slug("at", path)
    return "files" if file.mode is None else f"files-{file.mode:o}"


def _key(path: str, inside: str) -> str:
    """Return the ConfigMap key of a file: its path in the container."""
    whole = path.strip("/") if not inside or path.rsplit("/", 1)[-1] == inside else f"{path.strip('/')}/{inside}"
    key = whole.replace("/", ".")
    lossless = re.fullmatch(r"[A-Za-z0-9_/-]+(\.[A-Za-z0-9]+)?", whole)
    if lossless:
        return key
    known = re.sub(r"[^-._A-Za-z0-9]", "_", re.sub(r"^\.\.", "__", key))  # no key begins with two dots
    return f"{known[:200]}-{_hash(whole)}"


def _slug(prefix: str, path: str) -> str:
    words = path.strip("/").replace("/", "-")
    fits = re.fullmatch(r"[a-z0-9/]+", path) and len(words) < 60
    return f"{prefix}-{words}" if fits else f"{prefix}-{re.sub(r'[^a-z0-9]+', '-', words.lower())[:40]}-{_hash(path)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
