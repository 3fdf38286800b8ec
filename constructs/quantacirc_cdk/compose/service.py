"""A container of a pod as a service."""

from collections.abc import Iterator

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.mounts import Mounts, file_mount, user_id
from quantacirc_cdk.compose.secrets import VARIABLES, View
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import Data
from quantacirc_cdk.text.compose import literal

WRAPPER = "with-secrets.sh"
SCRIPTS = "/run/scripts"


def container_service(workload: Workload, container: Data, service: str, manifests: Manifests, found: Mounts) -> Data:
    """Return the service of a container, whose volumes are ``found``; adds to them what its variables need."""
    environment, pairs = _environment(workload, container, service, manifests, found)
    command, arguments = list(container.get("command", [])), list(container.get("args", []))
    if pairs:
        if not command:
            what = "variables from a Secret without a command"
            raise PropsError(Problem(key=f"{service}.command", what=what, expected="a command that can be started"))
        command = ["/bin/sh", f"{SCRIPTS}/{WRAPPER}", *pairs, "--", *command]
        found.volumes.append(file_mount(f"./scripts/{WRAPPER}", f"{SCRIPTS}/{WRAPPER}"))
    user = user_id(workload)
    limits = container.get("resources", {}).get("limits", {})
    data: Data = {
        "image": container["image"],
        "entrypoint": [literal(word) for word in command],
        "command": [literal(word) for word in arguments],
        "environment": {name: literal(value) for name, value in sorted(environment.items())},
        "user": f"{user}:{user}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": str(int(parse_quantity(limits["memory"]))) if "memory" in limits else None,
        "stop_grace_period": f"{workload.pod.get('terminationGracePeriodSeconds', 30)}s",
        "labels": {key: value for key, value in sorted(workload.annotations.items()) if key.startswith("checksum/")},
        "volumes": found.volumes,
        "tmpfs": found.tmpfs,
    }
    return {key: value for key, value in data.items() if value not in (None, [], {})}


def health_check(container: Data) -> Data | None:
    """Return the check of a container's readiness; one over HTTP needs ``wget`` in the image, as Alpine has it."""
    probe = container.get("readinessProbe")
    if probe is None:
        return None
    if "exec" in probe:
        test = ["CMD", *(literal(word) for word in probe["exec"]["command"])]
    else:
        ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
        asked = probe["httpGet"]
        url = f"http://127.0.0.1:{ports.get(asked['port'], asked['port'])}{asked['path']}"
        test = ["CMD", "wget", "-q", "-O", "/dev/null", literal(url)]
    start = container.get("startupProbe", {})
    return {
        "test": test,
        "interval": f"{probe['periodSeconds']}s",
        "timeout": f"{probe['timeoutSeconds']}s",
        "retries": probe["failureThreshold"],
        "start_period": f"{start.get('periodSeconds', 0) * start.get('failureThreshold', 0)}s",
    }


def _environment(
    workload: Workload, container: Data, service: str, manifests: Manifests, found: Mounts
) -> tuple[dict[str, str], list[str]]:
    """Return the variables, and ``NAME=FILE`` for those whose value is a Secret's."""
    environment: dict[str, str] = {}
    for source in container.get("envFrom", []):
        environment |= manifests.config(source["configMapRef"]["name"])
    secrets: dict[str, dict[str, str]] = {}
    pairs = []
    for entry in container.get("env", []):
        origin = entry.get("valueFrom", {})
        if "secretKeyRef" in origin:
            secret, key = origin["secretKeyRef"]["name"], origin["secretKeyRef"]["key"]
            secrets.setdefault(secret, {})[key] = key
            pairs.append(f"{entry['name']}={VARIABLES}/{secret}/{key}")
        elif "fieldRef" in origin:
            environment[entry["name"]] = _field(origin["fieldRef"]["fieldPath"], service, workload)
        else:
            environment[entry["name"]] = entry.get("value", "")
    views = list(_variable_views(secrets, service, user_id(workload)))
    found.views += views
    found.volumes += [view.mount() for view in views]
    return environment, pairs


def _variable_views(secrets: dict[str, dict[str, str]], service: str, user: int) -> Iterator[View]:
    for secret, items in secrets.items():
        yield View(service=service, secret=secret, target=f"{VARIABLES}/{secret}", user=user, items=items)


def _field(path: str, service: str, workload: Workload) -> str:
    if path == "metadata.name":
        return f"{workload.name}-0"
    raise PropsError(Problem(key=f"{service}.env", what=f"the field {path} of a pod", expected="metadata.name"))
