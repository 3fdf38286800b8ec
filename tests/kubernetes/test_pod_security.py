"""Every pod of every environment runs under Pod Security Standards *restricted*, and a little stricter."""

from collections.abc import Sequence
from copy import deepcopy

import pytest

from quantacirc_cdk.kubernetes.container import Container
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.pod import Pod, pod_template
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, containers, pod_templates


def test_every_pod_is_restricted(objects: Sequence[Object]) -> None:
    found = {item["metadata"]["name"]: list(violations(template)) for item, template in pod_templates(objects)}
    assert len(found) > 10
    assert {name: what for name, what in found.items() if what} == {}


def test_every_pod_is_stricter_than_restricted(objects: Sequence[Object]) -> None:
    for item, template in pod_templates(objects):
        name, spec = item["metadata"]["name"], template["spec"]
        assert spec["securityContext"]["runAsUser"] >= 10000, name
        assert spec["securityContext"]["runAsGroup"] >= 10000, name
        for container in containers(template):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert "memory" in container["resources"]["limits"], name
            assert "ephemeral-storage" in container["resources"]["limits"], name
            assert "cpu" not in container["resources"]["limits"], name


def test_no_pod_has_a_token_unless_a_role_is_bound_to_it(objects: Sequence[Object]) -> None:
    bound = {
        subject["name"]
        for item in objects
        if item["kind"] == "RoleBinding"
        for subject in item["subjects"]
        if subject["kind"] == "ServiceAccount"
    }
    accounts = {item["metadata"]["name"]: item for item in objects if item["kind"] == "ServiceAccount"}
    for _, template in pod_templates(objects):
        spec = template["spec"]
        account = spec["serviceAccountName"]
        assert accounts[account]["automountServiceAccountToken"] is False
        assert spec["automountServiceAccountToken"] is (account in bound)


PLAIN = pod_template(
    Identity(name="x"), Pod(containers=[Container(name="x", image="x")], service_account="x", user_id=10001)
)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("spec.hostNetwork", True),
        ("spec.securityContext.seccompProfile", {"type": "Unconfined"}),
        ("spec.securityContext.runAsUser", 0),
        ("spec.containers.0.securityContext.allowPrivilegeEscalation", True),
        ("spec.containers.0.securityContext.capabilities", {"drop": ["NET_RAW"]}),
        ("spec.containers.0.securityContext.runAsNonRoot", False),
        ("spec.containers.0.securityContext.privileged", True),
        ("spec.volumes", [{"name": "host", "hostPath": {"path": "/"}}]),
    ],
)
def test_the_check_sees_a_violation(place: str, value: object) -> None:
    template = deepcopy(PLAIN)
    assert list(violations(template)) == []
    *path, last = place.split(".")
    target: Object = template
    for key in path:
        target = target[int(key)] if isinstance(target, list) else target[key]
    target[last] = value
    assert len(list(violations(template))) == 1
