"""Rules of the API about fields of a container and its pod together, checked on finished objects.

Source: https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.limits.quantity import extended_refusal, parse_quantity

Object = Mapping[str, Any]
Refused = tuple[str, str]

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS = ("postStart", "preStop")
CHECKS = ("exec", "grpc", "httpGet", "tcpSocket")
"""What a probe can do."""
ACTIONS = ("exec", "httpGet", "sleep", "tcpSocket")
"""What a hook can do."""
VARIABLE_SOURCES = ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef")
"""Where the value of an environment variable can come from."""


def container_refusals(container: Object, spec: Object, *, runs_on: bool) -> Iterator[Refused]:
    """Yield what the API refuses of a container of a pod; ``runs_on`` is false for an init container."""
    if not runs_on and container.get("restartPolicy") != "Always":
        for key in sorted(key for key in (*PROBES, "lifecycle") if container.get(key) is not None):
            yield f"{key} of an init container that ends", "none, or restartPolicy Always"
    for key in PROBES:
        yield from _probe(key, container.get(key))
    grace = spec.get("terminationGracePeriodSeconds")
    yield from _hooks(container.get("lifecycle") or {}, 30 if grace is None else grace)
    yield from _variables(container.get("env") or ())
    yield from _amounts(container.get("resources") or {})
    yield from _security(container, spec)
    yield from _ports(container.get("ports") or (), spec)


def _one(place: str, value: Object, known: tuple[str, ...]) -> Iterator[Refused]:
    """Yield that a mapping has none or several of these keys."""
    found = [key for key in known if value.get(key) is not None]
    if len(found) != 1:
        yield f"{place} with {' and '.join(found) or 'nothing to do'}", f"one of {', '.join(known)}"


def _probe(key: str, probe: Object | None) -> Iterator[Refused]:
    if probe is None:
        return
    yield from _one(key, probe, CHECKS)
    if key == "readinessProbe" and probe.get("terminationGracePeriodSeconds") is not None:
        yield "terminationGracePeriodSeconds of a readiness probe", "none: it restarts nothing"
    if key != "readinessProbe" and probe.get("successThreshold") not in (None, 1):
        yield f"successThreshold {probe['successThreshold']} of {key}", "1"


def _hooks(lifecycle: Object, grace: int) -> Iterator[Refused]:
    for key in HOOKS:
        if lifecycle.get(key) is not None:
            yield from _one(key, lifecycle[key], ACTIONS)
    if ((lifecycle.get("preStop") or {}).get("sleep") or {}).get("seconds", 0) > grace:
        yield f"preStop sleeps longer than the {grace} seconds of terminationGracePeriodSeconds", "less"


def _variables(env: Any) -> Iterator[Refused]:
    for one in env:
        place, source = f"variable {one.get('name')}", one.get("valueFrom")
        if source is None:
            continue
        if one.get("value"):
            yield f"{place} with value and valueFrom", "one of them"
        yield from _one(f"{place}: valueFrom", source, VARIABLE_SOURCES)


def _amounts(resources: Object) -> Iterator[Refused]:
    """Yield requests above their limits, and what cannot be shared with another limit or none."""
    limits = resources.get("limits") or {}
    named = {**limits, **(resources.get("requests") or {})}
    for name, amount in named.items():
        if name.startswith("hugepages-"):
            if not named.keys() & {"cpu", "memory"}:
                yield f"{name} without cpu or memory", "one of them"
            if expected := extended_refusal(name, str(amount)):
                yield f"{amount} {name}", expected
    for name, request in (resources.get("requests") or {}).items():
        shared, limit = is_shared(name), limits.get(name)
        if limit is None:
            if not shared:
                yield f"a request of {name} without a limit", "an equal limit"
            continue
        asked, most = parse_quantity(str(request)), parse_quantity(str(limit))
        if asked > most:
            yield f"a request of {request} {name} above its limit of {limit}", "at most the limit"
        elif asked != most and not shared:
            yield f"a request of {request} {name} below its limit of {limit}", "an equal limit"


def is_shared(resource: str) -> bool:
    """Return whether pods can use more of a resource than they request, which huge pages and devices do not allow.

    Source: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources.
    """
    return "/" not in resource and not resource.startswith("hugepages-")


def _security(container: Object, spec: Object) -> Iterator[Refused]:
    own, pod = container.get("securityContext") or {}, spec.get("securityContext") or {}
    mounts = container.get("volumeMounts") or ()
    paths = [str(mount.get("mountPath")).rstrip("/") for mount in mounts]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield f"two mounts at {path or '/'}", "a different path for each"
    for mount in mounts:
        if mount.get("mountPropagation") == "Bidirectional" and not own.get("privileged"):
            yield "mountPropagation Bidirectional of a container that is not privileged", "a privileged container"
    if own.get("privileged") and own.get("allowPrivilegeEscalation") is False:
        yield "privileged without allowPrivilegeEscalation", "allowPrivilegeEscalation: true"
    user, non_root = (own.get(key, pod.get(key)) for key in ("runAsUser", "runAsNonRoot"))
    if user == 0 and non_root:
        yield "runAsUser 0 beside runAsNonRoot", "another user, or runAsNonRoot: false"


def _ports(ports: Any, spec: Object) -> Iterator[Refused]:
    names = [port["name"] for port in ports if port.get("name")]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two ports named {name}", "a different name for each"
    for port in ports:
        if spec.get("hostNetwork") and port.get("hostPort") and port["hostPort"] != port.get("containerPort"):
            yield (
                f"host port {port['hostPort']} of port {port.get('containerPort')} with hostNetwork",
                "the same number",
            )
