"""A container and its pod can be whatever Kubernetes allows; what is not asked for is *restricted*."""

from collections.abc import Sequence
from typing import Any

import pytest

from quantacirc_cdk import kubernetes as k8s
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.pod import exceptions, pod_template
from quantacirc_cdk.kubernetes.security import level
from quantacirc_cdk.kubernetes.volume import host_volume
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object
from support.kubernetes.schemas import errors

NAME = k8s.Identity(name="part")


def template(*, init: Sequence[k8s.Container] = (), pod: dict[str, Any] | None = None, **container: Any) -> Object:
    """Return the template of a pod with one container, which both Kubernetes 1.29 and the newest accept."""
    one = k8s.Container(name="part", image="part:1", **container)
    found = pod_template(NAME, k8s.Pod(containers=[one], init_containers=init, service_account="part", **(pod or {})))
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "part"},
        "spec": {"template": found},
    }
    for version in ("1.29", "1.34"):
        assert list(errors(job, version)) == []
    return found


def container(**fields: Any) -> Object:
    found: Object = template(**fields)["spec"]["containers"][0]
    return found


def test_nothing_is_there_that_was_not_asked_for() -> None:
    found = container()
    assert not found.keys() & {
        "args",
        "command",
        "env",
        "envFrom",
        "lifecycle",
        "livenessProbe",
        "ports",
        "readinessProbe",
        "startupProbe",
        "workingDir",
    }
    assert list(violations(template())) == []


def test_it_has_any_number_of_ports_of_any_protocol() -> None:
    ports = [k8s.Port(name="web", port=3000), k8s.Port(name="game", port=7777, protocol="UDP")]
    assert container(ports=ports)["ports"] == [
        {"containerPort": 3000, "name": "web", "protocol": "TCP"},
        {"containerPort": 7777, "name": "game", "protocol": "UDP"},
    ]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (k8s.HttpCheck(path="/up", port="web"), {"httpGet": {"path": "/up", "port": "web"}}),
        (
            k8s.HttpCheck(port=443, scheme="HTTPS", headers={"Host": "a.example"}),
            {
                "httpGet": {
                    "path": "/",
                    "port": 443,
                    "scheme": "HTTPS",
                    "httpHeaders": [{"name": "Host", "value": "a.example"}],
                }
            },
        ),
        (k8s.GrpcCheck(port=8081), {"grpc": {"port": 8081}}),
        (k8s.GrpcCheck(port=8081, service="cart"), {"grpc": {"port": 8081, "service": "cart"}}),
        (k8s.TcpCheck(port=6379), {"tcpSocket": {"port": 6379}}),
        (k8s.Command(command=["mysqladmin", "ping"]), {"exec": {"command": ["mysqladmin", "ping"]}}),
    ],
)
def test_each_of_its_probes_is_what_it_says_and_stands_alone(check: Any, expected: Object) -> None:
    probe = k8s.Probe(check=check, initial_delay_seconds=7, period_seconds=20, timeout_seconds=9, failure_threshold=4)
    ports = [
        k8s.Port(name=name, port=port) for name, port in (("web", 80), ("tls", 443), ("grpc", 8081), ("redis", 6379))
    ]
    found = container(readiness_probe=probe, ports=ports)
    times = {"initialDelaySeconds": 7, "periodSeconds": 20, "timeoutSeconds": 9, "failureThreshold": 4}
    assert found["readinessProbe"] == {**expected, **times}
    assert not found.keys() & {"livenessProbe", "startupProbe"}


def test_a_probe_of_its_own_takes_the_place_of_one_of_three_alike() -> None:
    own = k8s.Probe(check=k8s.TcpCheck(port=9))
    ports = [k8s.Port(name="http", port=8080), k8s.Port(name="discard", port=9)]
    found = container(probes=k8s.Probes(), liveness_probe=own, ports=ports)
    assert found["livenessProbe"]["tcpSocket"] == {"port": 9}
    assert found["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_its_variables_come_from_anywhere() -> None:
    found = container(
        environment={
            "empty": "",
            "lower_case": "x",
            "HOST_IP": k8s.FieldPath(path="status.hostIP"),
            "LIMIT": k8s.ResourceField(resource="limits.memory", divisor="1Mi"),
            "MODE": k8s.ConfigKey(config_map="modes", key="mode", optional=True),
            "TOKEN": k8s.SecretKey(secret="tokens", key="token"),
        },
        environment_from=[k8s.EnvironmentSource(secret="all", prefix="APP_"), k8s.EnvironmentSource(config_map="more")],
    )
    assert found["env"] == [
        {"name": "HOST_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}}},
        {"name": "LIMIT", "valueFrom": {"resourceFieldRef": {"divisor": "1Mi", "resource": "limits.memory"}}},
        {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "modes", "key": "mode", "optional": True}}},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "tokens", "key": "token"}}},
        {"name": "empty", "value": ""},
        {"name": "lower_case", "value": "x"},
    ]
    assert found["envFrom"] == [
        {"secretRef": {"name": "all"}, "prefix": "APP_"},
        {"configMapRef": {"name": "more"}},
    ]


def test_a_variable_follows_those_that_it_refers_to() -> None:
    found = container(environment={"A_URL": "http://$(HOST):$(PORT)", "PORT": "1", "HOST": "h$(ZONE)", "ZONE": "z"})
    assert [entry["name"] for entry in found["env"]] == ["ZONE", "HOST", "PORT", "A_URL"]


def test_variables_that_refer_to_each_other_are_all_there() -> None:
    found = container(environment={"A": "$(B)", "B": "$(A)", "C": "$$(A)"})
    assert sorted(entry["name"] for entry in found["env"]) == ["A", "B", "C"]


def test_it_starts_stops_and_works_where_it_says() -> None:
    found = container(
        working_dir="/srv",
        command=["run"],
        args=["--fast"],
        post_start=["warm-up"],
        pre_stop=k8s.HttpCheck(path="/drain", port=8080),
        stdin=True,
        tty=True,
        pull_policy="Always",
    )
    assert (found["workingDir"], found["command"], found["args"]) == ("/srv", ["run"], ["--fast"])
    assert found["lifecycle"] == {
        "postStart": {"exec": {"command": ["warm-up"]}},
        "preStop": {"httpGet": {"path": "/drain", "port": 8080}},
    }
    assert (found["stdin"], found["tty"], found["imagePullPolicy"]) == (True, True, "Always")


def test_containers_run_before_it_or_beside_it() -> None:
    init = [
        k8s.Container(name="migrate", image="part:1", command=["migrate"]),
        k8s.Container(name="proxy", image="proxy:1", side_car=True),
    ]
    spec = template(init=init)["spec"]
    assert [(one["name"], one.get("restartPolicy")) for one in spec["initContainers"]] == [
        ("migrate", None),
        ("proxy", "Always"),
    ]


def test_its_resources_are_what_it_asks_for_and_nothing_else() -> None:
    gpu = k8s.Resources(cpu=None, memory="1Gi", memory_limit=None, ephemeral_storage=None, extended={"gpu.com/a": "1"})
    assert container(resources=gpu)["resources"] == {
        "limits": {"gpu.com/a": "1"},
        "requests": {"gpu.com/a": "1", "memory": "1Gi"},
    }
    nothing = k8s.Resources(cpu=None, memory=None, memory_limit=None, ephemeral_storage=None)
    assert container(resources=nothing)["resources"] == {}


def test_it_can_write_to_tmp_once_whatever_is_mounted_there() -> None:
    assert container()["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    volume = k8s.empty_volume("big", size="10Gi", memory=True)
    spec = template(mounts=[k8s.Mount(volume="big", path="/tmp")], pod={"volumes": [volume]})["spec"]
    assert spec["containers"][0]["volumeMounts"] == [{"name": "big", "mountPath": "/tmp"}]
    assert spec["volumes"] == [{"name": "big", "emptyDir": {"medium": "Memory", "sizeLimit": "10Gi"}}]


def test_a_volume_called_tmp_is_not_the_scratch_directory() -> None:
    spec = template(
        mounts=[k8s.Mount(volume="tmp", path="/srv/tmp")], pod={"volumes": [k8s.claim_volume("tmp", "kept")]}
    )["spec"]
    assert {(one["name"], one["mountPath"]) for one in spec["containers"][0]["volumeMounts"]} == {
        ("tmp", "/srv/tmp"),
        ("scratch", "/tmp"),
    }
    assert {"name": "tmp", "persistentVolumeClaim": {"claimName": "kept"}} in spec["volumes"]


def test_its_files_come_from_anywhere() -> None:
    volumes = [
        k8s.config_volume("config", "settings", items={"a.toml": "deep/a.toml"}, optional=True),
        k8s.secret_volume("keys", "keys", {"id": "id_rsa"}, mode=0o400),
        k8s.projected_volume("both", [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]),
    ]
    mounts = [
        k8s.Mount(volume="config", path="/etc/a.toml", sub_path="deep/a.toml", read_only=True),
        k8s.Mount(volume="keys", path="/keys"),
        k8s.Mount(volume="both", path="/both", sub_path_expression="$(POD)"),
    ]
    spec = template(mounts=mounts, pod={"volumes": volumes})["spec"]
    sources = {one["name"]: one for one in spec["volumes"]}
    assert sources["config"]["configMap"] == {
        "name": "settings",
        "items": [{"key": "a.toml", "path": "deep/a.toml"}],
        "optional": True,
    }
    assert sources["keys"]["secret"]["items"] == [{"key": "id", "path": "id_rsa"}]
    assert sources["both"]["projected"]["sources"][0]["serviceAccountToken"]["audience"] == "vault"
    assert spec["containers"][0]["volumeMounts"][0] == {
        "name": "both",
        "mountPath": "/both",
        "subPathExpr": "$(POD)",
    }


def test_its_pods_run_where_they_say_and_find_others_as_they_say() -> None:
    spec = template(
        pod={
            "node_selector": {"kubernetes.io/arch": "arm64"},
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
                    }
                }
            },
            "tolerations": [
                k8s.Toleration(key="gpu", value="a100", effect="NoSchedule"),
                k8s.Toleration(key="spot", seconds=30, effect="NoExecute"),
            ],
            "spread_constraints": [k8s.SpreadConstraint(topology_key="rack", max_skew=2, strict=True)],
            "runtime_class": "gvisor",
            "scheduler": "volcano",
            "pull_secrets": ["registry"],
            "dns_policy": "None",
            "dns": k8s.DnsConfig(
                nameservers=["10.0.0.10"], searches=["a.example"], options={"ndots": "2", "edns0": ""}
            ),
            "host_aliases": {"10.1.2.3": ["old.example"]},
            "hostname": "first",
            "subdomain": "parts",
        }
    )["spec"]
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "arm64"}
    assert spec["tolerations"] == [
        {"key": "gpu", "operator": "Equal", "value": "a100", "effect": "NoSchedule"},
        {"key": "spot", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
    ]
    (spread,) = spec["topologySpreadConstraints"]
    assert (spread["topologyKey"], spread["maxSkew"], spread["whenUnsatisfiable"]) == ("rack", 2, "DoNotSchedule")
    assert spread["labelSelector"]["matchLabels"] == NAME.selector
    assert (spec["runtimeClassName"], spec["schedulerName"]) == ("gvisor", "volcano")
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["dnsConfig"] == {
        "nameservers": ["10.0.0.10"],
        "searches": ["a.example"],
        "options": [{"name": "edns0"}, {"name": "ndots", "value": "2"}],
    }
    assert spec["hostAliases"] == [{"ip": "10.1.2.3", "hostnames": ["old.example"]}]
    assert (spec["hostname"], spec["subdomain"]) == ("first", "parts")


def test_its_pods_may_spread_in_no_way() -> None:
    assert "topologySpreadConstraints" not in template(pod={"spread_constraints": []})["spec"]


def test_user_and_groups_are_any_number_or_the_images() -> None:
    context = template(pod={"user_id": 999, "group_id": 998, "fs_group": 997, "supplemental_groups": [44]})["spec"][
        "securityContext"
    ]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (999, 998, 997)
    assert context["supplementalGroups"] == [44]
    left = template(pod={"user_id": None})["spec"]["securityContext"]
    assert left == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


EXCEPTIONS = {
    "root": (k8s.Security(user_id=0, root="It binds to the host."), "baseline"),
    "writable root": (k8s.Security(writable_root="It unpacks plugins."), "restricted"),
    "privilege escalation": (k8s.Security(privilege_escalation="It calls sudo."), "baseline"),
    "privileged": (k8s.Security(privileged="It loads modules."), "privileged"),
    "unconfined": (k8s.Security(unconfined="It traces calls."), "privileged"),
    "default capabilities": (k8s.Security(default_capabilities="It changes users."), "baseline"),
    "capability NET_BIND_SERVICE": (k8s.Security(capabilities={"NET_BIND_SERVICE": "Port 80."}), "restricted"),
    "capability CHOWN": (k8s.Security(capabilities={"CHOWN": "It owns its files."}), "baseline"),
    "capability NET_ADMIN": (k8s.Security(capabilities={"NET_ADMIN": "It routes."}), "privileged"),
}


@pytest.mark.parametrize("what", EXCEPTIONS)
def test_an_exception_is_made_with_its_reason_and_needs_a_level_that_admits_it(what: str) -> None:
    security, expected = EXCEPTIONS[what]
    pod = k8s.Pod(containers=[k8s.Container(name="part", image="a:1", security=security)], service_account="part")
    assert [(subject, allowed) for subject, allowed, _ in exceptions(pod)] == [("container part", what)]
    found = template(security=security)
    assert level(found) == expected
    assert bool(list(violations(found))) == (expected != "restricted")


def test_the_level_of_a_host_path_or_the_hosts_network_is_privileged() -> None:
    volume = host_volume("log", "/var/log", reason="It reads the node's logs.")
    assert level(template(pod={"volumes": [volume]})) == "privileged"
    assert level(template(pod={"host_network": "It answers for the node."})) == "privileged"
    assert level(template()) == "restricted"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: template(security=k8s.Security(user_id=0)), "user 0 without a reason"),
        (
            lambda: template(pod={"volumes": [k8s.Volume(name="log", source={"hostPath": {"path": "/"}})]}),
            "a `hostPath` without a reason",
        ),
        (lambda: template(init=[k8s.Container(name="part", image="x")]), 'two containers named "part"'),
        (
            lambda: template(mounts=[k8s.Mount(volume="a", path="/a"), k8s.Mount(volume="b", path="/a/")]),
            "two mounts at /a",
        ),
        (lambda: template(side_car=True), "a sidecar among the containers"),
    ],
)
def test_what_a_cluster_would_refuse_is_refused_before(make: Any, what: str) -> None:
    with pytest.raises(PropsError, match=what):
        make()
