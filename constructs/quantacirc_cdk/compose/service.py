"""A container of a pod as a service."""

from collections.abc import Iterable

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.mounts import Mounts, file_mount, user_id
from quantacirc_cdk.compose.variables import expanded, variables
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import Data
from quantacirc_cdk.text.compose import literal, literals

WRAPPER = "with-secrets.sh"
SCRIPTS = "/run/scripts"
_GPU = "nvidia.com/gpu"
_RESOURCES = {"cpu", "memory", "ephemeral-storage", _GPU}


def container_service(workload: Workload, container: Data, service: str, manifests: Manifests, found: Mounts) -> Data:
    """Return the service of a container with the volumes ``found``, to which it adds what the variables need."""
    user = user_id(workload, container)
    told = variables(workload, container, service, manifests, user or 0)
    found.views += told.views
    found.volumes += [view.mount() for view in told.views]
    command, arguments = (
        [expanded(word, told.values) for word in container.get(key, [])] for key in ("command", "args")
    )
    if told.pairs:
        if not command:
            what = "variables from a Secret, which a script sets before it starts the command, and no command"
            expected = f"`command` of {service} in apps/system.yaml: the entry point of its image"
            raise PropsError(Problem(key=f"{service}.command", what=what, expected=expected))
        command = ["/bin/sh", f"{SCRIPTS}/{WRAPPER}", *map(literal, told.pairs), "--", *command]
        found.volumes.append(file_mount(f"./scripts/{WRAPPER}", f"{SCRIPTS}/{WRAPPER}"))
    limits = container.get("resources", {}).get("limits", {})
    found.missing += [f"{name} of {service}" for name in sorted(limits.keys() - _RESOURCES)]
    dns, own = workload.pod.get("dnsConfig", {}), container.get("securityContext", {})
    group = own.get("runAsGroup", workload.pod.get("securityContext", {}).get("runAsGroup", user))
    data: Data = {
        "image": container["image"],
        "entrypoint": command,
        "command": arguments,
        "environment": dict(sorted(told.values.items())),
        "env_file": told.files,
        "working_dir": container.get("workingDir"),
        "user": None if user is None else f"{user}:{group}",
        "read_only": own.get("readOnlyRootFilesystem") or None,
        "privileged": own.get("privileged") or None,
        "cap_drop": _once(own.get("capabilities", {}).get("drop")),
        "cap_add": _once(own.get("capabilities", {}).get("add")),
        "security_opt": [] if own.get("allowPrivilegeEscalation") else ["no-new-privileges:true"],
        "stdin_open": container.get("stdin"),
        "tty": container.get("tty"),
        "hostname": workload.pod.get("hostname", f"{workload.name}-0" if workload.kind == "StatefulSet" else None),
        "extra_hosts": _once(
            f"{name}={alias['ip']}" for alias in workload.pod.get("hostAliases", []) for name in alias["hostnames"]
        ),
        "dns": _once(dns.get("nameservers")),
        "dns_search": _once(dns.get("searches")),
        "dns_opt": _once(":".join(filter(None, (one["name"], one.get("value")))) for one in dns.get("options", [])),
        "mem_limit": str(int(parse_quantity(str(limits["memory"])))) if "memory" in limits else None,
        "deploy": _devices(limits),
        "stop_grace_period": f"{workload.pod.get('terminationGracePeriodSeconds', 30)}s",
        "labels": {key: value for key, value in sorted(workload.annotations.items()) if key.startswith("checksum/")},
        "volumes": found.volumes,
        "tmpfs": found.tmpfs,
    }
    kept = {key: value for key, value in data.items() if value not in (None, [], {})}
    # Variables can refer to those of the user's environment, and so can words: they are already escaped.
    escaped = ("command", "entrypoint", "environment")
    return {key: value if key in escaped else literals(value) for key, value in kept.items()}


def _devices(limits: Data) -> Data:
    """Return the reservation of the GPUs of a container."""
    if _GPU not in limits:
        return {}
    device = {"driver": "nvidia", "count": int(parse_quantity(str(limits[_GPU]))), "capabilities": ["gpu"]}
    return {"resources": {"reservations": {"devices": [device]}}}


def _once(items: Iterable[str] | None) -> list[str]:
    """Return a list without repetitions, which Compose refuses and Kubernetes accepts."""
    return [*dict.fromkeys(items or ())]


def health_check(container: Data) -> Data | None:
    """Return the health check for a container's readiness probe. HTTP checks need ``wget`` in the image, as in Alpine.

    Returns None for a TCP or gRPC check, because images have no command for them.
    """
    probe = container.get("readinessProbe")
    if probe is None or not probe.keys() & {"exec", "httpGet"}:
        return None
    if "exec" in probe:
        test = ["CMD", *(literal(word) for word in probe["exec"]["command"])]
    else:
        ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
        asked = probe["httpGet"]
        scheme = asked.get("scheme", "HTTP").lower()
        url = f"{scheme}://127.0.0.1:{ports.get(asked['port'], asked['port'])}{asked.get('path', '/')}"
        test = ["CMD", "wget", "-q", "-O", "/dev/null", literal(url)]
    start = container.get("startupProbe", {})
    return {
        "test": test,
        "interval": f"{probe.get('periodSeconds', 10)}s",
        "timeout": f"{probe.get('timeoutSeconds', 1)}s",
        "retries": probe.get("failureThreshold", 3),
        "start_period": f"{start.get('periodSeconds', 0) * start.get('failureThreshold', 0)}s",
    }
