"""Volumes of a pod in Compose: files beside the Compose file, named volumes, tmpfs, and substitutes for Secrets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.secrets import View
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import Data


@dataclass(kw_only=True)
class Mounts:
    """The volumes of one service."""

    volumes: list[Data] = field(default_factory=list)
    tmpfs: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Files to write, by their path beside the Compose file."""
    owned: dict[str, int] = field(default_factory=dict)
    """The user that owns each named volume."""
    missing: list[str] = field(default_factory=list)
    """Sources of volumes that do not exist on a laptop, with the service and the place."""


def mounts(workload: Workload, container: Data, service: str, manifests: Manifests) -> Mounts:
    """Return the volumes of a container. Raises ``PropsError`` for a type of volume that Compose does not have."""
    user = user_id(workload, container)
    shared = _shared(workload)
    sources = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    found = Mounts()
    for mount in container.get("volumeMounts", []):
        name, target = mount["name"], mount["mountPath"]
        source = sources.get(name, {})
        if name in workload.claims or "persistentVolumeClaim" in source or name in shared:
            volume = source.get("persistentVolumeClaim", {}).get("claimName", f"{workload.name}-{name}")
            found.volumes.append(_named(volume, mount))
            found.owned |= {volume: user} if user is not None else {}
        elif "configMap" in source:
            _config(found, source["configMap"], mount, manifests)
        elif "secret" in source:
            _secret(found, source["secret"]["secretName"], source["secret"], mount, service, user)
        elif "projected" in source:
            _projected(found, source["projected"].get("sources", []), mount, service, user, manifests)
        elif "hostPath" in source:
            found.volumes.append(
                {"type": "bind", "source": source["hostPath"]["path"], "target": target}
                | ({"read_only": True} if mount.get("readOnly") else {})
            )
        elif "emptyDir" in source:
            found.tmpfs.append(_memory(target, source["emptyDir"]))
        else:
            kinds = ", ".join(key for key in source if key != "name") or "no volume"
            raise PropsError(Problem(key=f"{service}{target}", what=kinds, expected="a volume that Compose can mount"))
    found.volumes += {view.folder: view.mount() for view in found.views}.values()
    return found


def _config(found: Mounts, source: Data, mount: Data, manifests: Manifests) -> None:
    """Add the files of a ConfigMap: one file, renamed files, or the whole folder."""
    config, target = source["name"], mount["mountPath"]
    found.files |= {f"config/{config}/{key}": text for key, text in manifests.config(config).items()}
    items = {item["path"]: item["key"] for item in source.get("items", [])}
    if "subPath" in mount:
        key = items.get(mount["subPath"], mount["subPath"])
        found.volumes.append(file_mount(f"./config/{config}/{key}", target))
    elif items:
        found.volumes += [file_mount(f"./config/{config}/{key}", f"{target}/{one}") for one, key in items.items()]
    else:
        found.volumes.append(file_mount(f"./config/{config}", target))


def _secret(found: Mounts, secret: str, source: Data, mount: Data, service: str, user: int | None) -> None:
    items = {item["key"]: item["path"] for item in source.get("items", [])}
    single = mount.get("subPath", "")
    items = items or ({single: single} if single else {})
    found.views.append(
        View(service=service, secret=secret, target=mount["mountPath"], user=user or 0, items=items, single=single)
    )


def _projected(
    found: Mounts, sources: Sequence[Data], mount: Data, service: str, user: int | None, manifests: Manifests
) -> None:
    """Add a projected volume, as far as Compose supports it: Secrets, or the files of ConfigMaps.

    There is no API for tokens or pod fields on a laptop. Without files, the directory is empty.
    """
    secrets = [one["secret"] for one in sources if "secret" in one]
    configs = [one["configMap"] for one in sources if "configMap" in one]
    if secrets and not configs:
        for one in secrets:
            _secret(found, one["name"], one, mount, service, user)
        return
    others = sorted({key for one in sources for key in one} - {"configMap"})
    found.missing += [f"{key} in {service}{mount['mountPath']}" for key in others]
    for one in configs:
        items = one.get("items") or [{"key": key, "path": key} for key in sorted(manifests.config(one["name"]))]
        _config(found, {**one, "items": items}, mount, manifests)
    if not configs:
        found.tmpfs.append(_memory(mount["mountPath"], {}))


def file_mount(source: str, target: str) -> Data:
    """Return the mount of a file or folder beside the Compose file."""
    return {"type": "bind", "source": source, "target": target, "read_only": True}


def user_id(workload: Workload, container: Data) -> int | None:
    """Return the user of a container's processes; None for the user of the image."""
    own, pod = container.get("securityContext", {}), workload.pod.get("securityContext", {})
    found = own.get("runAsUser", pod.get("runAsUser"))
    return None if found is None else int(found)


def _shared(workload: Workload) -> set[str]:
    """Return the directories that several containers of a pod share, which a separate tmpfs would hide."""
    every = (*workload.pod.get("initContainers", []), *workload.pod["containers"])
    seen = [name for one in every for name in {mount["name"] for mount in one.get("volumeMounts", [])}]
    empty = {volume["name"] for volume in workload.pod.get("volumes", []) if "emptyDir" in volume} - {"tmp", "scratch"}
    return {name for name in empty if seen.count(name) > 1}


def _named(volume: str, mount: Data) -> Data:
    found: Data = {"type": "volume", "source": volume, "target": mount["mountPath"]}
    found |= {"read_only": True} if mount.get("readOnly") else {}
    return found | ({"volume": {"subpath": mount["subPath"]}} if "subPath" in mount else {})


def _memory(target: str, source: Data) -> str:
    return ",".join([f"{target}:mode=1777", *_size(source)])


def _size(source: Data) -> Iterator[str]:
    if "sizeLimit" in source:
        yield f"size={int(parse_quantity(source['sizeLimit']))}"
