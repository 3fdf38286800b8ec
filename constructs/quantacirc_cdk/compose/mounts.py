"""A pod's volumes as Compose has them: files beside the Compose file, named volumes, memory, Secrets' stand-ins."""

from collections.abc import Iterator
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


def mounts(workload: Workload, container: Data, service: str, manifests: Manifests) -> Mounts:
    """Return the volumes of a container; raises ``PropsError`` for a kind of volume that a laptop does not have."""
    user = user_id(workload)
    sources = {volume["name"]: volume for volume in workload.pod.get("volumes", [])}
    found = Mounts()
    for mount in container.get("volumeMounts", []):
        name, target = mount["name"], mount["mountPath"]
        source = sources.get(name, {})
        if name in workload.claims:
            volume = f"{workload.name}-{name}"
            found.volumes.append({"type": "volume", "source": volume, "target": target})
            found.owned[volume] = user
        elif "configMap" in source:
            config = source["configMap"]["name"]
            files = {f"config/{config}/{key}": text for key, text in manifests.config(config).items()}
            found.files |= files
            path = f"./config/{config}" + (f"/{mount['subPath']}" if "subPath" in mount else "")
            found.volumes.append(file_mount(path, target))
        elif "secret" in source:
            secret = source["secret"]
            items = {item["key"]: item["path"] for item in secret.get("items", [])}
            view = View(service=service, secret=secret["secretName"], target=target, user=user, items=items)
            found.views.append(view)
        elif "emptyDir" in source:
            found.tmpfs.append(_memory(target, source["emptyDir"]))
        else:
            kinds = ", ".join(key for key in source if key != "name") or "no volume"
            raise PropsError(Problem(key=f"{service}{target}", what=kinds, expected="a volume that Compose can mount"))
    found.volumes += [view.mount() for view in found.views]
    return found


def file_mount(source: str, target: str) -> Data:
    """Return the mount of a file or folder beside the Compose file."""
    return {"type": "bind", "source": source, "target": target, "read_only": True}


def user_id(workload: Workload) -> int:
    """Return the user that a pod's processes run as."""
    return int(workload.pod["securityContext"]["runAsUser"])


def _memory(target: str, source: Data) -> str:
    return ",".join([f"{target}:mode=1777", *_size(source)])


def _size(source: Data) -> Iterator[str]:
    if "sizeLimit" in source:
        yield f"size={int(parse_quantity(source['sizeLimit']))}"
