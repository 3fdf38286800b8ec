"""What Autopilot clusters of GKE refuse at admission.

https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security
"""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.limits.pod_spec import BASELINE_CAPABILITIES

CAPABILITIES = BASELINE_CAPABILITIES | {"SYS_PTRACE"}
"""Capabilities that containers may add. NET_ADMIN requires an option of the cluster, which Terraform does not set."""
LOGS = "/var/log"
"""The only paths of the node that a container may mount, read-only."""
HOST = {"host_network": "hostNetwork", "host_pid": "hostPID", "host_ipc": "hostIPC"}
"""Exceptions of the model that share something with the node, with their fields of a pod."""


def is_log_path(path: str) -> bool:
    """Return whether a path of the node is one of its logs."""
    return ".." not in path.split("/") and (path.rstrip("/") == LOGS or path.startswith(f"{LOGS}/"))


def autopilot_refusals(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what Autopilot refuses of the ``spec`` of a pod."""
    yield from (key for key in HOST.values() if spec.get(key))
    logs = set()
    for volume in spec.get("volumes") or ():
        path = (volume.get("hostPath") or {}).get("path")
        if path is not None and not is_log_path(path):
            yield f"the host path {path}"
        elif path is not None:
            logs.add(volume["name"])
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        own, name = container.get("securityContext") or {}, container.get("name")
        if own.get("privileged"):
            yield f"the privileged container {name}"
        for capability in sorted({*((own.get("capabilities") or {}).get("add") or ())} - CAPABILITIES):
            yield f"the capability {capability} of container {name}"
        yield from (f"host port {port['hostPort']}" for port in container.get("ports") or () if port.get("hostPort"))
        for mount in container.get("volumeMounts") or ():
            if mount.get("name") in logs and not mount.get("readOnly"):
                yield f"the host path of volume {mount['name']}, which container {name} may write"
