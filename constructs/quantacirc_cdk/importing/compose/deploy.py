"""Read the deployment of a Compose service: replicas, resources, updates, labels."""

from typing import Any

from quantacirc_cdk.importing.compose.service import LAPTOP, NODE, UNKNOWN, Reader, Service
from quantacirc_cdk.importing.compose.shell import UnsetError
from quantacirc_cdk.importing.compose.values import bytes_of, pair
from quantacirc_cdk.model.document import Place

_GPU = "nvidia.com/gpu"


def _deploy(service: Service, value: Any, place: Place) -> None:
    for key, one in value.items():
        where = (*place, key)
        if key == "replicas":
            _replicas(service, one, where)
        elif key == "resources":
            _resources(service, one, where)
        elif key == "labels":
            service.left(where, LAPTOP)
        elif key == "update_config":
            _update(service, one, where)
        elif key == "placement":
            _placement(service, one, where)
        elif key == "mode" and service.made.deployment.kind != "Deployment":
            continue
        else:
            service.left(where, LAPTOP)


def _replicas(service: Service, value: Any, place: Place) -> None:
    if service.made.deployment.kind == "Deployment" and not service.number:
        service.made.put(("spec", "replicas"), int(value), place)
    else:
        service.left(place, "Another service, or the nodes, determine the number of its containers.")


def _resources(service: Service, value: Any, place: Place) -> None:
    for group, ours in (("limits", "limits"), ("reservations", "requests")):
        for name, amount in (value.get(group) or {}).items():
            inside = (*place, group, name)
            if name in ("cpus", "memory"):
                _amount(service, ours, name.removesuffix("s"), amount, inside)
            elif name == "devices":
                for index, one in enumerate(amount):
                    _device(service, one, (*inside, index))
            else:
                service.left(inside, NODE if name == "pids" else UNKNOWN)
    for name in value.keys() - {"limits", "reservations"}:
        service.left((*place, name), UNKNOWN)


def _amount(service: Service, group: str, name: str, amount: Any, place: Place) -> None:
    text = str(amount) if name == "cpu" else bytes_of(str(amount))
    service.inside(("resources", group, name), text, place)


def _device(service: Service, one: Any, place: Place) -> None:
    if "gpu" not in (one.get("capabilities") or []) or one.get("driver", "nvidia") != "nvidia":
        service.left(place, NODE)
        return
    count = one.get("count", len(one.get("device_ids") or []) or "all")
    _gpus(service, count, place)


def _gpus(service: Service, value: Any, place: Place) -> None:
    if isinstance(value, list):
        value = value[0].get("count", "all") if value else "all"
    if not isinstance(value, int):
        service.note(f"{service.name} uses all GPUs of its host: the import requests one.")
        value = 1
    service.inside(("resources", "limits", _GPU), str(value), place)


def _limit(group: str, name: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        _amount(service, group, name, value, place)

    return read


def _update(service: Service, value: Any, place: Place) -> None:
    if service.made.deployment.kind == "Deployment" and str(value.get("parallelism", "")).isdigit():
        first = value.get("order") == "start-first"
        key = "maxSurge" if first else "maxUnavailable"
        number = int(value["parallelism"]) or "100%"
        service.made.put(("spec", "strategy", "rollingUpdate", key), number, (*place, "parallelism"))
        if not first:
            service.made.put(("spec", "strategy", "rollingUpdate", "maxSurge"), 0, (*place, "parallelism"))
        rest = value.keys() - {"parallelism", "order"}
    else:
        rest = value.keys()
    for key in rest:
        service.left((*place, key), UNKNOWN)


def _placement(service: Service, value: Any, place: Place) -> None:
    for key in value:
        service.left((*place, key), "Its labels are those of Swarm's nodes: set `placement` of the component.")


def _pairs(value: Any, place: Place) -> list[tuple[str, str, Place]]:
    if isinstance(value, dict):
        return [(str(key), "" if one is None else str(one), (*place, key)) for key, one in value.items()]
    stated = [(*pair(str(one)), (*place, index)) for index, one in enumerate(value or [])]
    return [(key, text or "", where) for key, text, where in stated]


def _labels(service: Service, value: Any, place: Place) -> None:
    for key, text, where in _pairs(value, place):
        try:
            service.made.annotate(key, service.shell.text(text), where)
        except UnsetError as error:
            service.left(where, error.reason)


def _platform(service: Service, value: Any, place: Place) -> None:
    _, _, architecture = str(value).partition("/")
    if architecture.partition("/")[0] in ("amd64", "arm64"):
        service.in_pod(("nodeSelector", "kubernetes.io/arch"), architecture.partition("/")[0], place)
    else:
        service.left(place, NODE)


def _runtime(service: Service, _: Any, place: Place) -> None:
    service.left(place, "A RuntimeClass of the cluster has another name: set `placement.runtime_class`.")


READERS: dict[str, Reader] = {
    "deploy": _deploy,
    "scale": _replicas,
    "cpus": _limit("limits", "cpu"),
    "mem_limit": _limit("limits", "memory"),
    "mem_reservation": _limit("requests", "memory"),
    "gpus": _gpus,
    "labels": _labels,
    "annotations": _labels,
    "platform": _platform,
    "runtime": _runtime,
}
