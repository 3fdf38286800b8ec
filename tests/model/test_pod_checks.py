"""Settings of pods that contradict each other, that the API refuses, or that an Autopilot cluster refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.limits.autopilot import autopilot_refusals
from quantacirc_cdk.limits.kubernetes import SELECTOR_LABELS
from quantacirc_cdk.limits.pod_spec import pod_refusals, workload_refusals
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import find
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
REFUSED = {
    "no name servers": ('dns: { policy: "None" }', "dns.policy", "`nameservers`"),
    "the node's DNS": (
        "dns: { policy: ClusterFirst }\n    security: { host_network: r }",
        "dns.policy",
        "ClusterFirstWithHostNet",
    ),
    "processes twice": ("share_processes: true\n    security: { host_pid: r }", "share_processes", "one of them"),
    "the node's parameter": (
        'security: { host_network: r, sysctls: { net.core.somaxconn: "1" } }',
        "security.sysctls.net.core.somaxconn",
        "one of them",
    ),
    "an unsafe parameter": (
        'security: { sysctls: { kernel.msgmax: "65536" } }',
        "security.sysctls.kernel.msgmax",
        "`security.unsafe_sysctls` with the reason",
    ),
    "a reason for nothing": (
        "security: { unsafe_sysctls: r, sysctls: { net.ipv4.tcp_keepalive_time: '60' } }",
        "security.unsafe_sysctls",
        "none",
    ),
    "the node's memory": (
        'security: { host_ipc: r, sysctls: { kernel.shmmax: "1" } }',
        "security.sysctls.kernel.shmmax",
        "one of them",
    ),
    "less memory than requested": (
        "resources: { memory: 1Gi, memory_limit: 128Mi }",
        "resources.memory_limit",
        "at least 1Gi",
    ),
    "less CPU than requested": ("resources: { cpu: '2', cpu_limit: 500m }", "resources.cpu_limit", "at least 2"),
    "part of a huge page": (
        'resources: { extended: { hugepages-2Mi: "5" } }',
        "resources.extended.hugepages-2Mi",
        "a multiple of the page size, 2Mi",
    ),
    "annotations": (
        f"annotations: {{ team: {'x' * 2**18} }}",
        "annotations",
        "at most 262144 bytes, not 262148",
    ),
    "rolling on one node": (
        "update: { max_surge: 2 }\n    volumes: { data: { size: 1Gi, mount: /data } }",
        "update.max_surge",
        "one of them",
    ),
    "root for another container": (
        "security: { user: 0, root: It binds a device. }\n    side_cars: [{ name: a }]",
        "side_cars[0].security",
        "`root` with the reason, or another `user`",
    ),
    "host port twice beside a port of the contract": (
        (
            "ports: [{ name: http, port: 8080, host_port: { port: 90, reason: r } },"
            " { name: b, port: 1, host_port: { port: 90, reason: r } }]"
        ),
        "ports[0].host_port",
        "each once",
    ),
    "rolling and at once": ("update: { recreate: true, max_surge: 2 }", "update.max_surge", "one of them"),
    "readiness": (
        "probes: { readiness: { http: /x, termination_grace_seconds: 3 } }",
        "probes.readiness.termination_grace_seconds",
        "none",
    ),
    "no pod replaced": ("update: { max_surge: 0 }", "update", "one of them above 0"),
    "no progress": (
        "update: { progress_seconds: 5, min_ready_seconds: 50 }",
        "update.progress_seconds",
        "more than `min_ready_seconds`",
    ),
    "no progress, one at a time": (
        "update: { recreate: true, progress_seconds: 5, min_ready_seconds: 50 }",
        "update.progress_seconds",
        "more than `min_ready_seconds`",
    ),
    "no pace": ("autoscaling: { up: { period_seconds: 30 } }", "autoscaling.up", "one of them, or `disabled: true`"),
    "drain": ("lifecycle: { drain_seconds: 3, pre_stop: [x] }", "lifecycle.drain_seconds", "one of them"),
    "toleration": ("placement: { tolerations: [{ key: a, seconds: 3 }] }", "placement.tolerations[0]", "NoExecute"),
    "taint": ("placement: { tolerations: [{ value: a }] }", "placement.tolerations[0]", "key with value"),
    "In": ("placement: { nodes: [{ match: [{ key: a }] }] }", "placement.nodes[0].match[0]", "values with operator In"),
    "Exists": (
        "placement: { nodes: [{ match: [{ key: a, operator: Exists, values: [x] }] }] }",
        "placement.nodes[0].match[0]",
        "no values with operator Exists",
    ),
    "Gt": (
        "placement: { nodes: [{ match: [{ key: a, operator: Gt, values: [x] }] }] }",
        "placement.nodes[0].match[0]",
        "one whole number",
    ),
    "spread": ("placement: { spread: [{ place: a }, { place: a, max_skew: 2 }] }", "placement", "spread over a once"),
    "first container": (
        "init_containers: [{ name: a, probes: { liveness: { command: [x] } } }]",
        "init_containers[0].probes.liveness",
        "`side_car: true`",
    ),
    "hook": (
        "init_containers: [{ name: a, lifecycle: { pre_stop: [x] } }]",
        "init_containers[0].lifecycle.pre_stop",
        "",
    ),
    "side-car": (
        "side_cars: [{ name: a, lifecycle: { termination_grace_seconds: 3 } }]",
        "side_cars[0].lifecycle.termination_grace_seconds",
        "post_start or pre_stop",
    ),
    "mount": (
        "volumes: { a: { empty: {}, mount: { path: /a, propagation: Bidirectional } } }",
        "volumes.a.mount.propagation",
        "HostToContainer",
    ),
    "mount beside": (
        (
            "volumes: { a: { empty: {} } }\n"
            "    side_cars: [{ name: b, mounts: { a: { path: /a, propagation: Bidirectional } } }]"
        ),
        "side_cars[0].mounts.a.propagation",
        "HostToContainer",
    ),
    "host port": (
        "security: { host_network: r }\n    ports: [{ name: a, port: 7000, host_port: { port: 7001, reason: r } }]",
        "ports[0].host_port",
        "none",
    ),
    "host port twice": (
        (
            "ports: [{ name: a, port: 70, host_port: { port: 7, reason: r } }, "
            "{ name: b, port: 71, host_port: { port: 7, reason: r } }]"
        ),
        "ports[0].host_port",
        "each once",
    ),
    "user of the image": ("security: { image_user: true, user: 5 }", "security.user", "one of them"),
    "root as another": ("security: { root: r, user: 5 }", "security.root", "one of them"),
    "privileged nobody": ("security: { privileged: r }", "security.privileged", "`root` with its reason as well"),
    "privileged side-car": (
        "side_cars: [{ name: a, security: { privileged: r } }]",
        "side_cars[0].security.privileged",
        "`root`",
    ),
    **{
        f"{section} {key}": (f"{section}{key}: x{end}", f"{place}.{key}", "selectors use this one")
        for section, place, end in (
            ("labels: { ", "labels", " }"),
            ("service: { labels: { ", "service.labels", " } }"),
            ("workload: { labels: { ", "workload.labels", " } }"),
        )
        for key in (*SELECTOR_LABELS, "pod-template-hash")
    },
}


def with_shop(project: Project, needs: str) -> Project:
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n    {needs}\n")
    return project


def refusals(project: Project) -> list[str]:
    try:
        load_project(project.root)
    except ModelError as refused:
        return [str(problem) for problem in refused.problems]
    return []


@pytest.mark.parametrize("what", REFUSED)
def test_what_the_api_refuses_or_ignores_is_refused_with_its_line_and_key(project: Make, what: str) -> None:
    needs, key, expected = REFUSED[what]
    found = [one for one in refusals(with_shop(project(), needs)) if f"components.shop.{key}: " in one]
    assert found
    assert found[0].startswith("apps/system.yaml:2")
    assert expected in found[0].partition(", expected ")[2]


SIZED = {
    "CPU": ("resources: { cpu_limit: 1m }", "resources.cpu_limit", "at least 100m, or `cpu` of at most 1m"),
    "memory": ("resources: { memory_limit: 1Mi }", "resources.memory_limit", "or `memory` of at most 1Mi"),
    "side-car": ("side_cars: [{ name: a, resources: { cpu_limit: 1m } }]", "side_cars[0].resources.cpu_limit", "100m"),
}


@pytest.mark.parametrize("what", SIZED)
def test_a_limit_below_the_request_of_the_size_is_refused(project: Make, what: str) -> None:
    needs, key, expected = SIZED[what]
    (found,) = refusals(with_shop(project(), needs))
    assert found.startswith("apps/system.yaml:2")
    assert f"components.shop.{key}: " in found
    assert expected in found


def test_a_limit_below_the_request_of_the_size_is_taken_with_a_smaller_request(project: Make) -> None:
    needs = "resources: { cpu: 1m, cpu_limit: 1m }\n    side_cars: [{ name: a, resources: { cpu_limit: '1' } }]"
    assert not refusals(with_shop(project(), needs))


def test_a_monitor_is_refused_a_deadline_before_its_pods_count(project: Make) -> None:
    small = project()
    monitor = "  eye:\n    kind: monitor\n    image: oven\n    update: { progress_seconds: 5, min_ready_seconds: 50 }\n"
    small.replace_in_system("components:\n", f"components:\n{monitor}")
    (found,) = refusals(small)
    assert "components.eye.update.progress_seconds: 5 seconds, and pods count after 50" in found


def test_the_selector_has_the_labels_that_are_refused() -> None:
    assert tuple(Identity(name="shop").selector) == SELECTOR_LABELS


def deployment(project: Project, out: Path) -> dict:
    (objects,) = render(project.root, out).values()
    return find(objects, "Deployment", "shop")["spec"]["template"]["spec"]


@pytest.mark.integration
def test_root_is_user_0_in_the_container_that_has_the_reason(project: Make, tmp_path: Path) -> None:
    needs = "security: { root: r }\n    side_cars: [{ name: beside }, { name: admin, security: { root: r } }]"
    spec = deployment(with_shop(project(), needs), tmp_path / "out")
    users = {one["name"]: one["securityContext"].get("runAsUser") for one in spec["containers"]}
    assert users == {"shop": 0, "beside": None, "admin": 0}
    assert spec["securityContext"]["runAsUser"] == 10001
    assert {one["name"]: one["securityContext"]["runAsNonRoot"] for one in spec["containers"]}["beside"]


def test_root_with_the_user_of_the_image_leaves_the_user_to_the_image(project: Make, tmp_path: Path) -> None:
    spec = deployment(with_shop(project(), "security: { root: r, image_user: true }"), tmp_path / "out")
    assert "runAsUser" not in {**spec["securityContext"], **spec["containers"][0]["securityContext"]}


@pytest.mark.integration
def test_pods_in_the_network_of_the_node_still_find_the_cluster(project: Make, tmp_path: Path) -> None:
    spec = deployment(with_shop(project(), "security: { host_network: r }"), tmp_path / "out")
    assert spec["dnsPolicy"] == "ClusterFirstWithHostNet"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("merge", "said"),
    [
        (
            "{ metadata: { labels: { app.kubernetes.io/name: x } } }",
            "the label app.kubernetes.io/name of its pods is 'x'",
        ),
        ('{ spec: { dnsPolicy: "None" } }', "dnsPolicy None without name servers"),
        ("{ spec: { securityContext: { runAsUser: 0 } } }", "runAsUser 0 beside runAsNonRoot"),
    ],
)
def test_a_patch_after_which_the_api_refuses_the_workload_is_refused(
    project: Make, tmp_path: Path, merge: str, said: str
) -> None:
    small = project()
    patch = f"patches: {{ x: {{ kind: Deployment, name: shop, merge: {{ spec: {{ template: {merge} }} }} }} }}\n"
    small.write_system(small.system_file.read_text() + patch)
    with pytest.raises(PropsError) as refused:
        render(small.root, tmp_path / "out")
    assert "system.yaml:" in str(refused.value)
    assert said in str(refused.value)


AUTOPILOT = ENVIRONMENT.replace(
    "target: local\n",
    "target: gcp\nnetwork: { cidr: 10.0.0.0/16 }\n"
    "clouds: { gcp: { account: bakery-home, region: europe-west4, state: { bucket: bakery-state } } }\n",
).replace("  context: kind-bakery\n", "  context: gke\n  mode: autopilot\n  route_certificates: none\n")


@pytest.mark.parametrize(
    ("needs", "key"),
    [
        ("security: { root: r, privileged: r }", "security.privileged"),
        ("security: { host_network: r }", "security.host_network"),
        ("security: { host_pid: r }", "security.host_pid"),
        ("security: { root: r, capabilities: { NET_ADMIN: r } }", "security.capabilities.NET_ADMIN"),
        ("ports: [{ name: a, port: 7000, host_port: { port: 7000, reason: r } }]", "ports[0].host_port"),
        ("volumes: { a: { host: { path: /var/run, reason: r }, mount: /a } }", "volumes.a.host"),
        ("volumes: { a: { host: { path: /var/log/pods, reason: r }, mount: /a } }", "volumes.a.host"),
        ("side_cars: [{ name: b, security: { root: r, privileged: r } }]", "side_cars[0].security.privileged"),
    ],
)
def test_what_autopilot_refuses_is_refused_with_its_key(project: Make, needs: str, key: str) -> None:
    small = with_shop(project(), needs)
    small.write_environment("home", AUTOPILOT)
    (problem,) = refusals(small)
    assert f"components.shop.{key}: " in problem
    assert "in an Autopilot cluster, which refuses it" in problem


def test_what_autopilot_takes_is_taken(project: Make) -> None:
    logs = "volumes: { a: { host: { path: /var/log/pods, reason: r }, mount: { path: /a, read_only: true } } }"
    small = with_shop(project(), f"{logs}\n    security: {{ root: r, capabilities: {{ NET_BIND_SERVICE: r }} }}")
    small.write_environment("home", AUTOPILOT)
    assert refusals(small) == []


@pytest.mark.integration
def test_a_patch_that_autopilot_refuses_is_refused(project: Make, tmp_path: Path) -> None:
    small = project()
    small.write_environment("home", AUTOPILOT)
    patch = (
        "patches: { x: { kind: Deployment, name: shop, merge: { spec: { template: { spec: { hostPID: true } } } } } }\n"
    )
    small.write_system(small.system_file.read_text() + patch)
    with pytest.raises(PropsError, match="Deployment shop: hostPID, which Autopilot refuses"):
        render(small.root, tmp_path / "out")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"containers": [{"name": "a", "lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}]},
            "preStop sleeps longer",
        ),
        ({"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}, "operator Exists and a value"),
        (
            {
                "topologySpreadConstraints": [
                    {"topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}
                ]
            },
            "minDomains of a spread constraint with ScheduleAnyway",
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "a", "matchLabelKeys": ["b"]}]},
            "matchLabelKeys without labelSelector",
        ),
        (
            {
                "topologySpreadConstraints": [
                    {"topologyKey": "a", "matchLabelKeys": ["b"], "labelSelector": {"matchLabels": {"b": "c"}}}
                ]
            },
            "matchLabelKeys b, which labelSelector has too",
        ),
        (
            {"containers": [{"name": "a", "env": [{"name": "A", "value": "b", "valueFrom": {"fieldRef": {}}}]}]},
            "variable A with value and valueFrom",
        ),
        (
            {"containers": [{"name": "a", "env": [{"name": "A", "valueFrom": {"fieldRef": {}, "secretKeyRef": {}}}]}]},
            "variable A: valueFrom with fieldRef and secretKeyRef",
        ),
        ({"containers": [{"name": "a", "livenessProbe": {"periodSeconds": 1}}]}, "livenessProbe with nothing to do"),
        (
            {"containers": [{"name": "a", "readinessProbe": {"grpc": {}, "exec": {}}}]},
            "readinessProbe with exec and grpc",
        ),
        (
            {"containers": [{"name": "a", "lifecycle": {"preStop": {"exec": {}, "httpGet": {}}}}]},
            "preStop with exec and httpGet",
        ),
        (
            {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1500m"}, "limits": {"cpu": 1}}}]},
            "a request of 1500m cpu above its limit of 1",
        ),
        (
            {"containers": [{"name": "a", "resources": {"requests": {"a.b/c": 1}, "limits": {"a.b/c": 2}}}]},
            "a request of 1 a.b/c below its limit of 2",
        ),
        (
            {"containers": [{"name": "a", "resources": {"requests": {"hugepages-2Mi": "2Mi"}}}]},
            "a request of hugepages-2Mi without a limit",
        ),
        (
            {
                "containers": [
                    {"name": "a", "ports": [{"name": "b", "containerPort": 1}, {"name": "b", "containerPort": 2}]}
                ]
            },
            "two ports named b",
        ),
        ({"initContainers": [{"name": "a", "livenessProbe": {}}]}, "livenessProbe of an init container that ends"),
        (
            {"containers": [{"name": "a", "livenessProbe": {"successThreshold": 2}}]},
            "successThreshold 2 of livenessProbe",
        ),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 1}]},
            "another effect than NoExecute",
        ),
        ({"topologySpreadConstraints": [{"topologyKey": "a"}, {"topologyKey": "a"}]}, "two spread constraints of a"),
        (
            {"containers": [{"name": "a", "securityContext": {"privileged": True, "allowPrivilegeEscalation": False}}]},
            "privileged without allowPrivilegeEscalation",
        ),
        (
            {"hostNetwork": True, "containers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": 2}]}]},
            "host port 2 of port 1 with hostNetwork",
        ),
    ],
)
def test_what_the_api_refuses_of_any_pod_is_known(spec: dict, said: str) -> None:
    assert [what for what, _ in pod_refusals(spec) if said in what]


def test_a_deployment_that_replaces_no_pod_is_known() -> None:
    item = {"kind": "Deployment", "spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}}}
    assert [what for what, _ in workload_refusals(item, {"spec": {}})] == [
        "no selector",
        "maxSurge and maxUnavailable are both 0",
        "no container",
    ]


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"maxSurge": 1}, "maxSurge beside maxUnavailable"),
        ({"maxSurge": "0%", "maxUnavailable": 0}, "are both 0"),
        ({"maxUnavailable": 0}, "are both 0"),
        ({"maxSurge": 1, "maxUnavailable": 0}, ""),
        ({"maxUnavailable": "30%"}, ""),
        ({}, ""),
    ],
)
def test_a_daemon_set_either_adds_pods_or_stops_them(update: dict, said: str) -> None:
    item = {"kind": "DaemonSet", "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": update}}}
    found = [what for what, _ in workload_refusals(item, {"spec": {}}) if what not in ("no selector", "no container")]
    assert [said in what for what in found] == ([True] if said else [])


def test_autopilot_takes_logs_that_are_only_read() -> None:
    volumes = [{"name": "logs", "hostPath": {"path": "/var/log/pods"}}]
    mounts = [{"name": "logs", "mountPath": "/logs", "readOnly": True}]
    assert list(autopilot_refusals({"volumes": volumes, "containers": [{"name": "a", "volumeMounts": mounts}]})) == []
    mounts[0]["readOnly"] = False
    assert list(autopilot_refusals({"volumes": volumes, "containers": [{"name": "a", "volumeMounts": mounts}]})) != []
