"""Values that users of charts expect: each is set, and seen in what Helm renders."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.model import Project
from support.helm.helm import RELEASES, run, template
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, containers, pod_templates

pytestmark = pytest.mark.integration

SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
ANY_USER = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
HOOK = {"preStop": {"exec": {"command": ["sleep", "9"]}}}
BESIDE = {"name": "beside", "image": "busybox:1", "securityContext": SECURITY}
FIRST = {"name": "first", "image": "busybox:1", "securityContext": SECURITY}
NODE_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]
        }
    }
}
TOLERATIONS = [{"key": "dedicated", "operator": "Exists"}]
SPREAD = [{"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule"}]
BEHAVIOR = {"scaleDown": {"stabilizationWindowSeconds": 600}}
METRICS = [
    {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 55}},
    }
]
DROP = [{"action": "labeldrop", "regex": "pod_template_hash"}]
VALUES: dict[str, Any] = {
    "global": {
        "nodeSelector": {"pool": "system"},
        "tolerations": TOLERATIONS,
        "affinity": NODE_AFFINITY,
        "topologySpreadConstraints": SPREAD,
        "priorityClassName": "company",
        "podLabels": {"team": "a"},
        "podAnnotations": {"example.com/a": "b"},
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}],
    },
    "addons": {"prometheusOperator": True, "gatewayApi": False},
    "exporter": {
        "nodeSelector": {"pool": "own"},
        "topologySpreadConstraints": [{**SPREAD[0], "maxSkew": 3}],
        "podDisruptionBudget": {"maxUnavailable": 2},
    },
    "orchestrator": {
        "podSpec": {
            "hostAliases": [{"ip": "192.0.2.7", "hostnames": ["old.example"]}],
            "dnsPolicy": "None",
            "dnsConfig": {"nameservers": ["192.0.2.53"]},
            "securityContext": ANY_USER,
            "runtimeClassName": "gvisor",
            "schedulerName": "bin-packing",
            "enableServiceLinks": True,
        },
        "containerSpec": {
            "lifecycle": HOOK,
            "command": ["/bin/run"],
            "args": ["--fast"],
            "workingDir": "/srv",
            "securityContext": SECURITY,
        },
        "workloadSpec": {"strategy": {"type": "Recreate"}, "revisionHistoryLimit": 0},
        "extraEnvFrom": [{"secretRef": {"name": "more-settings"}}],
        "extraContainers": [BESIDE],
        "extraInitContainers": [FIRST],
        "extraVolumes": [{"name": "any", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "any", "mountPath": "/any"}, {"name": "tmp", "mountPath": "/var/tmp"}],
        "service": {
            "spec": {"type": "NodePort", "externalTrafficPolicy": "Local"},
            "ports": {"http": 8088},
            "nodePorts": {"http": 30080},
            "extraPorts": [{"name": "web", "port": 80, "targetPort": "http"}],
        },
        "ingress": {
            "enabled": True,
            "className": "traefik",
            "path": "/api",
            "pathType": "ImplementationSpecific",
            "labels": {"zone": "public"},
            "annotations": {"example.com/own": "1"},
            "classAnnotations": {"traefik": {"traefik.ingress.kubernetes.io/router.priority": "9"}},
        },
        "serviceMonitor": {
            "relabelings": DROP,
            "metricRelabelings": DROP,
            "endpoint": {"scrapeTimeout": "5s"},
        },
        "autoscaling": {"behavior": BEHAVIOR, "metrics": METRICS},
        "podDisruptionBudget": {"minAvailable": "50%"},
    },
    "ledger": {
        "persistence": {"existingClaim": "old-data"},
        "workloadSpec": {"updateStrategy": {"type": "OnDelete"}},
    },
    "bus": {
        "persistence": {"annotations": {"example.com/keep": "yes"}, "accessModes": ["ReadWriteOncePod"]},
        "containers": {"exporter": {"containerSpec": {"lifecycle": HOOK}}},
    },
    "busBackup": {"workloadSpec": {"successfulJobsHistoryLimit": 0, "backoffLimit": 1}},
}


def of(objects: list[Object], kind: str, name: str) -> Any:
    (found,) = [item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    return found


@pytest.fixture(scope="module")
def rendered(chart: Path, project: Project, tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    """Return what Helm renders with all of the values set."""
    file = tmp_path_factory.mktemp("values") / "values.yaml"
    file.write_text(yaml.safe_dump(VALUES), encoding="utf-8")
    return template(chart, "--values", file, name=project.system.name)


Read = Callable[[list[Object]], Any]


def pod(objects: list[Object]) -> Any:
    return of(objects, "Deployment", "orchestrator")["spec"]["template"]["spec"]


def main(objects: list[Object]) -> Any:
    return pod(objects)["containers"][0]


def service(objects: list[Object]) -> Any:
    return of(objects, "Service", "orchestrator")["spec"]


def ingress(objects: list[Object]) -> Any:
    return of(objects, "Ingress", "orchestrator")


def endpoint(objects: list[Object]) -> Any:
    return of(objects, "ServiceMonitor", "orchestrator")["spec"]["endpoints"][0]


def scaler(objects: list[Object]) -> Any:
    return of(objects, "HorizontalPodAutoscaler", "orchestrator")["spec"]


def main_path(objects: list[Object]) -> Any:
    (found,) = [
        path
        for path in ingress(objects)["spec"]["rules"][0]["http"]["paths"]
        if path["backend"]["service"]["name"] == "orchestrator"
    ]
    return found


def bus_claim(objects: list[Object]) -> Any:
    return of(objects, "StatefulSet", "bus")["spec"]["volumeClaimTemplates"][0]


SEEN: dict[str, tuple[Read, Any]] = {
    "podSpec.hostAliases": (lambda found: pod(found)["hostAliases"][0]["ip"], "192.0.2.7"),
    "podSpec.dnsPolicy": (lambda found: pod(found)["dnsPolicy"], "None"),
    "podSpec.dnsConfig": (lambda found: pod(found)["dnsConfig"], {"nameservers": ["192.0.2.53"]}),
    "podSpec.securityContext": (lambda found: pod(found)["securityContext"], ANY_USER),
    "podSpec.runtimeClassName": (lambda found: pod(found)["runtimeClassName"], "gvisor"),
    "podSpec.schedulerName": (lambda found: pod(found)["schedulerName"], "bin-packing"),
    "podSpec.enableServiceLinks": (lambda found: pod(found)["enableServiceLinks"], True),
    "containerSpec.lifecycle": (lambda found: main(found)["lifecycle"], HOOK),
    "containerSpec.command": (lambda found: main(found)["command"], ["/bin/run"]),
    "containerSpec.args": (lambda found: main(found)["args"], ["--fast"]),
    "containerSpec.workingDir": (lambda found: main(found)["workingDir"], "/srv"),
    "containerSpec.securityContext": (lambda found: main(found)["securityContext"], SECURITY),
    "containers.containerSpec": (
        lambda found: [
            each["lifecycle"]
            for each in of(found, "StatefulSet", "bus")["spec"]["template"]["spec"]["containers"]
            if each["name"] == "exporter"
        ],
        [HOOK],
    ),
    "workloadSpec.strategy": (
        lambda found: of(found, "Deployment", "orchestrator")["spec"]["strategy"],
        {"type": "Recreate"},
    ),
    "workloadSpec.revisionHistoryLimit": (
        lambda found: of(found, "Deployment", "orchestrator")["spec"]["revisionHistoryLimit"],
        0,
    ),
    "workloadSpec.updateStrategy": (
        lambda found: of(found, "StatefulSet", "ledger")["spec"]["updateStrategy"],
        {"type": "OnDelete"},
    ),
    "workloadSpec of a CronJob": (
        lambda found: of(found, "CronJob", "bus-backup")["spec"]["successfulJobsHistoryLimit"],
        0,
    ),
    "workloadSpec of a CronJob's Jobs": (
        lambda found: of(found, "CronJob", "bus-backup")["spec"]["jobTemplate"]["spec"]["backoffLimit"],
        1,
    ),
    "extraEnvFrom": (lambda found: main(found)["envFrom"][-1], {"secretRef": {"name": "more-settings"}}),
    "extraContainers": (lambda found: pod(found)["containers"][-1], BESIDE),
    "extraInitContainers": (lambda found: pod(found)["initContainers"][-1], FIRST),
    "extraVolumes": (lambda found: pod(found)["volumes"][-1], {"name": "any", "emptyDir": {}}),
    "extraVolumeMounts": (lambda found: main(found)["volumeMounts"][-1], {"name": "tmp", "mountPath": "/var/tmp"}),
    "service.spec.type": (lambda found: service(found)["type"], "NodePort"),
    "service.spec.externalTrafficPolicy": (lambda found: service(found)["externalTrafficPolicy"], "Local"),
    "service.ports": (
        lambda found: {port["name"]: (port["port"], port["targetPort"]) for port in service(found)["ports"]}["http"],
        (8088, "http"),
    ),
    "service.ports in the address that clients have": (
        lambda found: of(found, "ConfigMap", "cli")["data"]["QUANTACIRC_ORCHESTRATOR_URL"],
        "http://orchestrator:8088",
    ),
    "service.nodePorts": (
        lambda found: {port["name"]: port.get("nodePort") for port in service(found)["ports"]}["http"],
        30080,
    ),
    "service.extraPorts": (
        lambda found: service(found)["ports"][-1],
        {"name": "web", "port": 80, "targetPort": "http"},
    ),
    "ingress.path": (lambda found: main_path(found)["path"], "/api"),
    "ingress.pathType": (lambda found: main_path(found)["pathType"], "ImplementationSpecific"),
    "ingress.labels": (lambda found: ingress(found)["metadata"]["labels"]["zone"], "public"),
    "ingress.className": (
        lambda found: ingress(found)["metadata"]["annotations"],
        {"example.com/own": "1", "traefik.ingress.kubernetes.io/router.priority": "9"},
    ),
    "serviceMonitor.relabelings": (lambda found: endpoint(found)["relabelings"][-1:], DROP),
    "serviceMonitor.metricRelabelings": (lambda found: endpoint(found)["metricRelabelings"], DROP),
    "serviceMonitor.endpoint": (lambda found: endpoint(found)["scrapeTimeout"], "5s"),
    "autoscaling.behavior": (lambda found: scaler(found)["behavior"], BEHAVIOR),
    "autoscaling.metrics": (lambda found: scaler(found)["metrics"], METRICS),
    "podDisruptionBudget.minAvailable": (
        lambda found: {
            key: item
            for key, item in of(found, "PodDisruptionBudget", "orchestrator")["spec"].items()
            if key in ("maxUnavailable", "minAvailable")
        },
        {"minAvailable": "50%"},
    ),
    "podDisruptionBudget.maxUnavailable": (
        lambda found: of(found, "PodDisruptionBudget", "exporter")["spec"]["maxUnavailable"],
        2,
    ),
    "persistence.existingClaim": (
        lambda found: [
            "volumeClaimTemplates" in of(found, "StatefulSet", "ledger")["spec"],
            *(
                each["persistentVolumeClaim"]
                for each in of(found, "StatefulSet", "ledger")["spec"]["template"]["spec"]["volumes"]
                if "persistentVolumeClaim" in each
            ),
        ],
        [False, {"claimName": "old-data"}],
    ),
    "persistence.annotations": (
        lambda found: bus_claim(found)["metadata"]["annotations"],
        {"example.com/keep": "yes"},
    ),
    "persistence.accessModes": (lambda found: bus_claim(found)["spec"]["accessModes"], ["ReadWriteOncePod"]),
    "a component's own nodeSelector": (
        lambda found: of(found, "Deployment", "exporter")["spec"]["template"]["spec"]["nodeSelector"],
        {"pool": "own"},
    ),
    "a component's own topologySpreadConstraints": (
        lambda found: of(found, "Deployment", "exporter")["spec"]["template"]["spec"]["topologySpreadConstraints"],
        [{**SPREAD[0], "maxSkew": 3}],
    ),
}


@pytest.mark.parametrize("value", SEEN)
def test_a_value_is_seen_in_what_is_rendered(rendered: list[Object], value: str) -> None:
    read, expected = SEEN[value]
    assert read(rendered) == expected


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("tolerations", "tolerations"),
        ("affinity", "affinity"),
        ("priorityClassName", "priorityClassName"),
    ],
)
def test_a_global_value_is_in_every_pod(rendered: list[Object], value: str, field: str) -> None:
    pods = list(pod_templates(rendered))
    assert len(pods) > 20
    assert [item["metadata"]["name"] for item, each in pods if each["spec"].get(field) != VALUES["global"][value]] == []


def test_what_is_global_is_in_every_pod_that_has_none_of_its_own(rendered: list[Object]) -> None:
    for item, each in pod_templates(rendered):
        name = item["metadata"]["name"]
        wanted = ("own", 3) if name == "exporter" else ("system", 2)
        spec = each["spec"]
        assert (spec["nodeSelector"]["pool"], spec["topologySpreadConstraints"][0]["maxSkew"]) == wanted, name


def test_global_labels_annotations_and_variables_are_in_every_pod(rendered: list[Object]) -> None:
    for item, each in pod_templates(rendered):
        name = item["metadata"]["name"]
        assert each["metadata"]["labels"]["team"] == "a", name
        assert each["metadata"]["annotations"]["example.com/a"] == "b", name
        for container in containers(each):
            if container["name"] not in ("beside", "first"):
                assert VALUES["global"]["extraEnv"][0] in container["env"], (name, container["name"])


def test_what_is_rendered_with_all_of_them_is_valid(rendered: list[Object]) -> None:
    assert wrong(rendered) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--set", "global.nodeSelectors.a=b"], "global.nodeSelectors has no effect"),
        (
            ["--set", "bus.persistence.existingClaim=a,bus.replicas=3"],
            "bus.persistence.existingClaim is a single volume",
        ),
        (
            ["--set", "orchestrator.service.ports.http=9090"],
            "orchestrator.service.ports must not have the TCP port 9090 twice",
        ),
        (
            ["--set", "orchestrator.autoscaling.minReplicas=5,orchestrator.autoscaling.maxReplicas=3"],
            "orchestrator.autoscaling.minReplicas is 5, above orchestrator.autoscaling.maxReplicas, which is 3",
        ),
        (
            ["--set", "bus.replicas=3,bus.podDisruptionBudget.minAvailable=3"],
            "bus.podDisruptionBudget.minAvailable is 3: with 3 in bus.replicas, no drain could ever evict a pod",
        ),
        (
            ["--set", "orchestrator.podDisruptionBudget.minAvailable=4,orchestrator.autoscaling.maxReplicas=4"],
            "orchestrator.podDisruptionBudget.minAvailable is 4: with 4 in orchestrator.autoscaling.maxReplicas",
        ),
        (["--set", "bus.podDisruptionBudget.minAvailable=100%"], "minAvailable"),
        (["--set", "bus.podDisruptionBudget.maxUnavailable=0"], "maxUnavailable"),
        (["--set", "bus.podDisruptionBudget.maxUnavailable=0%"], "maxUnavailable"),
        (
            ["--set", "bus.resources.requests.memory=2Gi"],
            "bus.resources has a request of 2Gi memory, above its limit of 1Gi",
        ),
        (
            ["--set", "bus.containers.exporter.resources.limits.cpu=0.0095"],
            "bus.containers.exporter.resources has a request of 10m cpu, above its limit of 0.0095",
        ),
        (
            ["--set", "bus.containers.exporter.resources.limits.cpu=9500u"],
            "bus.containers.exporter.resources has a request of 10m cpu, above its limit of 9500u",
        ),
        (["--set", "bus.enabled=false"], "bus.enabled is false, but in use by "),
        (["--set", "ledger.enabled=false"], "ledger.enabled is false, but in use by "),
        (
            ["--set", "orchestrator.enabled=false"],
            "orchestrator.enabled is false, but in use by cli: switch them off as well",
        ),
        (["--set", "orchestrator.podSpec.dnsPolice=None"], "dnsPolice"),
        (["--set", "orchestrator.podSpec.hostNetwork=true"], "hostNetwork"),
        (["--set", "orchestrator.containerSpec.securityContext.privileged=true"], "privileged"),
        (["--set", "orchestrator.service.spec.clusterIp=1"], "clusterIp"),
        (["--set-json", 'orchestrator.extraContainers=[{"name":"a","image":"b"}]'], "securityContext"),
    ],
)
def test_a_value_without_effect_is_refused_by_name(
    chart: Path, project: Project, options: list[str], named: str, release: str
) -> None:
    done = run("template", project.system.name, chart, *options, release=release)
    assert done.returncode != 0
    assert named in done.stderr


@pytest.mark.parametrize("release", RELEASES)
def test_all_values_without_effect_are_named_at_once(chart: Path, project: Project, release: str) -> None:
    options = "global.a=1,bus.enabled=false,ledger.enabled=false"
    done = run("template", project.system.name, chart, "--set", options, release=release)
    _, _, said = done.stderr.partition("): ")
    assert [line.split()[0] for line in said.splitlines()[:3]] == ["global.a", "bus.enabled", "ledger.enabled"]


@pytest.mark.parametrize(
    "options",
    [
        "orchestrator.autoscaling.enabled=false,orchestrator.autoscaling.minReplicas=5",
        "orchestrator.podDisruptionBudget.minAvailable=50%",
        "orchestrator.podDisruptionBudget.minAvailable=2,orchestrator.autoscaling.maxReplicas=3",
        "bus.podDisruptionBudget.enabled=false,bus.podDisruptionBudget.minAvailable=3",
        "bus.resources.requests.memory=1024Mi",
        "bus.resources.requests.memory=1.0e9",
        "bus.enabled=false,bus.url=tls://nats.example:4222",
        "ledger.enabled=false,ledger.existingSecret=mine",
        "ledger.enabled=false,addons.externalSecrets=true",
        "orchestrator.enabled=false,cli.enabled=false",
    ],
)
def test_values_that_fit_together_are_taken(chart: Path, project: Project, options: str) -> None:
    assert template(chart, "--set", options, name=project.system.name)


def test_a_store_without_clients_can_be_switched_off(chart: Path, project: Project) -> None:
    done = run("template", project.system.name, chart, "--set", "ledger.enabled=false")
    assert re.search(r"in use by ([\w, ]+): set ledger.existingSecret", done.stderr), done.stderr
    off = {"ledger"}
    while found := re.search(r"in use by ([\w, ]+)", done.stderr):  # Clients have clients, too.
        assert not off >= {*found[1].split(", ")}, done.stderr
        off |= {*found[1].split(", ")}
        done = run(
            "template", project.system.name, chart, "--set", ",".join(f"{name}.enabled=false" for name in sorted(off))
        )
    assert done.returncode == 0, done.stderr


def test_a_component_that_is_switched_off_has_no_alert_that_it_is_missing(chart: Path, project: Project) -> None:
    def watched(*off: str) -> set[str]:
        values = ",".join(
            [
                "addons.prometheusOperator=true,otelCollector.enabled=true",
                *(f"{name}.enabled=false" for name in sorted(off)),
            ]
        )
        rules = of(template(chart, "--set", values, name=project.system.name), "PrometheusRule", chart.name)
        alerts = [alert for group in rules["spec"]["groups"] for alert in group.get("rules", ())]
        return {alert["labels"]["component"] for alert in alerts if "component" in alert["labels"]}

    assert watched() - watched("orchestrator", "cli", "otelCollector") == {"orchestrator", "otel-collector"}


def test_nothing_is_open_to_the_outside_unless_it_is_switched_on(chart: Path, project: Project) -> None:
    kinds = {item["kind"] for item in template(chart, name=project.system.name)}
    closed = {"Ingress", "HTTPRoute", "ReferenceGrant", "BackendTrafficPolicy", "ResourceQuota", "LimitRange"}
    assert not kinds & closed


def test_an_httproute_takes_the_values_of_the_way_in(chart: Path, project: Project, tmp_path: Path) -> None:
    way_in = {
        "enabled": True, "host": "a.example", "tls": True, "tlsSecretName": "own", "path": "/api", "pathType": "Exact",
        "gateway": {"name": "edge", "namespace": "edge-system"}, "issuer": "zerossl", "timeout": "5s",
        "limits": {"requestsPerSecond": 7, "bodySize": "1Mi"},
    }  # fmt: skip
    values = tmp_path / "values.yaml"
    values.write_text(json.dumps({"addons": {"certManager": True}, "orchestrator": {"ingress": way_in}}))
    objects = template(chart, "--values", values, name=project.system.name)
    assert not [item for item in objects if item["kind"] == "Ingress"]
    route = of(objects, "HTTPRoute", "orchestrator")["spec"]
    assert route["hostnames"] == ["a.example"]
    (parent,) = route["parentRefs"]
    assert (parent["name"], parent["namespace"], parent["sectionName"]) == ("edge", "edge-system", "https")
    assert route["rules"][-1]["matches"] == [{"path": {"type": "Exact", "value": "/api"}}]
    assert route["rules"][-1]["timeouts"] == {"request": "5s"}
    assert of(objects, "HTTPRoute", "orchestrator-redirect")["spec"]["hostnames"] == ["a.example"]
    certificate = of(objects, "Certificate", "orchestrator-ingress-tls")["spec"]
    assert (certificate["dnsNames"], certificate["secretName"]) == (["a.example"], "own")
    assert certificate["issuerRef"]["name"] == "zerossl"
    grant = of(objects, "ReferenceGrant", "orchestrator")["spec"]
    assert (grant["from"][0]["namespace"], grant["to"][0]["name"]) == ("edge-system", "own")
    policy = of(objects, "BackendTrafficPolicy", "orchestrator")["spec"]
    assert policy["rateLimit"]["local"]["rules"][0]["limit"]["requests"] == 7
    assert policy["requestBuffer"] == {"limit": "1Mi"}


def test_what_is_denied_by_default_is_denied_to_the_releases_own_pods(chart: Path, project: Project) -> None:
    objects = template(chart, name="mine", namespace="shared")
    deny = of(objects, "NetworkPolicy", "mine-default-deny")
    assert deny["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/instance": "mine"}}
    for _, each in pod_templates(objects):
        assert each["metadata"]["labels"]["app.kubernetes.io/instance"] == "mine"
