"""A daemon runs on every node: a DaemonSet, which Compose leaves out and says so."""

from collections.abc import Callable

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.daemon.spec import Daemon
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from support.helm.helm import run, template
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.project import Project

pytestmark = pytest.mark.integration

AGENT = """\
  agent:
    kind: daemon
    image: agent
    contract: false
    ports:
      - { name: otlp, port: 4317, host_port: { port: 14317, reason: Clients find it at their node. } }
      - { name: health, port: 13133 }
    volumes:
      logs:
        host: { path: /var/log, reason: It reads the logs of all pods. }
        mount: { path: /var/log, read_only: true }
    placement: { tolerations: [{ effect: NoSchedule }] }
    update: { max_unavailable: 25% }
    probes: { readiness: { http: { path: /, port: health } } }
"""
IMAGE = "  agent: { registry: docker.io, repository: otel/opentelemetry-collector, tag: 0.130.0 }\n"
ADDONS = "  addons: { prometheus_operator: true }\n"


def bakery(project: Project) -> Project:
    """Return the small project with an agent on every node, in two environments of different size."""
    project.replace_in_system("images:\n", f"images:\n{IMAGE}")
    project.replace_in_system("components:\n", f"components:\n{AGENT}")
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [agent]\n")
    project.replace_in_environment("home", "  context:", f"{ADDONS}  context:")
    project.replace_in_environment("home", "owners:", "components: { agent: { nodes: 4 } }\nowners:")
    away = project.environment_file("home").read_text().replace("nodes: 4", "nodes: 40")
    project.write_environment(
        "away", away.replace("bakery.example\nreg", "away.example\nreg").replace("kind-", "away-")
    )
    return project


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Project:
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    said.append(synthesize(project))
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


@pytest.mark.slow
def test_it_runs_on_every_node(objects: list[Object]) -> None:
    spec = find(objects, "DaemonSet", "agent")["spec"]
    assert spec["updateStrategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": "25%"}
    pod = spec["template"]["spec"]
    assert pod["tolerations"] == [{"effect": "NoSchedule", "operator": "Exists"}]
    assert "topologySpreadConstraints" not in pod
    (container,) = pod["containers"]
    assert container["ports"][0] == {"containerPort": 4317, "hostPort": 14317, "name": "otlp", "protocol": "TCP"}
    assert "hostPort" not in container["ports"][1]
    assert not [
        item for item in objects if item["kind"] == "PodDisruptionBudget" and item["metadata"]["name"] == "agent"
    ]


def test_the_report_shows_why_it_uses_the_node(made: Project, objects: list[Object]) -> None:
    page = (made.root / "dist" / "report" / "exceptions.md").read_text()
    assert "| `agent` | container agent | host port 14317 | Clients find it at their node. | all |" in page
    assert "| `agent` | volume logs | host path /var/log | It reads the logs of all pods. | all |" in page
    labels = find(objects, "Namespace", "bakery")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"


def test_clients_reach_its_pods_and_its_port_on_the_nodes(objects: list[Object]) -> None:
    shop = find(objects, "NetworkPolicy", "shop")["spec"]["egress"]
    by_port = {port["port"]: rule["to"] for rule in shop for port in rule["ports"]}
    assert by_port[4317][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "agent"
    assert by_port[14317] == [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
    agent = find(objects, "NetworkPolicy", "agent")["spec"]["ingress"]
    assert {"ipBlock": {"cidr": "0.0.0.0/0"}} in [
        peer for rule in agent if rule["ports"][0]["port"] == 4317 for peer in rule["from"]
    ]


def test_the_quota_has_room_for_a_pod_on_each_node(made: Project) -> None:
    pods = {}
    for name in ("home", "away"):
        (quota,) = [item for item in objects_of(made, name) if item["kind"] == "ResourceQuota"]
        pods[name] = int(quota["spec"]["hard"]["pods"])
    assert pods["away"] - pods["home"] == 45  # 36 more nodes, and a quarter more


def test_nodes_without_a_pod_are_alerted_on(objects: list[Object]) -> None:
    (rule,) = [item for item in objects if item["kind"] == "PrometheusRule"]
    alerts = {one["alert"]: one for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    assert 'daemonset=~"agent"' in alerts["NodesWithoutDaemon"]["expr"]


def test_the_chart_is_the_manifests(made: Project) -> None:
    assert chart_differences(made) == []
    assert "undeclared" not in (made.root / "dist" / "report" / "parity.md").read_text()


def test_the_chart_takes_its_nodes_as_a_number(made: Project) -> None:
    chart = made.root / "dist" / "helm" / "bakery"
    for option, nodes in (("agent.nodes=8", "8"), ("agent.podLabels.a=b", "40")):
        (agent,) = [one for one in template(chart, "--set", option, name="bakery") if one["kind"] == "DaemonSet"]
        assert agent["metadata"]["annotations"]["quantacirc-cdk/nodes"] == nodes
    assert "agent/nodes" in run("template", "bakery", chart, "--set-string", "agent.nodes=8").stderr


@pytest.mark.slow
def test_the_chart_has_a_number_of_nodes_also_where_an_environment_states_none(project: Callable[[], Project]) -> None:
    made = bakery(project())
    made.replace_in_environment("home", "components: { agent: { nodes: 4 } }\n", "")
    synthesize(made)
    assert chart_differences(made) == []
    chart = made.root / "dist" / "helm" / "bakery"

    def pods(number: int) -> int:
        options = ("--values", chart / "values-home.yaml", "--set", f"agent.nodes={number},resourceQuota.create=true")
        objects = template(chart, *options, name="bakery")
        annotations = find(objects, "DaemonSet", "agent")["metadata"]["annotations"]
        assert annotations.get("quantacirc-cdk/nodes") == (str(number) if number else None)
        return int(find(objects, "ResourceQuota", "bakery")["spec"]["hard"]["pods"])

    assert pods(0) < 100 < 500 < pods(500)


def test_compose_leaves_it_out_and_everybody_says_so(made: Project, said: list[str]) -> None:
    services = yaml.safe_load((made.root / "dist" / "compose" / "home" / "compose.yaml").read_text())["services"]
    assert "agent" not in services
    assert "shop" in services
    assert "note: compose (home) has no DaemonSet agent: it runs on nodes" in said[0]
    assert "DaemonSet agent" in (made.root / "dist" / "report" / "left-out.md").read_text()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("max_unavailable: 25%", "max_unavailable: 1, progress_seconds: 9", "`progress_seconds` of a DaemonSet"),
        ("max_unavailable: 25%", "max_unavailable: 2, on_delete: true", "`max_unavailable` beside `on_delete`"),
        ("max_unavailable: 25%", "max_surge: 1", "max_surge 1 and max_unavailable 1"),
        ("max_unavailable: 25%", "recreate: true", "`recreate` of a DaemonSet"),
        ("reason: Clients find it at their node. ", "reason: '' ", "host_port.reason"),
        ("update:", "disruption: { max_unavailable: 1 }\n    update:", "`disruption` on a daemon"),
        ("update:", "autoscaling: { cpu_percent: 9 }\n    update:", "`cpu_percent` on a daemon"),
        ("volumes:\n", "volumes:\n      all: { size: 1Gi, mount: /all }\n", 'every node shares the volume "all"'),
    ],
)
def test_what_a_daemon_set_cannot_do_is_refused_with_its_line(
    old: str, new: str, what: str, project: Callable[[], Project]
) -> None:
    bad = bakery(project())
    bad.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    assert any(what in str(one) and one.line for one in caught.value.problems)


def test_what_has_no_effect_on_it_is_refused_in_an_environment_too(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    bad.replace_in_environment("home", "agent: { nodes: 4 }", "agent: { nodes: 4, autoscaling: { cpu_percent: 9 } }")
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    (refusal,) = map(str, caught.value.problems)
    assert refusal.startswith("apps/environments/home.yaml:")
    assert "components.agent.autoscaling.cpu_percent: `cpu_percent` on a daemon" in refusal


@pytest.mark.parametrize(
    ("placement", "nodes"),
    [("{ tolerations: [{ effect: NoSchedule }] }", 8), ("{}", 3), ("{ node_pool: batch }", 5)],
)
def test_it_runs_on_the_pools_whose_taints_it_tolerates(
    placement: str, nodes: int, project: Callable[[], Project]
) -> None:
    small = bakery(project())
    small.replace_in_system("{ tolerations: [{ effect: NoSchedule }] }", placement)
    small.replace_in_environment("home", "agent: { nodes: 4 }", "agent: {}")
    small.replace_in_environment(
        "home",
        "  context:",
        "  node_pools:\n"
        "    general: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 3 }\n"
        "    batch: { cpu: 4, memory: 16Gi, min_nodes: 0, max_nodes: 5, taints: [{ key: dedicated, value: batch }] }\n"
        "  context:",
    )
    small.environment_file("away").unlink()  # it has no pools
    found = load_project(small.root)
    site = Site(found.system, found.environments["home"])
    assert site.component("agent", Daemon).nodes(site, "agent") == nodes
