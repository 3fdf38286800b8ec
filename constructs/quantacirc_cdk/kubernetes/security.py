"""Security context of a container, and exceptions to Pod Security Standards *restricted* with their reasons.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.kubernetes import Capability, UserId
from quantacirc_cdk.limits.pod_spec import BASELINE_CAPABILITIES, is_unsafe_sysctl

Level: TypeAlias = Literal["restricted", "baseline", "privileged"]

EXCEPTIONS = "quantacirc-cdk/exceptions"
"""Annotation of a workload with its exceptions as JSON, for the report and for reviewers."""


@dataclass(frozen=True, kw_only=True)
class Security:
    """The user of a container's processes, and its exceptions. The value of each exception is its reason, in a
    sentence.

    Without exceptions, processes run as a non-root user without capabilities, with the runtime's seccomp profile, and
    on a read-only root file system.
    """

    user_id: UserId | None = None
    """UID; when absent, 0 with ``root``, else the pod's. 0 requires ``root``."""
    group_id: UserId | None = None
    """Primary GID; when absent, 0 if ``root`` implies the user, else the pod's."""
    root: str = ""
    """Reason why its processes run as root: as user 0, or as the user of the image, where the pod has no user."""
    writable_root: str = ""
    """Reason why its processes may write to the root file system."""
    privilege_escalation: str = ""
    """Reason why a process may gain more privileges than its parent, as with ``sudo``."""
    privileged: str = ""
    """Reason why the container is privileged: as root, its processes have root access to the node."""
    unconfined: str = ""
    """Reason why it runs without a seccomp profile."""
    default_capabilities: str = ""
    """Reason why it keeps the default capabilities of the container runtime."""
    capabilities: Mapping[Capability, str] | None = None
    """Additional Linux capabilities, such as ``NET_ADMIN``, each with its reason. Processes of other users than root
    have them only if their program file has them, as set by ``setcap``."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield capabilities without a reason."""
        for name, reason in (self.capabilities or {}).items():
            if not reason:
                yield Refusal(f"capabilities.{name}", "no reason", "the reason, in a sentence")

    def exceptions(self) -> Iterator[tuple[str, str]]:
        """Yield each exception and its reason, in a fixed order."""
        for key in (
            "root",
            "writable_root",
            "privilege_escalation",
            "privileged",
            "unconfined",
            "default_capabilities",
        ):
            reason = getattr(self, key)
            if reason:
                yield key.replace("_", " "), reason
        for name, reason in sorted((self.capabilities or {}).items()):
            yield f"capability {name}", reason


def as_root(security: Security) -> Security:
    """Return the same with user and group 0 if it has a reason for root and no user."""
    if not security.root or security.user_id is not None:
        return security
    return replace(security, user_id=0, group_id=0 if security.group_id is None else security.group_id)


def security_context(security: Security) -> Data:
    """Return the ``securityContext`` of a container."""
    capabilities: Data = {} if security.default_capabilities else {"drop": ["ALL"]}
    if security.capabilities:
        capabilities["add"] = sorted(security.capabilities)
    found: Data = {
        # The API refuses a privileged container without privilege escalation.
        "allowPrivilegeEscalation": bool(security.privilege_escalation or security.privileged),
        **({"capabilities": capabilities} if capabilities else {}),
        "privileged": bool(security.privileged),
        "readOnlyRootFilesystem": not security.writable_root,
        "runAsNonRoot": not security.root,
    }
    if security.user_id is not None:
        found["runAsUser"] = security.user_id
    if security.group_id is not None:
        found["runAsGroup"] = security.group_id
    if security.unconfined:
        found["seccompProfile"] = {"type": "Unconfined"}
    return found


def level(template: Data) -> Level:
    """Return the strictest Pod Security Standard that admits the pods of a template."""
    spec = template["spec"]
    pod = spec.get("securityContext", {})
    if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        return "privileged"
    if any(is_unsafe_sysctl(one["name"]) for one in pod.get("sysctls") or ()):
        return "privileged"
    volumes = [volume.keys() - {"name"} for volume in spec.get("volumes", [])]
    if any("hostPath" in sources for sources in volumes):
        return "privileged"
    least: Level = "restricted" if all(sources <= _VOLUMES for sources in volumes) else "baseline"
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    return max((least, *(_container_level(one, pod) for one in containers)), key=_ORDER.index)


def strictest_for(templates: list[Data]) -> Level:
    """Return the strictest level that admits all of these pods."""
    return max((level(template) for template in templates), key=_ORDER.index, default="restricted")


_ORDER: list[Level] = ["restricted", "baseline", "privileged"]
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
"""Volume types that *restricted* allows."""


def _container_level(container: Data, pod: Data) -> Level:
    own = container.get("securityContext", {})
    added = set(own.get("capabilities", {}).get("add", []))
    seccomp = own.get("seccompProfile", pod.get("seccompProfile", {})).get("type")
    host_port = any(port.get("hostPort") for port in container.get("ports", []))
    if own.get("privileged") or added - BASELINE_CAPABILITIES or seccomp == "Unconfined" or host_port:
        return "privileged"
    strict = (
        own.get("allowPrivilegeEscalation") is False
        and "ALL" in own.get("capabilities", {}).get("drop", [])
        and not added - {"NET_BIND_SERVICE"}
        and own.get("runAsNonRoot", pod.get("runAsNonRoot")) is True
        and own.get("runAsUser", pod.get("runAsUser")) != 0
        and seccomp in ("RuntimeDefault", "Localhost")
    )
    return "restricted" if strict else "baseline"
