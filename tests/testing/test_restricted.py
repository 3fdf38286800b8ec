"""Every rule of the Pod Security Standard *restricted* is one that a pod can break, in each of its containers."""

import copy
from typing import Any

import pytest

from quantacirc_cdk.testing.restricted import SYSCTLS, VOLUMES, violations

SAFE: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def template(container: dict[str, Any] | None = None, place: str = "containers", **spec: Any) -> dict[str, Any]:
    """Return a pod template whose containers are restricted, but for what one of them is given."""
    containers = {
        name: [{"name": name, "image": "x", "securityContext": copy.deepcopy(SAFE)}]
        for name in ("containers", "initContainers")
    }
    containers[place][0] |= container or {}
    return {"spec": {**containers, **spec}}


def test_a_restricted_pod_breaks_no_rule() -> None:
    assert list(violations(template())) == []
    assert list(violations({"spec": {"containers": template()["spec"]["containers"]}})) == []


@pytest.mark.parametrize("place", ["containers", "initContainers"])
@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({**SAFE, "privileged": True}, "privileged"),
        ({**SAFE, "allowPrivilegeEscalation": True}, "privilege escalation"),
        ({name: SAFE[name] for name in SAFE if name != "allowPrivilegeEscalation"}, "privilege escalation"),
        ({**SAFE, "capabilities": {"drop": ["NET_RAW"]}}, "capabilities are not dropped"),
        ({name: SAFE[name] for name in SAFE if name != "capabilities"}, "capabilities are not dropped"),
        ({**SAFE, "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}, "capabilities are added"),
        ({**SAFE, "runAsNonRoot": False}, "may run as root"),
        ({name: SAFE[name] for name in SAFE if name != "runAsNonRoot"}, "may run as root"),
        ({**SAFE, "runAsUser": 0}, "runs as root"),
        ({**SAFE, "seccompProfile": {"type": "Unconfined"}}, "no seccomp profile"),
        ({name: SAFE[name] for name in SAFE if name != "seccompProfile"}, "no seccomp profile"),
        ({**SAFE, "procMount": "Unmasked"}, "procMount"),
    ],
)
def test_each_rule_for_a_container_holds_for_those_that_start_first_too(
    own: dict[str, Any], said: str, place: str
) -> None:
    found = list(violations(template({"securityContext": own}, place)))
    assert found == [f"container {place}: {said}"]


@pytest.mark.parametrize("own", [{**SAFE, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
                                 {**SAFE, "seccompProfile": {"type": "Localhost", "localhostProfile": "x"}},
                                 {**SAFE, "procMount": "Default"}])  # fmt: skip
def test_what_the_standard_allows_is_no_violation(own: dict[str, Any]) -> None:
    assert list(violations(template({"securityContext": own}))) == []


def test_a_container_takes_from_its_pod_what_it_does_not_say_itself() -> None:
    own = {name: SAFE[name] for name in ("allowPrivilegeEscalation", "capabilities")}
    pod = {name: SAFE[name] for name in ("runAsNonRoot", "runAsUser", "seccompProfile")}
    assert list(violations(template({"securityContext": own}, securityContext=pod))) == []
    worse = {"runAsNonRoot": False, "runAsUser": 0, "seccompProfile": {"type": "Unconfined"}}
    assert list(violations(template({"securityContext": own}, securityContext=worse))) == [
        f"container containers: {said}" for said in ("may run as root", "runs as root", "no seccomp profile")
    ]
    assert list(violations(template(securityContext=worse))) == [], "each says it itself"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ports": [{"containerPort": 80, "hostPort": 80}]}, "hostPort"),
        ({"livenessProbe": {"httpGet": {"host": "169.254.169.254", "port": 80}}}, "livenessProbe names a host"),
        ({"readinessProbe": {"tcpSocket": {"host": "10.0.0.1", "port": 80}}}, "readinessProbe names a host"),
        ({"startupProbe": {"httpGet": {"host": "x", "port": 80}}}, "startupProbe names a host"),
    ],
)
def test_ports_and_probes_stay_inside_the_pod(more: dict[str, Any], said: str) -> None:
    assert list(violations(template(more))) == [f"container containers: {said}"]
    assert (
        list(violations(template({"ports": [{"containerPort": 80}], "livenessProbe": {"httpGet": {"port": 1}}}))) == []
    )


@pytest.mark.parametrize("key", ["hostNetwork", "hostPID", "hostIPC"])
def test_the_namespaces_of_the_node_are_not_shared(key: str) -> None:
    assert list(violations(template(**{key: True}))) == [key]
    assert list(violations(template(**{key: False}))) == []


def test_only_the_volumes_and_the_kernel_settings_of_the_standard_are_taken() -> None:
    allowed = [{"name": kind.lower(), kind: {}} for kind in sorted(VOLUMES)]
    settings = [{"name": name, "value": "1"} for name in sorted(SYSCTLS)]
    assert list(violations(template(volumes=allowed, securityContext={"sysctls": settings}))) == []
    for source in ("hostPath", "nfs", "iscsi"):
        found = list(violations(template(volumes=[{"name": "data", source: {}}])))
        assert found == [f"volume data: {source}"]
    other = {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}
    assert list(violations(template(securityContext=other))) == ["sysctl kernel.msgmax"]
