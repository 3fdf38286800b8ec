"""Translate a Kubernetes container: one table from API fields to keys of a component."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.importing import images
from quantacirc_cdk.importing.source import Data
from quantacirc_cdk.limits.formats import DNS_LABEL

REASON = "The imported source allows it."
"""Reason of each imported exception to *restricted*."""
_PORT = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")


@dataclass
class Pod:
    """Common data of the containers of a pod."""

    spec: Data
    names: Mapping[tuple[str, str], str]
    """New names of ConfigMaps with reserved names, by kind and name."""
    services: list[Data] = field(default_factory=list)
    """Ports of the Service of the component."""
    ports: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Port names by container and by name or number in the source."""
    taken: set[str] = field(default_factory=set)

    def volume(self, name: str) -> Data:
        """Return a volume by its name."""
        return next((one for one in self.spec.get("volumes") or [] if one.get("name") == name), {})

    def port_name(self, wanted: Any, number: Any, protocol: str) -> str:
        """Return the wanted name of a port if it is valid and free, else one with its number."""
        names = (str(wanted), f"port-{number}", f"p-{number}-{protocol.lower()}")
        name = next((one for one in names if _PORT.fullmatch(one) and one not in self.taken), names[-1])
        self.taken.add(name)
        return name

    def service_port_name(self, service: Data, own: str) -> str | None:
        """Return the name of a Service's port if it is valid, free and not that of the container's port."""
        name = service.get("name")
        if not isinstance(name, str) or name == own or not re.fullmatch(DNS_LABEL, name):
            return None
        containers = [*(self.spec.get("containers") or []), *(self.spec.get("initContainers") or [])]
        if name in self.taken or any(one.get("name") == name for each in containers for one in each.get("ports") or []):
            return None
        self.taken.add(name)
        return name

    def config_map(self, name: str) -> str:
        """Return the name of a ConfigMap in the project."""
        return self.names.get(("ConfigMap", name), name)


def container(spec: Data, pod: Pod, *, main: bool) -> Data:
    """Return the keys of a component, or of another container, for a Kubernetes container."""
    found: Data = {}
    for key in sorted(spec.keys() & TABLE.keys(), key=list(TABLE).index):
        if spec[key] not in (None, [], {}, ""):
            _merge(found, TABLE[key](spec[key], spec, pod))
    if not spec.get("imagePullPolicy") and images.parts(str(spec.get("image"))).get("tag") == "latest":
        found["pull_policy"] = "Always"  # The API's default.
    _merge(found, {"security": security(spec, pod.spec, main=main)})
    _probed(found)
    found.setdefault("lifecycle", {})
    if main and "pre_stop" not in found["lifecycle"]:  # which replaces it
        found["lifecycle"]["drain_seconds"] = 0
    volumes = found.pop("mounted", {})
    _merge(found, {"volumes" if main else "mounts": volumes} if volumes else {})
    return {key: value for key, value in found.items() if value not in ({}, [])}


def _probed(found: Data) -> None:
    """Add ports that only probes use, because the model must know all ports of a container."""
    ports: list[Data] = found.get("ports", [])
    known = {one["port"] for one in ports}
    for probe in found.get("probes", {}).values():
        asked = (probe.get("http") or probe.get("grpc") or {}).get("port") or probe.get("tcp")
        if isinstance(asked, int) and ports and asked not in known:
            known.add(asked)
            ports.append({"name": f"probe-{asked}", "port": asked})


def _merge(found: Data, more: Data) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key] |= value
        else:
            found[key] = value


def _ports(value: list[Data], spec: Data, pod: Pod) -> Data:
    found = []
    for one in value:
        number, protocol = one.get("containerPort"), one.get("protocol", "TCP")
        served = [
            service
            for service in pod.services
            if service.get("protocol", "TCP") == protocol
            and service.get("targetPort", service.get("port")) in (number, one.get("name"))
        ]
        served.sort(key=lambda service: service.get("name") != one.get("name"))
        name = pod.port_name(one.get("name") or (served[0].get("name") if served else None), number, protocol)
        for old in (one.get("name"), number):
            pod.ports.setdefault((str(spec.get("name")), old), name)
        entry: Data = {"name": name, "port": number}
        if protocol != "TCP":
            entry["protocol"] = protocol
        if served and served[0].get("port") not in (None, number):
            entry["service_port"] = served[0]["port"]
        offered = pod.service_port_name(served[0], name) if served else None
        if offered:
            entry["service_port_name"] = offered
        if served and served[0].get("appProtocol"):
            entry["app_protocol"] = served[0]["appProtocol"]
        more = [service for service in served[1:] if service.get("port") is not None]
        if more:
            entry["additional_service_ports"] = [_service_port(service, pod, protocol) for service in more]
        found.append(entry)
    return {"ports": found}


def _service_port(service: Data, pod: Pod, protocol: str) -> Data:
    name = pod.service_port_name(service, "") or pod.port_name(None, service["port"], protocol)
    found: Data = {"name": name, "port": service["port"]}
    return found | ({"app_protocol": service["appProtocol"]} if service.get("appProtocol") else {})


def _environment(value: list[Data], _: Data, pod: Pod) -> Data:
    return {"environment": {str(one.get("name")): _variable(one, pod) for one in value}}  # The last of one name wins.


def _variable(one: Data, pod: Pod) -> Any:
    origin = one.get("valueFrom")
    if not origin:
        text = "" if one.get("value") is None else str(one["value"])
        return {"expand": text} if "$(" in text else text
    (kind, at), *_ = origin.items()
    optional = {"optional": True} if at.get("optional") else {}
    match kind:
        case "secretKeyRef":
            return {"secret": at.get("name"), "key": at.get("key"), **optional}
        case "configMapKeyRef":
            return {"config_map": pod.config_map(str(at.get("name"))), "key": at.get("key"), **optional}
        case "fieldRef":
            return {"field": at.get("fieldPath")}
        case "resourceFieldRef":
            divisor = str(at.get("divisor") or "0")
            return {"resource": at.get("resource"), **({} if divisor == "0" else {"divisor": divisor})}
    return ""


def _environment_from(value: list[Data], _: Data, pod: Pod) -> Data:
    found = []
    for one in value:
        more = {"prefix": one["prefix"]} if one.get("prefix") else {}
        reference = one.get("secretRef") or one.get("configMapRef") or {}
        more |= {"optional": True} if reference.get("optional") else {}
        name = str(reference.get("name"))
        found.append({"secret": name, **more} if "secretRef" in one else {"config_map": pod.config_map(name), **more})
    return {"environment_from": found}


def _port(value: Any, spec: Data, pod: Pod) -> Any:
    return pod.ports.get((str(spec.get("name")), value), value) if isinstance(value, str) else value


def _request(value: Data, spec: Data, pod: Pod) -> Data:
    found: Data = {"path": value.get("path") or "/", "port": _port(value.get("port"), spec, pod)}
    if value.get("scheme", "HTTP") != "HTTP":
        found["scheme"] = value["scheme"]
    if value.get("httpHeaders"):
        found["headers"] = {str(one["name"]): str(one["value"]) for one in value["httpHeaders"]}
    return found


_NUMBERS = {
    "initialDelaySeconds": "initial_delay_seconds",
    "periodSeconds": "period_seconds",
    "timeoutSeconds": "timeout_seconds",
    "failureThreshold": "failure_threshold",
    "successThreshold": "success_threshold",
    "terminationGracePeriodSeconds": "termination_grace_seconds",
}


def _probe(key: str) -> "Callable[[Data, Data, Pod], Data]":
    def translate(value: Data, spec: Data, pod: Pod) -> Data:
        found: Data = {"timeout_seconds": 1}  # The API's default, which is not the model's.
        found |= {ours: value[theirs] for theirs, ours in _NUMBERS.items() if value.get(theirs) is not None}
        if value.get("httpGet"):
            found["http"] = _request(value["httpGet"], spec, pod)
        elif value.get("grpc"):
            grpc = value["grpc"]
            found["grpc"] = {"port": grpc.get("port"), **({"service": grpc["service"]} if grpc.get("service") else {})}
        elif value.get("tcpSocket"):
            found["tcp"] = _port(value["tcpSocket"].get("port"), spec, pod)
        elif value.get("exec"):
            found["command"] = list(map(str, value["exec"].get("command") or []))
        return {"probes": {key: found}}

    return translate


def _lifecycle(value: Data, spec: Data, pod: Pod) -> Data:
    found: Data = {}
    for theirs, ours in (("postStart", "post_start"), ("preStop", "pre_stop")):
        hook = value.get(theirs) or {}
        if hook.get("exec"):
            found[ours] = list(map(str, hook["exec"].get("command") or []))
        elif hook.get("httpGet"):
            found[ours] = {"http": _request(hook["httpGet"], spec, pod)}
    return {"lifecycle": found}


def _resources(value: Data, _: Data, __: Pod) -> Data:
    found: Data = {}
    requests, limits = value.get("requests") or {}, value.get("limits") or {}
    for key, place, name in (
        ("cpu", requests, "cpu"),
        ("memory", requests, "memory"),
        ("memory_limit", limits, "memory"),
        ("cpu_limit", limits, "cpu"),
        ("ephemeral_storage", limits, "ephemeral-storage"),
    ):
        if name in place:
            found[key] = str(place[name])
    for name in ("cpu", "memory"):  # Without a request, Kubernetes uses the limit.
        if name in limits and name not in requests:
            found[name] = str(limits[name])
    extended = {name: str(amount) for name, amount in {**requests, **limits}.items() if "/" in name or "-2M" in name}
    return {"resources": {**found, **({"extended": extended} if extended else {})}}


def _mounts(value: list[Data], _: Data, pod: Pod) -> Data:
    files: Data = {}
    volumes: Data = {}
    for one in value:
        path, volume = str(one.get("mountPath")), pod.volume(str(one.get("name")))
        source = volume.get("configMap") or volume.get("secret")
        if source is not None and one.get("subPathExpr") is None:
            files[path] = _file(source, one.get("subPath") or None, pod)
        elif volume_key(str(one.get("name"))) not in volumes:
            options = {
                "path": path,
                "read_only": one.get("readOnly") or None,
                "sub_path": one.get("subPath") or None,
                "propagation": one.get("mountPropagation"),
            }
            stated = {key: option for key, option in options.items() if option is not None}
            volumes[volume_key(str(one.get("name")))] = stated if len(stated) > 1 else path
    return {"files": files, "mounted": volumes}


def volume_key(name: str) -> str:
    """Return the name of a volume in the model, in which `tmp` and `files` are reserved."""
    return f"{name}-volume" if name in ("files", "tmp") else name


def _file(source: Data, sub_path: str | None, pod: Pod) -> Data:
    name = str(source.get("secretName") or source.get("name"))
    found: Data = {"secret": name} if "secretName" in source else {"config_map": pod.config_map(name)}
    items = {str(one.get("key")): str(one.get("path")) for one in source.get("items") or []}
    keys = [key for key, path in items.items() if path == sub_path] if items else [sub_path]
    if sub_path is not None:
        found["key"] = keys[0] if keys else sub_path
    elif items:
        found["items"] = items
    if source.get("defaultMode") is not None:
        found["mode"] = source["defaultMode"]
    elif "secretName" in source:
        found["mode"] = 0o644
    if source.get("optional"):
        found["optional"] = True
    return found


def security(spec: Data, pod: Data, *, main: bool) -> Data:
    """Return the user of a container, and an exception for everything that the source does not restrict."""
    own, shared = spec.get("securityContext") or {}, pod.get("securityContext") or {}
    user, group = own.get("runAsUser"), own.get("runAsGroup")
    found: Data = {}
    if main and user is None:
        user, group = shared.get("runAsUser"), group if group is not None else shared.get("runAsGroup")
    if user is not None:
        found["user"] = user
    if group is not None:
        found["group"] = group
    stated = user if user is not None else shared.get("runAsUser")
    if main and user is None:
        found["image_user"] = True
    if stated == 0 or (stated is None and not own.get("runAsNonRoot", shared.get("runAsNonRoot"))):
        found["root"] = REASON
    if not own.get("readOnlyRootFilesystem"):
        found["writable_root"] = REASON
    if own.get("privileged"):
        found["privileged"] = REASON
    elif own.get("allowPrivilegeEscalation") is not False:
        found["privilege_escalation"] = REASON
    capabilities = own.get("capabilities") or {}
    if "ALL" not in map(str.upper, capabilities.get("drop") or []):
        found["default_capabilities"] = REASON
    if capabilities.get("add"):
        found["capabilities"] = {str(one): REASON for one in capabilities["add"]}
    profile = own.get("seccompProfile") or shared.get("seccompProfile") or {}
    if profile.get("type") == "Unconfined":
        found["unconfined"] = REASON
    return found


TABLE: dict[str, Callable[[Any, Data, Pod], Data]] = {
    "command": lambda value, *_: {"command": list(map(str, value))},
    "args": lambda value, *_: {"args": list(map(str, value))},
    "workingDir": lambda value, *_: {"working_dir": value},
    "imagePullPolicy": lambda value, *_: {} if value == "IfNotPresent" else {"pull_policy": value},
    "ports": _ports,
    "env": _environment,
    "envFrom": _environment_from,
    "startupProbe": _probe("startup"),
    "livenessProbe": _probe("liveness"),
    "readinessProbe": _probe("readiness"),
    "lifecycle": _lifecycle,
    "resources": _resources,
    "volumeMounts": _mounts,
}
"""Translation of each container field for a component or another container."""
