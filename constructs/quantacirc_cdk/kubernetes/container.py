"""A hardened container."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.probes import Command, HttpCheck, Probe, Probes, handler, probe_data, probe_fields
from quantacirc_cdk.kubernetes.resources import SMALL, Resources, resource_requirements
from quantacirc_cdk.kubernetes.security import Security, security_context
from quantacirc_cdk.kubernetes.variable import (
    ConfigKey,
    EnvironmentSource,
    FieldPath,
    ResourceField,
    SecretKey,
    Value,
    environment_sources,
    variables,
)
from quantacirc_cdk.kubernetes.volume import Mount, mount_data
from quantacirc_cdk.limits.check import Refusal, describe, repeated
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import ContainerPath, DnsLabel, ObjectName, PortName, Protocol, VariableName
from quantacirc_cdk.limits.kubernetes_names import AppProtocol

__all__ = [
    "TMP",
    "ConfigKey",
    "Container",
    "ContainerOptions",
    "EnvironmentSource",
    "FieldPath",
    "Hook",
    "Port",
    "ResourceField",
    "SecretKey",
    "ServicePort",
    "Value",
    "container_data",
    "options_of",
]


@dataclass(frozen=True, kw_only=True)
class ServicePort:
    """A port of a Service."""

    name: DnsLabel
    """Name, unique within the Service."""
    port: PortNumber
    """Port number of the Service."""
    app_protocol: AppProtocol | None = None
    """Application protocol, such as ``http`` or ``kubernetes.io/h2c``, for gateways and meshes."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port of a container and of its Service."""

    name: PortName
    """Name: at most 15 lower-case letters, digits and dashes."""
    port: PortNumber
    protocol: Protocol = "TCP"
    """TCP, UDP or SCTP."""
    service_port: PortNumber | None = None
    """Port of the Service; the container's when absent."""
    service_port_name: DnsLabel | None = None
    """Name of the Service's port; the container's when absent."""
    app_protocol: AppProtocol | None = None
    """Application protocol, such as ``http`` or ``kubernetes.io/h2c``, for gateways and meshes."""
    additional_service_ports: Sequence[ServicePort] = ()
    """Additional ports of the Service that lead to this port."""
    host_port: PortNumber | None = None
    """Port of the node that forwards to it. A node has each port only once."""
    host_reason: str = ""
    """Reason in a sentence: a host port is an exception to Pod Security Standards *baseline*."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a host port without a reason."""
        if self.host_port is not None and not self.host_reason:
            yield Refusal("host_reason", "none", "the reason for `host_port`, in a sentence")

    @property
    def offered(self) -> int:
        """Port number of the Service."""
        return self.service_port or self.port

    @property
    def served(self) -> list[ServicePort]:
        """Ports of the Service that lead to this port, the additional ones last."""
        own = ServicePort(name=self.service_port_name or self.name, port=self.offered, app_protocol=self.app_protocol)
        return [own, *self.additional_service_ports]


Hook = Sequence[str] | HttpCheck
"""A lifecycle hook: a command in the container, or a request."""


@dataclass(frozen=True, kw_only=True)
class ContainerOptions:
    """Options of every container. Constructs that create containers accept all of them."""

    working_dir: ContainerPath | None = None
    """Working directory of the process; the image's when absent."""
    environment_from: Sequence[EnvironmentSource] = ()
    """Whole ConfigMaps and Secrets as environment variables."""
    startup_probe: Probe | None = None
    """Succeeds when the process has started; the other probes wait for it."""
    liveness_probe: Probe | None = None
    """Restarts the container when it fails."""
    readiness_probe: Probe | None = None
    """Removes the pod from its Services while it fails."""
    post_start: Hook = ()
    """Hook right after the start, in parallel to the process; if it fails, the container is killed."""
    security: Security = field(default_factory=Security)
    """User and exceptions to Pod Security Standards *restricted*."""
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """IfNotPresent, Always or Never."""
    stdin: bool = False
    """Keep the standard input open."""
    tty: bool = False
    """Allocate a terminal; requires ``stdin``."""


def options_of(options: ContainerOptions) -> dict[str, Any]:
    """Return the fields of ``ContainerOptions``, to pass them on."""
    return {one.name: getattr(options, one.name) for one in fields(ContainerOptions)}


@dataclass(frozen=True, kw_only=True)
class Container(ContainerOptions):
    """A container of a pod."""

    name: DnsLabel
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Command in place of the image's entry point."""
    args: Sequence[str] = ()
    """Arguments to the entry point."""
    ports: Sequence[Port] = ()
    environment: Mapping[VariableName, Value] = field(default_factory=dict)
    config_maps: Sequence[ObjectName] = ()
    """ConfigMaps whose keys become environment variables."""
    resources: Resources = SMALL
    probes: Probes | None = None
    """Three similar health checks; None for a container that runs to completion. ``startup_probe``, ``liveness_probe``
    and ``readiness_probe`` each replace one of them.
    """
    mounts: Sequence[Mount] = ()
    pre_stop: Hook = ()
    """Hook before SIGTERM, within the termination grace period."""
    side_car: bool = False
    """For an init container: keep it running beside the containers that follow (Kubernetes 1.29)."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield duplicate ports, probes of undeclared ports, and several mounts at one path."""
        yield from port_refusals(self.ports)
        yield from probe_refusals(self, self.probes, self.ports)
        for index, path in repeated(mount.path.rstrip("/") for mount in self.mounts):
            yield Refusal(f"mounts[{index}].path", f"two mounts at {path}", "one mount at each path")


def port_refusals(ports: Sequence[Port], place: str = "ports") -> Iterator[Refusal]:
    """Yield duplicate port numbers and names."""
    for index, (number, protocol) in repeated((port.port, port.protocol) for port in ports):
        yield Refusal(f"{place}[{index}].port", f"{number}", f"a different number for each {protocol} port")
    for index, name in repeated(port.name for port in ports):
        yield Refusal(f"{place}[{index}].name", describe(name), "a different name for each port")


def probe_refusals(options: ContainerOptions, probes: Probes | None, ports: Sequence[Port]) -> Iterator[Refusal]:
    """Yield probes of undeclared ports. A container without declared ports may be probed on any port number."""
    singles = {
        key: probe.check.port
        for key in ("startup_probe", "liveness_probe", "readiness_probe")
        if (probe := getattr(options, key)) and not isinstance(probe.check, Command)
    }
    asked = {f"{key}.check.port": port for key, port in singles.items()}
    if probes and not probes.command and len(singles) < 3:
        asked["probes.port"] = probes.port
    known = {name for port in ports for name in (port.name, port.port if port.protocol == "TCP" else None)}
    for place, port in asked.items():
        if port not in known and (ports or isinstance(port, str)):
            yield Refusal(place, describe(port), f"a port of the container: {_named(ports)}")


def _named(ports: Sequence[Port]) -> str:
    return ", ".join(f"{port.name} ({port.port})" for port in ports) or "it has none"


def container_data(container: Container, *, scratch: str = "tmp") -> Data:
    """Return an entry of a pod's ``containers``; environment variables are sorted by name, mounts by path.

    The order therefore stays the same if a store is a Secret in one environment and a ConfigMap in another. The volume
    ``scratch`` is mounted at ``/tmp``, unless the container has a writable root file system or its own volume there.
    """
    sources = [*(EnvironmentSource(config_map=name) for name in container.config_maps), *container.environment_from]
    mounts = [*container.mounts, *([Mount(volume=scratch, path=TMP)] if uses_scratch(container) else [])]
    return {
        **compact(
            name=container.name,
            image=container.image,
            command=list(container.command),
            args=list(container.args),
            workingDir=container.working_dir,
            ports=[_container_port(port) for port in container.ports],
            env=variables(container.environment),
            envFrom=environment_sources(sources),
            volumeMounts=[mount_data(mount) for mount in sorted(mounts, key=lambda mount: mount.path)],
            lifecycle=compact(postStart=_hook(container.post_start), preStop=_hook(container.pre_stop)),
            restartPolicy="Always" if container.side_car else None,
            stdin=container.stdin or None,
            tty=container.tty or None,
        ),
        **_probes(container),
        "imagePullPolicy": container.pull_policy,
        "resources": resource_requirements(container.resources),
        "securityContext": security_context(container.security),
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


TMP = "/tmp"  # noqa: S108 (an emptyDir of the pod's own)
"""The only writable directory except volumes."""


def uses_scratch(container: Container) -> bool:
    """Return whether a container mounts the pod's scratch directory."""
    own = any(mount.path.rstrip("/") == TMP for mount in container.mounts)
    return not own and not container.security.writable_root


def _probes(container: Container) -> Data:
    single = {
        "startupProbe": container.startup_probe,
        "livenessProbe": container.liveness_probe,
        "readinessProbe": container.readiness_probe,
    }
    found = probe_fields(container.probes) if container.probes else {}
    return found | {key: probe_data(probe) for key, probe in single.items() if probe}


def _hook(hook: Hook) -> Data | None:
    if isinstance(hook, HttpCheck):
        return handler(hook)
    return handler(Command(command=hook)) if hook else None


def _container_port(port: Port) -> Data:
    return {
        "containerPort": port.port,
        **compact(hostPort=port.host_port),
        "name": port.name,
        "protocol": port.protocol,
    }
