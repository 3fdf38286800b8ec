"""``helm test``: a pod that checks the readiness of every component, and the policies that allow it."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import MANAGED_BY, RELEASE, Expression, all_of, value
from quantacirc_cdk.helm.node import Choice, Insert, Lines, Spread, Text
from quantacirc_cdk.helm.objects import NAME_LABEL
from quantacirc_cdk.helm.own_names import full_name
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path
from quantacirc_cdk.helm.rules.pods import pull_secrets
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schemas import BOOLEAN
from quantacirc_cdk.helm.substitution import NAMESPACE
from quantacirc_cdk.helm.yaml_text import document
from quantacirc_cdk.manifests import POD_TEMPLATES

ENABLED = "tests.enabled"
NAME = "health-test"

_SCRIPT = """\
set -eu
check() {
  curl --fail --silent --show-error --output /dev/null --max-time 5 --retry 20 --retry-delay 3 --retry-all-errors "$1"
  echo "ready: $1"
}
"""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Readiness endpoint of a component."""

    component: str
    section: str
    """Section of the component in the values."""
    url: str
    port: int
    """Port of the container, which network policies match."""


def parameter() -> Parameter:
    """Return the switch of the test."""
    return Parameter(
        path=ENABLED,
        description="Let `helm test` check the readiness of every component.",
        schema=BOOLEAN,
        default=True,
    )


def endpoints(subjects: Sequence[Subject]) -> Iterator[Endpoint]:
    """Yield the health endpoint of each component with one behind a Service."""
    for subject in subjects:
        key = subject.workload
        if key is None or key.kind not in ("Deployment", "StatefulSet"):
            continue
        container: Path = (*POD_TEMPLATES[key.kind], "spec", "containers", 0)
        numbers = {
            one.get("name"): one["containerPort"]
            for ports in subject.samples(key, (*container, "ports"))[:1]
            for one in ports
        }
        for probe in subject.samples(key, (*container, "readinessProbe", "httpGet"))[:1]:
            target = numbers.get(probe["port"], probe["port"])
            for service in sorted(subject.of_kind("Service"), key=lambda each: each.name != subject.name):
                ports = subject.samples(service, ("spec", "ports"))[0]
                leads = ((one["port"], one.get("targetPort", one["port"])) for one in ports)
                number = next((port for port, leading in leads if numbers.get(leading, leading) == target), None)
                if number is not None:
                    url = f"http://{service.name}:{number}{probe.get('path', '/')}"
                    yield Endpoint(component=subject.name, section=subject.values, url=url, port=target)
                    break


def health_test(
    found: Sequence[Endpoint],
    *,
    image: str | Expression,
    pull_policy: str | Expression,
    user_id: int,
    switches: Container[str],
    rename: Callable[[str], str | Text],
) -> str:
    """Return the template; ``image`` is the reference of an image with ``sh`` and ``curl``, and ``switches`` contains
    the path of each value that switches a component on.

    ``rename`` returns a text with the names that the chart gives to Services.
    """
    tested = value(ENABLED)
    policies = all_of(
        tested, Expression(".Values.networkPolicy.enabled", lambda scope: scope.value("networkPolicy.enabled"))
    )
    names = sorted({each.component for each in found})
    ports = [{"port": number, "protocol": "TCP"} for number in sorted({each.port for each in found})]
    labels = {NAME_LABEL: NAME, "app.kubernetes.io/instance": Insert(RELEASE)}
    tested_pods = {
        "matchExpressions": [{"key": NAME_LABEL, "operator": "In", "values": names}],
        "matchLabels": {"app.kubernetes.io/instance": Insert(RELEASE)},
    }
    out = _policy(
        "egress", {"matchLabels": labels}, {"egress": [{"ports": ports, "to": [{"podSelector": tested_pods}]}]}
    )
    into = _policy(
        "ingress", tested_pods, {"ingress": [{"from": [{"podSelector": {"matchLabels": labels}}], "ports": ports}]}
    )
    checks: list[str | Text | Choice] = []
    for each in found:
        check, switch = rename(f"check {each.url}\n"), f"{each.section}.enabled"
        checks.append(Choice(value(switch), check) if switch in switches else check)
    script = Lines((_SCRIPT, *checks))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata("0", Text((full_name(), f"-{NAME}"))),
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": NAME,
                    "command": ["/bin/sh", "-c", script],
                    "image": image if isinstance(image, str) else Insert(image),
                    "imagePullPolicy": pull_policy if isinstance(pull_policy, str) else Insert(pull_policy),
                    "resources": {
                        "limits": {"ephemeral-storage": "64Mi", "memory": "64Mi"},
                        "requests": {"cpu": "10m", "ephemeral-storage": "64Mi", "memory": "32Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": True,
                        "runAsNonRoot": True,
                    },
                }
            ],
            "imagePullSecrets": [Spread(pull_secrets())],
            "restartPolicy": "Never",
            "securityContext": {
                "runAsGroup": user_id,
                "runAsNonRoot": True,
                "runAsUser": user_id,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }
    return "\n".join([document(out, [policies]), document(into, [policies]), document(pod, [tested])])


def _policy(direction: str, pods: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata("-1", Text((full_name(), f"-{NAME}-{direction}"))),
        "spec": {"podSelector": pods, **rules, "policyTypes": [direction.capitalize()]},
    }


def _metadata(weight: str, name: Text) -> dict[str, Any]:
    return {
        "annotations": {
            "helm.sh/hook": "test",
            "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
            "helm.sh/hook-weight": weight,
        },
        "labels": {
            NAME_LABEL: NAME,
            "app.kubernetes.io/component": "test",
            "app.kubernetes.io/instance": Insert(RELEASE),
            "app.kubernetes.io/managed-by": Insert(MANAGED_BY),
        },
        "name": name,
        "namespace": Insert(NAMESPACE),
    }
