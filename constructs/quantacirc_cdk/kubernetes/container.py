"""A container, hardened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.probes import Probes, probe_fields
from quantacirc_cdk.kubernetes.resources import SMALL, Resources, resource_requirements
from quantacirc_cdk.kubernetes.volume import Mount, mount_data


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a container listens on and its Service offers."""

    name: str
    """At most 15 lower-case letters, digits and dashes."""
    port: int
    protocol: str = "TCP"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """The value of an environment variable: a key of a Secret in the same namespace."""

    secret: str
    key: str
    optional: bool = False
    """Start without the variable when the Secret or its key is missing."""


@dataclass(frozen=True, kw_only=True)
class FieldPath:
    """The value of an environment variable: a field of the pod, such as ``metadata.name``."""

    path: str


Value = str | SecretKey | FieldPath


@dataclass(frozen=True, kw_only=True)
class Container:
    """What runs in a pod."""

    name: str
    image: str
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    command: Sequence[str] = ()
    """Replaces the image's entry point."""
    args: Sequence[str] = ()
    """Arguments of the entry point."""
    ports: Sequence[Port] = ()
    environment: Mapping[str, Value] = field(default_factory=dict)
    config_maps: Sequence[str] = ()
    """ConfigMaps whose keys become environment variables."""
    resources: Resources = SMALL
    probes: Probes | None = None
    """Health checks; none for a container that runs to its end."""
    mounts: Sequence[Mount] = ()
    pre_stop: Sequence[str] = ()
    """Command that runs before SIGTERM, within the termination grace."""


SECURITY_CONTEXT: Data = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
}
"""Pod Security Standards *restricted*, and a root file system that nobody can write.

https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""


def container_data(container: Container) -> Data:
    """Return an entry of a pod's ``containers``; environment variables are sorted by name, mounts by path.

    A store that is a Secret here and a ConfigMap there then has the same place in both.
    """
    mounts = [mount_data(mount) for mount in sorted((*container.mounts, TMP), key=lambda mount: mount.path)]
    return {
        **compact(
            name=container.name,
            image=container.image,
            command=list(container.command),
            args=list(container.args),
            ports=[_container_port(port) for port in container.ports],
            env=[_variable(name, container.environment[name]) for name in sorted(container.environment)],
            envFrom=[{"configMapRef": {"name": name}} for name in container.config_maps],
            volumeMounts=mounts,
            lifecycle={"preStop": {"exec": {"command": list(container.pre_stop)}}} if container.pre_stop else None,
        ),
        **(probe_fields(container.probes) if container.probes else {}),
        "imagePullPolicy": "IfNotPresent",
        "resources": resource_requirements(container.resources),
        "securityContext": SECURITY_CONTEXT,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


TMP = Mount(volume="tmp", path="/tmp")  # noqa: S108 (an emptyDir of the pod's own)
"""The only place a process can write, besides its volumes."""


def _container_port(port: Port) -> Data:
    return {"containerPort": port.port, "name": port.name, "protocol": port.protocol}


def _variable(name: str, value: Value) -> Data:
    if isinstance(value, SecretKey):
        reference = compact(name=value.secret, key=value.key, optional=value.optional or None)
        return {"name": name, "valueFrom": {"secretKeyRef": reference}}
    if isinstance(value, FieldPath):
        return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": value.path}}}
    return {"name": name, "value": value}
