"""Values that the API server refuses: the chart's schema refuses them by name, in the oldest and the newest Helm."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from support.helm.helm import RELEASES, run, template
from support.helm.valid import wrong

LONG = "a" * 64
SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
TERMS = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
FIELD = {"fieldRef": {"fieldPath": "metadata.name"}}
SECRET = {"secretKeyRef": {"name": "a", "key": "b"}}
CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}


def node(**expression: Any) -> Any:
    return {"nodeAffinity": {TERMS: {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", **expression}]}]}}}


def of_node(**field: Any) -> Any:
    return {"nodeAffinity": {TERMS: {"nodeSelectorTerms": [{"matchFields": [{"operator": "In", **field}]}]}}}


def pods(**term: Any) -> Any:
    return {"podAffinity": {TERMS: [{"topologyKey": "zone", **term}]}}


def preferred(weight: int) -> Any:
    return {"nodeAffinity": {PREFERRED: [{"weight": weight, "preference": {}}]}}


def container(**more: Any) -> Any:
    return [{"name": "a", "image": "busybox:1", "securityContext": SECURITY, **more}]


def metric(kind: str, key: str, **source: Any) -> Any:
    return [{"type": kind, key: source}]


def rolling(**update: Any) -> Any:
    return {"type": "RollingUpdate", "rollingUpdate": update}


REFUSED: list[tuple[str, Any]] = [
    # Variables
    ("extraEnv", [{"name": "A", "value": "b", "valueFrom": FIELD}]),
    ("extraEnv", [{"name": "A", "valueFrom": {}}]),
    ("extraEnv", [{"name": "A", "valueFrom": FIELD | SECRET}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.containers"}}}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.gpu"}}}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1Mi"}}}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1m"}}}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "", "key": "b"}}}]),
    ("extraEnv", [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a/b"}}}]),
    ("extraEnvFrom", [{"secretRef": {"name": ""}}]),
    ("extraEnvFrom", [{"secretRef": {"name": "a..b"}}]),
    ("extraEnvFrom", [{"secretRef": {"name": "a"}, "configMapRef": {"name": "b"}}]),
    # Volumes
    ("extraVolumes", [{"name": "a", "emptyDir": {}, "secret": {"secretName": "b"}}]),
    ("extraVolumes", [{"name": "a"}]),
    ("extraVolumes", [{"name": LONG, "emptyDir": {}}]),
    ("extraVolumes", [{"name": "a", "configMap": {"name": ""}}]),
    ("extraVolumes", [{"name": "a", "secret": {"secretName": "b", "items": [{"key": "c", "path": "../d"}]}}]),
    ("extraVolumes", [{"name": "a", "secret": {"secretName": "b", "items": [{"key": "c", "path": "..d"}]}}]),
    ("extraVolumes", [{"name": "a", "secret": {"secretName": "b", "defaultMode": 512}}]),
    ("extraVolumes", [{"name": "a", "persistentVolumeClaim": {"claimName": ""}}]),
    ("extraVolumes", [{"name": "a", "csi": {"driver": "Driver/A"}}]),
    ("extraVolumeMounts", [{"name": "tmp", "mountPath": "a"}]),
    ("extraVolumeMounts", [{"name": "tmp", "mountPath": "/"}]),
    ("extraVolumeMounts", [{"name": "tmp", "mountPath": "/a/../b"}]),
    ("extraVolumeMounts", [{"name": "tmp", "mountPath": "/a", "subPath": "../b"}]),
    # Where pods run
    ("tolerations", [{"key": "a", "operator": "Exists", "value": "b"}]),
    ("tolerations", [{"operator": "Equal", "value": "b"}]),
    ("tolerations", [{"effect": "NoSchedule"}]),
    ("tolerations", [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 1}]),
    ("tolerations", [{"key": "a", "value": LONG}]),
    ("nodeSelector", {"a..b/c": "d"}),
    ("nodeSelector", {"a": LONG}),
    ("affinity", node(operator="In")),
    ("affinity", node(operator="In", values=[])),
    ("affinity", node(operator="Exists", values=["b"])),
    ("affinity", node(operator="Gt", values=["b"])),
    ("affinity", node(operator="Gt", values=["1", "2"])),
    ("affinity", of_node(key="spec.unschedulable", values=["a"])),
    ("affinity", of_node(key="metadata.name", values=["a", "b"])),
    ("affinity", pods(labelSelector={"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]})),
    ("affinity", pods(namespaces=["a.b"])),
    ("affinity", preferred(0)),
    ("affinity", preferred(101)),
    ("topologySpreadConstraints", [{"maxSkew": 1, "topologyKey": "zone"}]),
    ("topologySpreadConstraints", [{**SPREAD, "maxSkew": 0}]),
    ("topologySpreadConstraints", [{**SPREAD, "minDomains": 2}]),
    ("topologySpreadConstraints", [{**SPREAD, "matchLabelKeys": ["a"]}]),
    ("priorityClassName", "High"),
    ("podLabels", {"a": "b c"}),
    ("podLabels", {"pod-template-hash": "a"}),
    ("podAnnotations", {"a b": "c"}),
    # Pods
    ("podSpec", {"dnsPolicy": "None"}),
    ("podSpec", {"dnsPolicy": "None", "dnsConfig": {"nameservers": []}}),
    ("podSpec", {"dnsConfig": {"nameservers": ["10.0.0.256"]}}),
    ("podSpec", {"dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]}}),
    ("podSpec", {"dnsConfig": {"searches": ["a.example"] * 33}}),
    ("podSpec", {"dnsConfig": {"searches": ["a..example"]}}),
    ("podSpec", {"dnsConfig": {"options": [{"name": ""}]}}),
    ("podSpec", {"hostAliases": [{"ip": "1.2.3", "hostnames": ["a"]}]}),
    ("podSpec", {"hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a_b"]}]}),
    ("podSpec", {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}}),
    # Containers
    ("containerSpec", {"lifecycle": {"preStop": {"exec": {"command": ["a"]}, "httpGet": {"port": 80}}}}),
    ("containerSpec", {"lifecycle": {"preStop": {}}}),
    ("containerSpec", {"lifecycle": {"preStop": {"exec": {"command": []}}}}),
    ("containerSpec", {"lifecycle": {"preStop": {"httpGet": {"port": 70000}}}}),
    ("probes.liveness", {"periodSeconds": 5}),
    ("probes.liveness", {"exec": {"command": ["a"]}, "tcpSocket": {"port": 80}}),
    ("probes.readiness", {"exec": {}}),
    ("probes.startup", {"tcpSocket": {"port": "80"}}),
    ("probes.startup", {"tcpSocket": {"port": "a--b"}}),
    ("extraContainers", container(livenessProbe={})),
    ("extraContainers", container(ports=[{"containerPort": 0}])),
    ("extraContainers", container(ports=[{"containerPort": 80, "name": "a-name-of-16-let"}])),
    ("extraInitContainers", container(livenessProbe={"tcpSocket": {"port": 80}})),
    ("extraInitContainers", container(lifecycle={"preStop": {"exec": {"command": ["a"]}}})),
    ("resources", {"limits": {"a..b/c": 1}}),
    ("resources", {"limits": {"requests.a/c": 1}}),
    ("resources", {"limits": {"hugepages-big": "2Mi"}}),
    ("resources", {"limits": {"memory": "8Ei"}}),
    # Workloads
    ("workloadSpec", {"strategy": {"type": "Recreate", "rollingUpdate": {}}}),
    ("workloadSpec", {"strategy": rolling(maxSurge=0, maxUnavailable="0%")}),
    ("workloadSpec", {"strategy": rolling(maxSurge="101%")}),
    ("workloadSpec", {"strategy": rolling(maxSurge="5")}),
    ("podDisruptionBudget.maxUnavailable", "5"),
    ("podDisruptionBudget.minAvailable", "101%"),
    # Scaling
    ("autoscaling.behavior", {"scaleUp": {"policies": []}}),
    ("autoscaling.behavior", {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 1}]}}),
    ("autoscaling.behavior", {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]}}),
    ("autoscaling.metrics", metric("Resource", "resource", name="cpu", target={"type": "Value", "value": 1})),
    ("autoscaling.metrics", metric("Resource", "resource", **{**CPU, "name": ""})),
    ("autoscaling.metrics", metric("Pods", "pods", metric={"name": "a"}, target=CPU["target"])),
    ("autoscaling.metrics", metric("External", "external", metric={"name": "a"}, target=CPU["target"])),
    (
        "autoscaling.metrics",
        metric("External", "external", metric={"name": "a/b"}, target={"type": "Value", "value": 1}),
    ),
    # Services and routes
    ("service.spec", {"loadBalancerSourceRanges": ["10.0.0.0/33"]}),
    ("service.spec", {"loadBalancerIP": "10.0.0"}),
    ("service.spec", {"sessionAffinity": "Cookie"}),
    ("service.spec", {"loadBalancerClass": "a/b/c"}),
    ("service.ports.http", 65536),
    ("service.nodePorts.http", 29999),
    ("service.extraPorts", [{"name": "A", "port": 80}]),
    ("service.extraPorts", [{"name": "a", "port": 80, "targetPort": "8080"}]),
    ("service.extraPorts", [{"name": "a", "port": 80, "appProtocol": "a/b/c"}]),
    ("ingress.path", "api"),
    ("ingress.host", "10.0.0.1"),
    ("ingress.host", "a..example"),
    ("ingress.extraRules", [{"host": "a.example", "http": {"paths": []}}]),
    ("ingress.extraTls", [{"hosts": ["a.example"], "secretName": ""}]),
    # Network policies
    ("networkPolicy.extraEgress", [{"to": [{}]}]),
    ("networkPolicy.extraEgress", [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}]),
    ("networkPolicy.extraEgress", [{"to": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]),
    ("networkPolicy.extraEgress", [{"to": [{"ipBlock": {"cidr": "300.0.0.0/8"}}]}]),
    ("networkPolicy.extraEgress", [{"to": [{"ipBlock": {"cidr": "2001:db8::/129"}}]}]),
    ("networkPolicy.extraEgress", [{"to": [{"ipBlock": {"cidr": "2001:db8::1::/64"}}]}]),
    ("networkPolicy.extraIngress", [{"ports": [{"endPort": 90}]}]),
    ("networkPolicy.extraIngress", [{"ports": [{"port": "http", "endPort": 90}]}]),
    ("networkPolicy.extraIngress", [{"ports": [{"port": 70000}]}]),
]
"""Values of a component."""
REFUSED_ELSEWHERE: list[tuple[str, Any]] = [
    ("busBackup.schedule", "60 * * * *"),
    ("busBackup.schedule", "* * * *"),
    ("busBackup.schedule", "@every 5m"),
    ("busBackup.workloadSpec", {"timeZone": "Europe/Atlantis"}),
    ("busBackup.initContainers.snapshot.containerSpec", {"lifecycle": {}}),
    ("bus.workloadSpec", {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {}}}),
    ("bus.persistence.accessModes", ["ReadWriteOnce", "ReadOnlyMany"]),
    ("networkPolicy.privateCidr", "10.0.0.0/99"),
    ("networkPolicy.apiServerCidr", "999.0.0.0/8"),
    ("networkPolicy.dns", [{}]),
    ("networkPolicy.namespaces.ingress", "a.b"),
    ("global.tolerations", [{"key": "a", "operator": "Exists", "value": "b"}]),
    ("global.topologySpreadConstraints", [{**SPREAD, "minDomains": 2}]),
    ("global.imagePullSecrets", [{"name": ""}]),
    ("resourceQuota.hard", {"gpus": 1}),
    ("resourceQuota.hard", {"pods": "1.5"}),
    ("limitRange.limits", [{"type": "Pod", "default": {"cpu": 1}}]),
    ("limitRange.limits", [{"type": "Container", "max": {"storage": "1Gi"}}]),
    ("limitRange.limits", [{"type": "PersistentVolumeClaim"}]),
    ("limitRange.limits", [{"type": "Container", "maxLimitRequestRatio": {"cpu": "0.5"}}]),
    ("access.teamSupport.rules", [{"verbs": ["get"], "resources": ["pods"]}]),
    ("access.teamSupport.rules", [{"verbs": ["get"], "apiGroups": [""]}]),
    ("access.teamSupport.group", "system:masters"),
]
ALL = [*((f"orchestrator.{path}", item) for path, item in REFUSED), *REFUSED_ELSEWHERE]
TAKEN: dict[str, Any] = {
    "extraEnv": [
        {"name": "A", "value": ""},
        {"name": "B"},
        {"name": "C", "valueFrom": FIELD},
        {"name": "D", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
    ],
    "extraEnvFrom": [{"secretRef": {"name": "a.b"}, "prefix": "A_"}],
    "extraVolumes": [
        {"name": "a", "secret": {"secretName": "b", "items": [{"key": ".c", "path": "d/e", "mode": 511}]}},
        {"name": "b", "emptyDir": {"medium": "Memory", "sizeLimit": "1.5Gi"}},
        {"name": "c", "csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}},
    ],
    "extraVolumeMounts": [{"name": "a", "mountPath": "/a/b/", "subPath": "d/..e"}],
    "tolerations": [
        {"operator": "Exists"},
        {"key": "a", "value": "b", "effect": "NoSchedule"},
        {"key": "a", "operator": "Equal", "value": "", "effect": "NoExecute", "tolerationSeconds": 0},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ],
    "affinity": node(operator="Gt", values=["-1"]) | pods(namespaces=["a"], labelSelector={}),
    "topologySpreadConstraints": [
        {**SPREAD, "matchLabelKeys": ["pod-template-hash"], "labelSelector": {}},
        {**SPREAD, "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2},
    ],
    "podSpec": {
        "dnsPolicy": "None",
        "dnsConfig": {"nameservers": ["::1"], "searches": ["a.example"], "options": [{"name": "ndots", "value": "2"}]},
        "hostAliases": [{"ip": "2001:db8::1", "hostnames": ["a.example"]}],
    },
    "probes": {"liveness": {"grpc": {"port": 80}}, "readiness": {"tcpSocket": {"port": "a1"}}, "startup": {}},
    "extraContainers": container(
        ports=[{"containerPort": 80, "name": "a"}, {"containerPort": 81}, {"containerPort": 81, "protocol": "UDP"}],
        livenessProbe={"exec": {"command": ["a"]}},
        resources={"requests": {"a.b/c": 1}, "limits": {"a.b/c": "1", "hugepages-2Mi": "4Mi", "memory": "7E"}},
    ),
    "workloadSpec": {"strategy": rolling(maxSurge=0, maxUnavailable=1)},
    "autoscaling": {
        "metrics": [
            *metric("Resource", "resource", **CPU),
            *metric("Pods", "pods", metric={"name": "a"}, target={"type": "AverageValue", "averageValue": "1k"}),
            *metric("External", "external", metric={"name": "a"}, target={"type": "Value", "value": 1}),
        ]
    },
    "service": {
        "spec": {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8", "2001:db8::/32"]},
        "extraPorts": [{"name": "a", "port": 80, "targetPort": "http", "appProtocol": "kubernetes.io/h2c"}],
    },
    "networkPolicy": {
        "extraEgress": [
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]},
            {"ports": [{"port": 80, "endPort": 90, "protocol": "UDP"}, {"port": "http"}]},
            {"to": [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:f::/48", "2001:db8:0:1::/64"]}}]},
            {},
        ],
        "extraIngress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}],
    },
}  # fmt: skip


@cache
def validator(chart: Path) -> Draft7Validator:
    return Draft7Validator(json.loads((chart / "values.schema.json").read_text(encoding="utf-8")))


@cache
def schema_at(chart: Path, path: str) -> Any:
    """Return the schema of a value, with the definitions that it refers to."""
    schema = validator(chart).schema
    found = schema
    for step in path.split("."):
        found = found["properties"][step]
    return {**found, "definitions": schema["definitions"]}


@pytest.mark.parametrize(("path", "item"), ALL)
def test_the_schema_refuses_what_the_api_refuses(chart: Path, path: str, item: Any) -> None:
    assert not Draft7Validator(schema_at(chart, path)).is_valid(item)


def rounds() -> Iterator[dict[str, Any]]:
    """Yield all values in as few files as possible, each with one of a path."""
    left = list(ALL)
    while left:
        chosen = dict(reversed(left))
        left = [(path, item) for path, item in left if chosen[path] is not item]
        yield chosen


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_helm_names_all_of_them(chart: Path, tmp_path: Path, release: str) -> None:
    for chosen in rounds():
        values: dict[str, Any] = {}
        for path, item in chosen.items():
            *sections, last = path.split(".")
            place = values
            for step in sections:
                place = place.setdefault(step, {})
            place[last] = item
        done = run("template", "quantacirc", chart, "--values", write(tmp_path, values), release=release)
        assert done.returncode != 0
        said = done.stderr.replace("/", ".")
        assert [path for path in chosen if path not in said] == []


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_what_the_api_takes_is_rendered(chart: Path, tmp_path: Path, release: str) -> None:
    values = {"orchestrator": TAKEN}
    assert wrong(template(chart, "--values", write(tmp_path, values), name="quantacirc", release=release)) == []


@pytest.mark.parametrize("none", ["0", 0, "0Mi", "0Gi", "0.0", "00"])
def test_a_quota_of_nothing_is_taken(chart: Path, none: Any) -> None:
    hard = Draft7Validator(schema_at(chart, "resourceQuota.hard"))
    assert hard.is_valid({"requests.storage": none})
    assert not hard.is_valid({"requests.storage": "0 Mi"})


@pytest.mark.parametrize("amount", ["2147e6", "5000e3", "1e15", "1500E+06", 10_737_418_240])
def test_amounts_of_the_model_are_those_of_the_chart(chart: Path, amount: Any) -> None:
    assert Draft7Validator(schema_at(chart, "bus.persistence.size")).is_valid(amount)


@pytest.mark.parametrize(
    "hard",
    [
        {"gold.storageclass.storage.k8s.io/requests.storage": "500Gi"},
        {"requests.hugepages-2Mi": "64Mi", "hugepages-1Gi": "2Gi"},
        {"requests.nvidia.com/gpu": 4, "count/jobs.batch": "10"},
        {"pods": "1k", "services": "0", "configmaps": 20},
    ],
)
def test_quotas_have_amounts(chart: Path, hard: Any) -> None:
    assert Draft7Validator(schema_at(chart, "resourceQuota.hard")).is_valid(hard)


def write(folder: Path, values: Mapping[str, Any]) -> Path:
    file = folder / "values.yaml"
    file.write_text(json.dumps(values), encoding="utf-8")
    return file


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("path", "item", "said"),
    [
        (
            "orchestrator.topologySpreadConstraints",
            [{**SPREAD, "maxSkew": 2}, SPREAD],
            "must not have the topologyKey,whenUnsatisfiable zone,ScheduleAnyway twice",
        ),
        (
            "orchestrator.topologySpreadConstraints",
            [{**SPREAD, "matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "b"}}}],
            "must not have a both in matchLabelKeys and in labelSelector",
        ),
        (
            "global.topologySpreadConstraints",
            [SPREAD, SPREAD],
            "must not have the topologyKey,whenUnsatisfiable zone,ScheduleAnyway twice",
        ),
        (
            "orchestrator.podSpec.hostAliases",
            [{"ip": "::1", "hostnames": ["a"]}] * 2,
            "must not have the ip ::1 twice",
        ),
        (
            "orchestrator.extraContainers",
            container(ports=[{"name": "a", "containerPort": one} for one in (80, 81)]),
            "(ports of a) must not have the name a twice",
        ),
        (
            "orchestrator.extraContainers",
            container(ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]),
            "(ports of a) must not have the containerPort,protocol 80,TCP twice",
        ),
        (
            "orchestrator.extraInitContainers",
            container(resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}),
            "(resources of a) has a request of 2Gi memory, above its limit of 1Gi",
        ),
        (
            "orchestrator.resources",
            {"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}},
            "has a request of 1 nvidia.com/gpu, below its limit of 2: both must be equal",
        ),
        (
            "orchestrator.resources",
            {"requests": {"nvidia.com/gpu": 1}},
            "has a request of 1 nvidia.com/gpu without an equal limit",
        ),
        (
            "orchestrator.resources",
            {"limits": {"hugepages-2Mi": "3Mi"}},
            "has 3Mi hugepages-2Mi, which is no multiple of the page size",
        ),
        (
            "orchestrator.extraContainers",
            container(resources={"limits": {"hugepages-2Mi": "2Mi"}}),
            "(resources of a) has hugepages-2Mi without cpu or memory",
        ),
        (
            "orchestrator.networkPolicy.extraIngress",
            [{"ports": [{"port": 90, "endPort": 89}]}],
            "must not have the endPort 89 below its port 90",
        ),
        (
            "orchestrator.networkPolicy.extraEgress",
            [{"to": [{"ipBlock": {"cidr": "10.0.0.0/9", "except": ["10.127.0.0/16", "10.128.0.0/16"]}}]}],
            "must not have except 10.128.0.0/16, which is not a smaller range within 10.0.0.0/9",
        ),
        (
            "networkPolicy.dns",
            [{"ipBlock": {"cidr": "2001:db8::/33", "except": ["2001:db8:8000::/48"]}}],
            "must not have except 2001:db8:8000::/48, which is not a smaller range within 2001:db8::/33",
        ),
        (
            "networkPolicy.extraEgress",
            [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]}],
            "must not have except 10.0.0.0/8, which is not a smaller range within 10.0.0.0/8",
        ),
        (
            "networkPolicy.extraEgress",
            [{"to": [{"ipBlock": {"cidr": "::/0", "except": ["10.0.0.0/8"]}}]}],
            "must not have except 10.0.0.0/8, which is not a smaller range within ::/0",
        ),
        ("busBackup.schedule", "0 5-1 * * *", "must not have the range 5-1, which ends before it begins"),
        ("busBackup.schedule", "0 0 * * FRI-sun", "must not have the range FRI-sun, which ends before it begins"),
        ("limitRange.limits", [{"type": "Pod"}] * 2, "must not have the type Pod twice"),
        (
            "limitRange.limits",
            [{"type": "Container", "default": {"cpu": "600m"}, "max": {"cpu": 0.5}}],
            "(Container) has 600m cpu as default, above 0.5 as max",
        ),
        (
            "limitRange.limits",
            [{"type": "Container", "default": {"memory": "1Gi"}, "defaultRequest": {"memory": "2Gi"}}],
            "(Container) has 2Gi memory as defaultRequest, above 1Gi as default",
        ),
        (
            "limitRange.limits",
            [{"type": "Pod", "min": {"cpu": 1}, "max": {"cpu": 2}, "maxLimitRequestRatio": {"cpu": 3}}],
            "(Pod) has a ratio of 3 for cpu, above that of max to min",
        ),
    ],
)
def test_parts_of_a_value_that_the_api_refuses_together_are_named(
    chart: Path, tmp_path: Path, path: str, item: Any, said: str, release: str
) -> None:
    values: Any = item
    for step in reversed(path.split(".")):
        values = {step: values}
    done = run("template", "quantacirc", chart, "--values", write(tmp_path, values), release=release)
    assert done.returncode != 0
    assert f"{path} {said}" in done.stderr


@pytest.mark.integration
@pytest.mark.parametrize(
    "schedule", ["0,30 0-6/2 1-7 JAN-mar,12 sun-Sat", "17 */06 * * *", "005 2 * * *", " 15 2\t* * * "]
)
def test_a_schedule_of_the_model_is_one_of_the_chart(chart: Path, tmp_path: Path, schedule: str) -> None:
    values = {"busBackup": {"schedule": schedule}}
    assert template(chart, "--values", write(tmp_path, values), name="quantacirc")
