"""A container, hardened."""

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
from quantacirc_cdk.limits.kubernetes import DnsLabel, ObjectName, PortName, Protocol, VariableName

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
    "Value",
    "container_data",
    "options_of",
]


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a container listens on and its Service offers."""

    name: PortName
    """At most 15 lower-case letters, digits and dashes."""
    port: PortNumber
    protocol: Protocol = "TCP"
    """TCP, UDP or SCTP."""
    service_port: PortNumber | None = None
    """Port of the Service; the container's when absent."""
    app_protocol: str | None = None
    """Protocol that is spoken on it, such as ``http`` or ``kubernetes.io/h2c``, for gateways and meshes."""
    host_port: PortNumber | None = None
    """Port of the node that leads to it, too; each node has it once."""
    host_reason: str = ""
    """Why, in a sentence: a host port is an exception to Pod Security Standards *baseline*."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a host port without its reason."""
        if self.host_port is not None and not self.host_reason:
            yield Refusal("host_reason", "none", "the reason for `host_port`, in a sentence")

    @property
    def offered(self) -> int:
        """Port of the Service."""
        return self.service_port or self.port


Hook = Sequence[str] | HttpCheck
"""What happens when a container starts or is about to stop: a command in it, or a request."""


@dataclass(frozen=True, kw_only=True)
class ContainerOptions:
    """What any container may have; what makes containers for you takes all of it, too."""

    working_dir: str | None = None
    """Directory that the process starts in; the image's when absent."""
    environment_from: Sequence[EnvironmentSource] = ()
    """Whole ConfigMaps and Secrets as environment variables."""
    startup_probe: Probe | None = None
    """Tells when the process has started; the other probes wait for it."""
    liveness_probe: Probe | None = None
    """Restarts the container when it fails."""
    readiness_probe: Probe | None = None
    """Takes the pod out of its Services while it fails."""
    post_start: Hook = ()
    """What happens right after the start, beside the process; the container is killed when it fails."""
    security: Security = field(default_factory=Security)
    """User and exceptions to Pod Security Standards *restricted*."""
    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """IfNotPresent, Always or Never."""
    stdin: bool = False
    """Keep the standard input open."""
    tty: bool = False
    """Give it a terminal; needs ``stdin``."""


def options_of(options: ContainerOptions) -> dict[str, Any]:
    """Return the fields of ``ContainerOptions``, to hand them on."""
    return {one.name: getattr(options, one.name) for one in fields(ContainerOptions)}


@dataclass(frozen=True, kw_only=True)
class Container(ContainerOptions):
    """What runs in a pod."""

    name: DnsLabel
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Replaces the image's entry point."""
    args: Sequence[str] = ()
    """Arguments of the entry point."""
    ports: Sequence[Port] = ()
    environment: Mapping[VariableName, Value] = field(default_factory=dict)
    config_maps: Sequence[ObjectName] = ()
    """ConfigMaps whose keys become environment variables."""
    resources: Resources = SMALL
    probes: Probes | None = None
    """Three health checks alike; none for a container that runs to its end. ``startup_probe``, ``liveness_probe`` and
    ``readiness_probe`` take their place one by one."""
    mounts: Sequence[Mount] = ()
    pre_stop: Hook = ()
    """What happens before SIGTERM, within the termination grace."""
    side_car: bool = False
    """As an init container: keep it running beside the containers that follow (Kubernetes 1.29)."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield ports that are there twice, probes of ports that are not there, and mounts on top of each other."""
        yield from port_refusals(self.ports)
        yield from probe_refusals(self, self.probes, self.ports)
        for index, path in repeated(mount.path.rstrip("/") for mount in self.mounts):
            yield Refusal(f"mounts[{index}].path", f"two mounts at {path}", "one mount at each path")


def port_refusals(ports: Sequence[Port], place: str = "ports") -> Iterator[Refusal]:
    """Yield the ports whose number or name another port of the same list has."""
    for index, (number, protocol) in repeated((port.port, port.protocol) for port in ports):
        yield Refusal(f"{place}[{index}].port", f"{number}", f"a number that no other {protocol} port has")
    for index, name in repeated(port.name for port in ports):
        yield Refusal(f"{place}[{index}].name", describe(name), "a name that no other port has")


def probe_refusals(options: ContainerOptions, probes: Probes | None, ports: Sequence[Port]) -> Iterator[Refusal]:
    """Yield the probes of ports that the container does not have; one without ports may be asked at any number."""
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

    A store that is a Secret here and a ConfigMap there then has the same place in both. The volume ``scratch`` is at
    ``/tmp``, unless the container can write everywhere or has a volume of its own there.
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
"""The only place a process can write, besides its volumes."""


def uses_scratch(container: Container) -> bool:
    """Whether a container gets the pod's scratch directory."""
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
