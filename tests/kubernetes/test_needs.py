"""A component is whatever a container can be: what it says comes out, and nothing that it does not say."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.kubernetes.reachability import connections, pods
from quantacirc_cdk.model import load_project
from support.foreign import foreign_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes import custom_resources
from support.kubernetes.manifests import Object, find, of_kind, pod_templates
from support.kubernetes.schemas import CORE, NEWEST, errors
from support.kubernetes.synthesis import render
from support.project import Project

Objects = Mapping[str, Sequence[Object]]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return foreign_project(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def rendered_gallery(gallery: Project) -> Objects:
    return render(gallery.root, gallery.root / "dist" / "kubernetes")


@pytest.fixture
def home(rendered_gallery: Objects) -> Sequence[Object]:
    return rendered_gallery["home"]


@pytest.fixture
def big(rendered_gallery: Objects) -> Sequence[Object]:
    return rendered_gallery["big"]


def pod(objects: Sequence[Object], name: str) -> Object:
    """Return the template of a component's pods."""
    (found,) = [
        template
        for item, template in pod_templates(objects)
        if item["metadata"]["labels"]["app.kubernetes.io/name"] == name
    ]
    return found


def container(objects: Sequence[Object], name: str, which: str = "") -> Object:
    """Return a component's own container, or another of its pods."""
    spec = pod(objects, name)["spec"]
    every = [*spec["containers"], *spec.get("initContainers", [])]
    (found,) = [one for one in every if one["name"] == (which or name)]
    return found


def env(found: Object) -> dict[str, object]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in found.get("env", [])}


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["home", "big"])
def test_every_object_is_valid(rendered_gallery: Objects, environment: str) -> None:
    objects = rendered_gallery[environment]
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert len(core) > 40
    assert [error for item in core for version in ("1.29", NEWEST) for error in errors(item, version)] == []
    known = [item for item in objects if item["apiVersion"] not in CORE and item["kind"] != "VerticalPodAutoscaler"]
    assert custom_resources.errors(known) == []


@pytest.mark.integration
def test_ports_are_those_stated_and_no_others(home: Sequence[Object]) -> None:
    ports = {
        item["metadata"]["name"]: [(port["name"], port["port"], port["protocol"]) for port in item["spec"]["ports"]]
        for item in of_kind(home, "Service")
        if not item["metadata"]["name"].endswith("-closed")
    }
    assert ports == {
        "cache": [("valkey", 6379, "TCP"), ("exporter", 9121, "TCP")],
        "relay": [("game", 7777, "UDP"), ("game-old", 7000, "UDP"), ("tls", 8443, "TCP")],
        "relay-game": [("game", 777, "UDP")],
        "relay-old": [("game-old", 7000, "UDP")],
        "streaming": [("grpc", 50051, "TCP")],
        "web": [("web-http", 80, "TCP"), ("http-for-old-clients", 8080, "TCP"), ("web-admin", 3001, "TCP")],
    }
    assert "ports" not in container(home, "jobs")
    assert find(home, "Service", "web")["spec"]["ports"][0]["appProtocol"] == "http"


def test_several_ports_of_a_service_lead_to_one_port_of_the_container(home: Sequence[Object]) -> None:
    first, alternative, _ = find(home, "Service", "web")["spec"]["ports"]
    assert first["targetPort"] == alternative["targetPort"] == "http"
    assert alternative["appProtocol"] == "kubernetes.io/h2c"
    assert [one["containerPort"] for one in container(home, "web")["ports"]] == [3000, 3001]
    assert find(home, "Service", "relay-old")["spec"]["ports"][0]["targetPort"] == "game"
    rules = [rule for each in of_kind(home, "NetworkPolicy") for rule in each["spec"].get("ingress", [])]
    open_ports = {port["port"] for rule in rules for port in rule.get("ports", [])}
    assert {3000, 7777} <= open_ports
    assert not {80, 8080, 7000} & open_ports  # Policies match the ports of containers.


def test_probes_are_those_stated_each_apart(home: Sequence[Object]) -> None:
    web = container(home, "web")
    assert web["startupProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert web["livenessProbe"]["httpGet"]["httpHeaders"] == [{"name": "X-Probe", "value": "yes"}]
    assert web["livenessProbe"]["httpGet"]["port"] == "admin"
    assert web["readinessProbe"]["exec"]["command"] == ["test", "-f", "/srv/app/tmp/ready"]
    streaming = container(home, "streaming")
    assert streaming["livenessProbe"]["grpc"] == {"port": 50051}
    assert streaming["readinessProbe"]["grpc"] == {"port": 50051, "service": "ready"}
    cache = container(home, "cache")
    assert cache["startupProbe"]["tcpSocket"] == {"port": "valkey"}
    assert "livenessProbe" not in cache
    assert not any(key.endswith("Probe") for key in container(home, "relay"))


def test_what_serves_no_metrics_is_not_scraped_and_has_no_alert(big: Sequence[Object]) -> None:
    (monitor,) = of_kind(big, "ServiceMonitor")
    assert monitor["metadata"]["name"] == "cache"
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert (monitor["spec"]["endpoints"][0]["port"], monitor["spec"]["endpoints"][0]["path"]) == ("exporter", "/scrape")
    (rules,) = of_kind(big, "PrometheusRule")
    down = [
        rule for group in rules["spec"]["groups"] for rule in group["rules"] if rule.get("alert") == "ComponentDown"
    ]
    assert [rule["labels"]["component"] for rule in down] == ["cache"]


def test_what_may_have_no_pods_raises_no_alarm_without_them(gallery: Project, tmp_path: Path) -> None:
    copy = Project(tmp_path / "copy")
    shutil.copytree(gallery.root, copy.root, ignore=shutil.ignore_patterns("dist"))
    text = copy.environment_file("big").read_text()
    copy.write_environment("big", f"{text}  cache: {{ replicas: {{ min: 0, max: 0 }} }}\n")
    objects = render(copy.root, tmp_path / "out", ["big"])["big"]
    assert of_kind(objects, "ServiceMonitor")
    assert "ComponentDown" not in json.dumps(of_kind(objects, "PrometheusRule"))


def test_variables_have_the_names_and_sources_stated(home: Sequence[Object]) -> None:
    literals = find(home, "ConfigMap", "web")["data"]
    assert literals == {"rails_env": "production", "EMPTY": "", "LITERAL": "costs $(NOTHING) {{ .Values.no }}"}
    web = container(home, "web")
    assert env(web) == {
        "ADVERTISED_URL": "http://$(POD_IP):3000",
        "DATABASE_PASSWORD": {"secretKeyRef": {"name": "gallery-database", "key": "password"}},
        "FLAVOUR": {"configMapKeyRef": {"name": "site", "key": "flavour", "optional": True}},
        "MEMORY": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}},
        "POD_IP": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
    }
    names = [entry["name"] for entry in web["env"]]
    assert names.index("POD_IP") < names.index("ADVERTISED_URL")
    assert web["envFrom"] == [
        {"configMapRef": {"name": "web"}},
        {"prefix": "APP_", "secretRef": {"name": "gallery-settings"}},
        {"configMapRef": {"name": "site", "optional": True}},
    ]
    assert env(container(home, "web", "migrate")) == {"rails_env": "production", "RAW": "$$(HOME)"}
    assert "env" not in container(home, "streaming")
    assert "envFrom" not in container(home, "streaming")


def test_files_stand_where_they_are_stated(home: Sequence[Object]) -> None:
    data = find(home, "ConfigMap", "web-files")["data"]
    assert sorted(data.values()) == ["Hello {{ visitor }}\n", "a: 1\n", "b\n", "workers 2\n"]
    spec, web = pod(home, "web")["spec"], container(home, "web")
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    mounts = {mount["mountPath"]: mount for mount in web["volumeMounts"]}
    puma = mounts["/srv/app/config/puma.rb"]
    assert data[puma["subPath"]] == "workers 2\n"
    folder = volumes[mounts["/etc/gallery"]["name"]]["configMap"]
    assert {item["path"]: data[item["key"]] for item in folder["items"]} == {"a.yml": "a: 1\n", "b.yml": "b\n"}
    banner = mounts["/etc/banner.txt"]
    assert volumes[banner["name"]]["configMap"]["defaultMode"] == 0o444
    assert volumes[mounts["/run/keys"]["name"]]["secret"] == {
        "secretName": "gallery-keys",
        "items": [{"key": "id_rsa", "path": "key.pem"}],
        "defaultMode": 0o400,
    }
    assert mounts["/etc/ssl/ca.pem"]["subPath"] == "ca.pem"
    assert "checksum/files" in pod(home, "web")["metadata"]["annotations"]


def test_volumes_are_of_any_kind(home: Sequence[Object]) -> None:
    claims = {
        item["metadata"]["name"]: (item["spec"]["accessModes"], item["spec"]["resources"]["requests"]["storage"])
        for item in of_kind(home, "PersistentVolumeClaim")
    }
    assert claims == {"web-media": (["ReadWriteMany"], "20Gi"), "cache-data": (["ReadWriteOnce"], "2Gi")}
    volumes = {volume["name"]: volume for volume in pod(home, "web")["spec"]["volumes"]}
    assert volumes["media"]["persistentVolumeClaim"] == {"claimName": "web-media"}
    assert volumes["old"]["persistentVolumeClaim"] == {"claimName": "gallery-old"}
    assert volumes["cache"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}
    mounts = {mount["mountPath"]: mount for mount in container(home, "web")["volumeMounts"]}
    assert mounts["/srv/old"] == {"name": "old", "mountPath": "/srv/old", "readOnly": True, "subPath": "photos"}
    host = {volume["name"]: volume for volume in pod(home, "relay")["spec"]["volumes"]}["devices"]
    assert host["hostPath"] == {"path": "/dev/net", "type": "Directory"}


def test_what_one_node_can_mount_is_never_asked_for_by_two_pods(home: Sequence[Object]) -> None:
    assert find(home, "Deployment", "cache")["spec"]["strategy"] == {"type": "Recreate"}
    assert find(home, "Deployment", "web")["spec"]["strategy"]["type"] == "RollingUpdate"


def test_containers_run_before_and_beside(home: Sequence[Object]) -> None:
    spec = pod(home, "web")["spec"]
    assert [(one["name"], one.get("restartPolicy")) for one in spec["initContainers"]] == [
        ("migrate", None),
        ("tunnel", "Always"),
    ]
    migrate, tunnel = spec["initContainers"]
    assert migrate["command"] == ["bundle", "exec", "rails", "db:migrate"]
    assert migrate["resources"]["requests"]["memory"] == "3Gi"
    assert tunnel["image"] == f"quay.io/gallery/relay@sha256:{'a' * 64}"
    assert {"name": "cache", "mountPath": "/shared"} in tunnel["volumeMounts"]
    assert tunnel["startupProbe"]["tcpSocket"] == {"port": 9443}
    web = container(home, "web")
    assert (web["command"], web["workingDir"]) == (["bundle", "exec", "puma"], "/srv/app")
    assert web["lifecycle"] == {"preStop": {"exec": {"command": ["bin/quiet"]}}}
    assert spec["terminationGracePeriodSeconds"] == 45
    assert [one["name"] for one in pod(home, "cache")["spec"]["containers"]] == ["cache", "exporter"]


def test_a_pod_without_a_port_does_not_wait_to_be_left(home: Sequence[Object]) -> None:
    assert "lifecycle" not in container(home, "jobs")
    assert container(home, "cache")["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]


def test_identity_is_any_user_and_each_exception_has_its_reason(home: Sequence[Object]) -> None:
    web = pod(home, "web")["spec"]["securityContext"]
    assert (web["runAsUser"], web["runAsGroup"], web["fsGroup"]) == (991, 992, 993)
    assert container(home, "web")["securityContext"]["readOnlyRootFilesystem"] is False
    assert "runAsUser" not in pod(home, "streaming")["spec"]["securityContext"]
    relay = container(home, "relay")["securityContext"]
    assert relay["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "NET_RAW"]}
    assert (relay["runAsUser"], relay["runAsNonRoot"]) == (0, False)
    told = json.loads(find(home, "Deployment", "relay")["metadata"]["annotations"]["quantacirc-cdk/exceptions"])
    assert {one["allows"]: one["reason"] for one in told} == {
        "host path /dev/net": "It makes a TUN device.",
        "root": "It opens raw sockets.",
        "capability NET_BIND_SERVICE": "It listens below 1024.",
        "capability NET_RAW": "It sends its own packets.",
    }


def test_the_namespace_admits_the_pods_and_still_warns_of_the_exceptions(home: Sequence[Object]) -> None:
    (namespace,) = of_kind(home, "Namespace")
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


def test_roles_and_service_accounts_are_those_stated(home: Sequence[Object]) -> None:
    assert find(home, "Role", "streaming")["rules"] == [
        {"apiGroups": [""], "resources": ["endpoints"], "verbs": ["get", "list"]}
    ]
    assert pod(home, "streaming")["spec"]["automountServiceAccountToken"] is True
    jobs = pod(home, "jobs")["spec"]
    assert (jobs["serviceAccountName"], jobs["imagePullSecrets"]) == ("shared-account", [{"name": "ghcr"}])
    assert "jobs" not in {item["metadata"]["name"] for item in of_kind(home, "ServiceAccount")}


def test_placement_is_as_stated(home: Sequence[Object], big: Sequence[Object]) -> None:
    spec = pod(home, "web")["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "web", "effect": "NoSchedule"}]
    affinity = spec["affinity"]
    (node,) = affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert node == {
        "weight": 50,
        "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]},
    }
    (near,) = affinity["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert near["podAffinityTerm"]["labelSelector"]["matchLabels"]["app.kubernetes.io/name"] == "cache"
    (apart,) = affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    (spread,) = spec["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "DoNotSchedule")
    assert pod(big, "web")["spec"]["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    relay = container(home, "relay")["resources"]
    assert relay["limits"]["gallery.example/tun"] == "1"
    assert (relay["requests"]["memory"], relay["limits"]["cpu"]) == ("96Mi", "1")


def test_routes_lead_to_the_ports_of_the_component(home: Sequence[Object], big: Sequence[Object]) -> None:
    found = {
        (
            item["metadata"]["name"],
            rule["host"],
            path["path"],
            path["backend"]["service"]["port"].get("name", path["backend"]["service"]["port"].get("number")),
        )
        for item in of_kind(home, "Ingress")
        for rule in item["spec"]["rules"]
        for path in rule["http"]["paths"]
        if not path["backend"]["service"]["name"].endswith("-closed")
    }
    domain = "gallery.localhost"
    assert found == {
        ("web-site", f"www.{domain}", "/", "web-http"),
        ("web-site", f"www.{domain}", "/assets", "web-http"),
        ("web-alt", f"alt.{domain}", "/", 8080),
        ("web-admin", f"admin.{domain}", "/", "web-admin"),
        ("streaming-grpc", f"grpc.{domain}", "/", "grpc"),
        ("relay-secure", f"secure.{domain}", "/", "tls"),
    }
    annotations = {item["metadata"]["name"]: item["metadata"]["annotations"] for item in of_kind(home, "Ingress")}
    prefix = "nginx.ingress.kubernetes.io"
    assert annotations["web-admin"][f"{prefix}/whitelist-source-range"] == "10.0.0.0/8"
    assert annotations["streaming-grpc"][f"{prefix}/backend-protocol"] == "GRPC"
    assert annotations["relay-secure"][f"{prefix}/ssl-passthrough"] == "true"
    balancer = find(home, "Service", "relay-game")["spec"]
    assert (balancer["type"], balancer["loadBalancerSourceRanges"]) == ("LoadBalancer", ["203.0.113.0/24"])
    assert balancer["externalTrafficPolicy"] == "Local"  # the network policy sees the addresses of clients
    (quota,) = of_kind(home, "ResourceQuota")
    assert quota["spec"]["hard"]["services.loadbalancers"] == "2"
    hosts = [rule["host"] for rule in find(big, "Ingress", "web-site")["spec"]["rules"]]
    assert hosts == ["gallery.example", "www.gallery.big.example"]
    assert "web-admin" not in {item["metadata"]["name"] for item in of_kind(big, "Ingress")}


def test_health_checks_are_closed_to_the_outside(home: Sequence[Object]) -> None:
    paths = find(home, "Ingress", "web-site")["spec"]["rules"][0]["http"]["paths"]
    closed = [path["path"] for path in paths if path["backend"]["service"]["name"] == "web-site-closed"]
    assert closed == ["/health"]


def test_scaling_is_by_anything(home: Sequence[Object], big: Sequence[Object]) -> None:
    metrics = find(home, "HorizontalPodAutoscaler", "web")["spec"]["metrics"]
    assert [metric["pods"]["metric"]["name"] for metric in metrics] == ["requests_per_second"]
    up = find(big, "HorizontalPodAutoscaler", "web")["spec"]["behavior"]["scaleUp"]["policies"]
    assert up == [{"periodSeconds": 30, "type": "Pods", "value": 2}]
    assert find(home, "Deployment", "jobs")["spec"]["replicas"] == 0
    scaled = find(big, "ScaledObject", "jobs")["spec"]
    assert (scaled["minReplicaCount"], [trigger["type"] for trigger in scaled["triggers"]]) == (0, ["redis"])
    assert find(big, "VerticalPodAutoscaler", "streaming")["spec"]["updatePolicy"] == {"updateMode": "Off"}
    strategy = find(home, "Deployment", "streaming")["spec"]
    assert strategy["strategy"]["rollingUpdate"] == {"maxSurge": "25%", "maxUnavailable": 1}
    assert strategy["minReadySeconds"] == 5


def test_dns_labels_and_annotations_are_as_stated(home: Sequence[Object]) -> None:
    template = pod(home, "web")
    assert template["spec"]["dnsConfig"] == {"options": [{"name": "ndots", "value": "2"}]}
    assert template["spec"]["hostAliases"] == [{"ip": "10.9.8.7", "hostnames": ["old.gallery.example"]}]
    assert template["metadata"]["labels"]["team"] == "web"
    assert template["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"
    service = find(home, "Service", "web")
    assert service["metadata"]["labels"]["tier"] == "front"
    assert service["metadata"]["annotations"]["team"] == "web"
    assert service["spec"]["sessionAffinity"] == "ClientIP"


def test_versions_are_whatever_an_image_has(home: Sequence[Object]) -> None:
    labels = {name: pod(home, name)["metadata"]["labels"] for name in ("web", "streaming", "relay")}
    assert labels["web"]["app.kubernetes.io/version"] == "2026.11.3"
    assert labels["streaming"]["app.kubernetes.io/version"] == "v4.5.0-rc.1"


def test_a_job_runs_as_stated(home: Sequence[Object]) -> None:
    spec = find(home, "CronJob", "sweep")["spec"]
    assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Europe/Zurich", "Replace")
    job = spec["jobTemplate"]["spec"]
    assert (job["parallelism"], job["completions"], job["backoffLimit"]) == (2, 4, 1)
    assert "activeDeadlineSeconds" not in job
    assert job["template"]["spec"]["restartPolicy"] == "OnFailure"
    assert [one["name"] for one in job["template"]["spec"]["initContainers"]] == ["fetch"]


def test_an_environment_says_each_of_these_otherwise(big: Sequence[Object]) -> None:
    data = find(big, "ConfigMap", "web")["data"]
    assert (data["rails_env"], data["EXTRA"], "EMPTY" in data) == ("staging", "more", False)
    web = container(big, "web")
    assert "startupProbe" not in web
    assert web["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert web["readinessProbe"]["failureThreshold"] == 3
    assert web["livenessProbe"]["httpGet"]["port"] == "admin"
    assert web["resources"]["requests"]["memory"] == "4Gi"


def test_reachability_is_the_declared_graph(home: Sequence[Object]) -> None:
    found = {(one.source, one.target, one.port) for one in connections(home, pods(home))}
    assert found == {
        *(("web", "cache", port) for port in (6379,)),
        ("web", "streaming", 50051),
        ("streaming", "cache", 6379),
        ("jobs", "cache", 6379),
        ("sweep", "cache", 6379),
    }


def test_the_quota_holds_all_containers_and_volumes(home: Sequence[Object]) -> None:
    (quota,) = of_kind(home, "ResourceQuota")
    hard = quota["spec"]["hard"]
    assert (hard["requests.storage"], hard["persistentvolumeclaims"]) == ("22Gi", "2")
    assert hard["requests.gallery.example/tun"] == "2"  # one more while it is replaced


@pytest.mark.slow
def test_the_real_chart_renders_the_same(gallery: Project, rendered_gallery: Objects, tmp_path: Path) -> None:
    project = load_project(gallery.root)
    folder = tmp_path / "gallery"
    system_chart(project, gallery.root / "dist" / "kubernetes").write(folder)
    for name, objects in rendered_gallery.items():
        rendered = template(folder, "--values", folder / f"values-{name}.yaml", name="gallery")
        # Objects that the chart has a variant of for each environment keep the label that says who manages them.
        found, wanted = (by_name(handed_over(each)) for each in (rendered, list(objects)))
        assert found.keys() == wanted.keys()
        for key, item in wanted.items():
            assert found[key] == item, key


def test_files_that_differ_never_share_a_key_or_a_volume(tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    needs = """\
    files:
      /etc/a/b: { text: own }
      /etc/a.b: { text: dotted }
      /run/login: { secret: own }
    side_cars:
      - name: beside
        image: nats
        files: { /etc/a/b: { text: other }, /run/login: { secret: other } }
"""
    project.replace_in_system("    exposed: true\n", "    exposed: true\n" + needs)
    objects = render(tmp_path, tmp_path / "dist", ["home"])["home"]
    data, spec = find(objects, "ConfigMap", "shop-files")["data"], pod(objects, "shop")["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    seen = {}
    for container in spec["containers"]:
        for mount in container["volumeMounts"]:
            source = volumes[mount["name"]]
            if "configMap" in source:
                seen[container["name"], mount["mountPath"]] = data[mount["subPath"]]
            elif "secret" in source:
                seen[container["name"], mount["mountPath"]] = source["secret"]["secretName"]
    assert {key: text for key, text in seen.items() if key[1].startswith(("/etc/a", "/run/login"))} == {
        ("shop", "/etc/a/b"): "own",
        ("shop", "/etc/a.b"): "dotted",
        ("shop", "/run/login"): "own",
        ("beside", "/etc/a/b"): "other",
        ("beside", "/run/login"): "other",
    }


def test_a_file_whose_path_begins_with_dots_has_a_key_that_the_api_takes(tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    needs = "    files: { /...a: { text: dots }, /..a/b: { text: two } }\n"
    project.replace_in_system("    exposed: true\n", "    exposed: true\n" + needs)
    objects = render(tmp_path, tmp_path / "dist", ["home"])["home"]
    item = find(objects, "ConfigMap", "shop-files")
    assert sorted(item["data"].values()) == ["dots", "two"]
    assert all(re.fullmatch(r"(?!\.\.)[-._a-zA-Z0-9]{1,253}", key) for key in item["data"])
