"""The arithmetic of quotas and nodes, and that synthesis refuses what does not fit and says by how much."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.kubernetes.capacity import ADDONS, Nodes, PodGroup, allocatable, more_nodes, pod_group, pod_groups
from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.system import SystemChart
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find, of_kind
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import ROOT

GIB = 1024 * MEBIBYTE


def group(count: int, cpu: int, memory: int, *, apart: bool = False) -> PodGroup:
    return PodGroup(
        name="x", count=count, cpu=cpu, memory=memory, memory_limit=memory, ephemeral_storage=0, apart=apart
    )


def pool(count: int, cpu: int = 1000, memory: int = GIB, pods: int = 50) -> Nodes:
    return Nodes(name="x", count=count, cpu=cpu, memory=memory, pods=pods)


@pytest.mark.parametrize(
    ("groups", "nodes", "missing"),
    [
        ([group(4, 500, 0)], [pool(2)], 0),
        ([group(5, 500, 0)], [pool(2)], 1),
        ([group(3, 600, 0)], [pool(2)], 1),  # 1.8 of 2 cores, but no two fit on one node
        ([group(2, 100, GIB)], [pool(1)], 1),  # memory, not CPU
        ([group(3, 100, 0, apart=True)], [pool(2)], 1),
        ([group(2, 450, 0), group(2, 200, 0, apart=True)], [pool(2)], 0),  # others take what a DaemonSet leaves
        ([group(1, 900, 0), group(2, 200, 0, apart=True)], [pool(2)], 1),
        ([group(60, 1, 0)], [pool(1)], 1),  # pods a node
        ([group(1, 1001, 0)], [pool(9)], None),
        ([group(1, 900, 0), group(2, 50, 0)], [pool(1)], 0),
        ([group(1, 3000, 0), group(2, 500, 0)], [pool(1), pool(1, cpu=3000)], 0),
    ],
)
def test_nodes_that_are_missing(groups: list[PodGroup], nodes: list[Nodes], missing: int | None) -> None:
    assert more_nodes(groups, nodes) == missing


amounts = st.tuples(st.integers(1, 6), st.integers(1, 900), st.integers(1, GIB))


@pytest.mark.integration
@given(st.lists(amounts, min_size=1, max_size=6), st.integers(1, 5))
def test_the_nodes_that_are_missing_suffice_and_never_exceed_one_a_pod(
    asked: list[tuple[int, int, int]], count: int
) -> None:
    groups = [group(*one) for one in asked]
    missing = more_nodes(groups, [pool(count)])
    assert missing is not None
    assert more_nodes(groups, [pool(count + missing)]) == 0
    assert (count + missing) * 1000 >= sum(one.count * one.cpu for one in groups)
    assert missing <= sum(one.count for one in groups)


def test_what_a_node_leaves_is_what_google_documents() -> None:
    # https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes: of 4 cores 80m, of 16 GiB 2.6 GiB
    nodes = allocatable("x", cpu=4, memory="16Gi", count=1)
    assert nodes.cpu == 4000 - 80 - 300
    assert nodes.memory == 16 * GIB - int(2.6 * GIB) - 100 * MEBIBYTE - 600 * MEBIBYTE


def test_a_pod_asks_for_its_largest_moment() -> None:
    def container(cpu: str, **more: str) -> Object:
        return {"resources": {"requests": {"cpu": cpu, "memory": "1Mi"}}, **more}

    spec = {
        "containers": [container("100m"), container("50m")],
        "initContainers": [container("1"), container("20m", restartPolicy="Always")],
    }
    assert pod_group(spec).cpu == 1000
    spec["initContainers"][0] = container("10m")
    assert pod_group(spec).cpu == 170


def test_the_quota_holds_everything_at_its_maximum(objects: Sequence[Object]) -> None:
    """Counted here from the rendered manifests, without the code under test."""
    (quota,) = of_kind(objects, "ResourceQuota")
    hard = {key: parse_quantity(value) for key, value in quota["spec"]["hard"].items()}
    maxima = {
        item["spec"]["scaleTargetRef"]["name"]: item["spec"].get("maxReplicas") or item["spec"]["maxReplicaCount"]
        for item in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
    }
    used = dict.fromkeys(("pods", "requests.cpu", "requests.memory", "limits.memory"), parse_quantity("0"))
    for item in of_kind(objects, "Deployment", "StatefulSet", "Job", "CronJob"):
        spec = item["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else item["spec"]
        surge = 1 if item["kind"] == "Deployment" else 0
        count = maxima.get(item["metadata"]["name"], spec.get("replicas", 1)) + surge
        used["pods"] += count
        for container in spec["template"]["spec"]["containers"]:
            for section, key in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
                used[f"{section}.{key}"] += count * parse_quantity(container["resources"][section][key])
    assert used["pods"] > 15
    assert dict.fromkeys(used, True) == {key: used[key] * 125 / 100 <= hard[key] for key in used}


def test_no_container_exceeds_the_limit_range(objects: Sequence[Object]) -> None:
    (limits,) = of_kind(objects, "LimitRange")
    (limit,) = limits["spec"]["limits"]
    assert "cpu" not in limit["max"]
    assert "cpu" not in limit["default"]
    most = parse_quantity(limit["max"]["memory"])
    for item in of_kind(objects, "Deployment", "StatefulSet", "Job"):
        for container in item["spec"]["template"]["spec"]["containers"]:
            assert parse_quantity(container["resources"]["limits"]["memory"]) <= most


def test_nothing_leaves_the_cluster_but_through_the_ingress(objects: Sequence[Object]) -> None:
    hard = find(objects, "ResourceQuota", "quantacirc")["spec"]["hard"]
    assert (hard["services.loadbalancers"], hard["services.nodeports"]) == ("0", "0")


def chart(root: Path, name: str = "home") -> SystemChart:
    project = load_project(root)
    environment = project.environments[name]
    made = SystemChart(cdk8s.App(), name, system=project.system, environment=environment, source=project.sources[name])
    made.finish()
    return made


def refusal(project: Project, more: str) -> list[str]:
    project.write_environment("home", project.environment_file("home").read_text() + more)
    with pytest.raises(QuantacircError) as caught:
        chart(project.root)
    return [str(problem) for problem in caught.value.problems]


def test_a_quota_that_is_too_small_is_refused_by_how_much(project: Callable[[], Project]) -> None:
    cpu, pods = refusal(project(), "replicas: { min: 1, max: 9 }\nquota:\n  cpu: 500m\n  memory: 1Ti\n  pods: 20\n")
    # Two workloads of at most nine pods and one while they roll, one server of the bus.
    assert cpu == (
        "apps/environments/home.yaml:11: quota.cpu: a quota of 0.5 cores is 1.6 cores too small: everything at its "
        "maximum takes 2.1 cores, expected at least 2.1 cores, or fewer replicas"
    )
    assert pods == (
        "apps/environments/home.yaml:13: quota.pods: a quota of 20 pods is 1 pods too small: everything at its "
        "maximum takes 21 pods, expected at least 21 pods, or fewer replicas"
    )


def test_a_quota_that_is_large_enough_is_taken(project: Callable[[], Project]) -> None:
    made = project()
    made.write_environment(
        "home", made.environment_file("home").read_text() + "quota: { cpu: 40, pods: 99 }\n".replace("40", '"40"')
    )
    objects = cdk8s.Testing.synth(chart(made.root))
    hard = find(objects, "ResourceQuota", "bakery")["spec"]["hard"]
    assert (hard["requests.cpu"], hard["pods"]) == ("40000m", "99")


NODES = "  node_pools:\n    few: {{ cpu: 2, memory: 8Gi, min_nodes: 1, max_nodes: {} }}\n"


def with_nodes(project: Project, count: int, replicas: int) -> None:
    text = project.environment_file("home").read_text()
    text = text.replace("  context: kind-bakery\n", "  context: kind-bakery\n" + NODES.format(count))
    project.write_environment("home", text + f"replicas: {{ min: 1, max: {replicas} }}\n")


def test_nodes_that_are_too_few_are_refused_by_how_many(project: Callable[[], Project]) -> None:
    made = project()
    with_nodes(made, 2, 40)
    (text,) = refusal(made, "")
    # 83 pods of 100m and the add-ons' 2 cores; a node of 2 cores leaves 1,630m: 16 pods.
    assert text == (
        "apps/environments/home.yaml:9: cluster.node_pools.few.max_nodes: 2 nodes are 5 too few for the 83 pods that "
        "everything at its maximum is (8.3 cores, 10624Mi), expected at least 7, or fewer replicas"
    )
    made.replace_in_environment("home", "max_nodes: 2", "max_nodes: 7")
    assert chart(made.root)


def test_a_pod_larger_than_every_node_is_refused(project: Callable[[], Project]) -> None:
    made = project()
    with_nodes(made, 9, 2)
    made.replace_in_system("cpu: 100m", "cpu: '1.9'")
    (text,) = refusal(made, "")
    assert (
        "apps/environments/home.yaml:9: cluster.node_pools.few: the largest node is 0.27 cores of cpu too small" in text
    )


def test_a_number_of_cores_has_all_its_digits(project: Callable[[], Project]) -> None:
    made = project()
    with_nodes(made, 9, 2)
    made.replace_in_system("cpu: 100m", "cpu: '2000001.5'")
    (text,) = refusal(made, "")
    assert "the largest node is 1999999.87 cores of cpu too small" in text


@pytest.mark.integration
@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_nodes_of_every_environment_suffice(name: str) -> None:
    environment = load_project(ROOT).environments[name]
    assert environment.cluster.node_pools
    assert (
        more_nodes(
            [ADDONS],
            [
                allocatable("x", cpu=p.cpu, memory=p.memory, count=p.max_nodes)
                for p in environment.cluster.node_pools.values()
            ],
        )
        == 0
    )
    assert chart(ROOT, name)


POOLS = """\
  node_pools:
    few: { cpu: 8, memory: 32Gi, min_nodes: 1, max_nodes: 9 }
    own: { cpu: 2, memory: 8Gi, min_nodes: 0, max_nodes: %d, taints: [{ key: dedicated, value: baking }] }
"""


def test_pods_that_tolerate_a_pool_have_to_fit_it(project: Callable[[], Project], out: Path) -> None:
    small = project()
    small.replace_in_system(
        "    consumes: [bakery.orders]\n", "    consumes: [bakery.orders]\n    placement: { node_pool: own }\n"
    )
    text = small.environment_file("home").read_text()
    text += "components: { baker: { replicas: { min: 1, max: 30 } } }\n"
    small.write_environment("home", text.replace("  context: kind-bakery\n", f"  context: kind-bakery\n{POOLS % 9}"))
    (objects,) = render(small.root, out).values()
    spec = find(objects, "Deployment", "baker")["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"node-pool": "own"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Equal", "value": "baking", "effect": "NoSchedule"}]
    small.replace_in_environment("home", "max_nodes: 9, taints", "max_nodes: 1, taints")
    with pytest.raises(
        QuantacircError, match=r"cluster.node_pools.own.max_nodes: 1 nodes are \d too few for the 31 pods"
    ):
        render(small.root, out)


def test_a_percentage_of_a_surge_a_side_car_and_extended_resources_count() -> None:
    def container(cpu: str, **more: object) -> Object:
        return {"resources": {"requests": {"cpu": cpu}}, **more}

    spec: Object = {
        "initContainers": [container("300m", restartPolicy="Always"), container("900m")],
        "containers": [container("500m") | {"resources": {"requests": {"cpu": "500m"}, "limits": {"gpu.com/a": "2"}}}],
    }
    found = pod_group(spec)
    assert (found.cpu, found.extended) == (1200, {"gpu.com/a": 2})
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {"replicas": 5, "strategy": {"rollingUpdate": {"maxSurge": "25%"}}, "template": {"spec": spec}},
    }
    assert [one.count for one in pod_groups([deployment])] == [7]
    deployment["spec"]["strategy"] = {"type": "Recreate"}  # type: ignore[index]
    assert [one.count for one in pod_groups([deployment])] == [5]


def test_a_quota_states_its_claims(project: Callable[[], Project], out: Path) -> None:
    small = project()
    text = small.environment_file("home").read_text() + "components: { bus: { replicas: { min: 3, max: 3 } } }\n"
    small.write_environment("home", f"{text}quota: {{ claims: 9 }}\n")
    (objects,) = render(small.root, out).values()
    (quota,) = of_kind(objects, "ResourceQuota")
    assert quota["spec"]["hard"]["persistentvolumeclaims"] == "9"
    small.replace_in_environment("home", "claims: 9", "claims: 2")
    with pytest.raises(QuantacircError, match=r"quota.claims: a quota of 2 claims is 1 claims too small"):
        render(small.root, out)


GPU_POOLS = """\
  node_pools:
    general: { cpu: 8, memory: 32Gi, min_nodes: 1, max_nodes: 9 }
    gpu: { cpu: 4, memory: 16Gi, min_nodes: 0, max_nodes: 4, gpus: 1 }
"""
TAINTED = "gpus: 1, taints: [{ key: dedicated, value: gpu }]"


def with_gpus(project: Project, count: str, replicas: int, placement: str = "{}", more: str = "") -> Project:
    """Give the worker GPUs, and the cluster a pool with four nodes of one GPU each."""
    stated = f'    resources: {{ extended: {{ nvidia.com/gpu: "{count}" }} }}\n    placement: {placement}\n{more}'
    project.replace_in_system("    consumes: [bakery.orders]\n", f"    consumes: [bakery.orders]\n{stated}")
    text = project.environment_file("home").read_text()
    text += f"components: {{ baker: {{ replicas: {{ min: 1, max: {replicas} }} }} }}\n"
    project.write_environment("home", text.replace("  context: kind-bakery\n", f"  context: kind-bakery\n{GPU_POOLS}"))
    return project


NO_SURGE = "    update: { max_surge: 0, max_unavailable: 1 }\n"
SURGE = "    update: { max_surge: 1, max_unavailable: 0 }\n"


@pytest.mark.parametrize(
    ("count", "replicas", "placement", "more", "said"),
    [
        ("8", 1, "{}", NO_SURGE, "node_pools.gpu: a node has 1 GPU, and a pod of Deployment baker requests 8 GPUs"),
        ("1", 1, "{ node_pool: general }", NO_SURGE, "node_pools.general: a node has 0 GPUs, and a pod of"),
        ("1", 5, "{}", NO_SURGE, "node_pools.gpu.max_nodes: 13 nodes are 1 too few for the"),
        ("1", 4, "{ node_pool: gpu }", SURGE, "node_pools.gpu.max_nodes: 13 nodes are 1 too few for the"),
    ],
)  # fmt: skip
def test_gpus_that_no_node_has_are_refused(
    project: Callable[[], Project], out: Path, count: str, replicas: int, placement: str, more: str, said: str
) -> None:
    with pytest.raises(QuantacircError, match=re.escape(f"cluster.{said}")):
        render(with_gpus(project(), count, replicas, placement, more).root, out)


@pytest.mark.parametrize(
    ("replicas", "placement", "more"),
    [(4, "{}", NO_SURGE), (3, "{}", SURGE), (4, "{ node_pool: gpu }", NO_SURGE), (3, "{ node_pool: gpu }", SURGE)],
)
def test_gpus_that_the_nodes_have_are_taken(
    project: Callable[[], Project], out: Path, replicas: int, placement: str, more: str
) -> None:
    assert render(with_gpus(project(), "1", replicas, placement, more).root, out)


@pytest.mark.integration
def test_pods_with_gpus_tolerate_the_taints_of_the_nodes_that_have_them(
    project: Callable[[], Project], out: Path
) -> None:
    tolerant = "{ tolerations: [{ key: dedicated, value: gpu, effect: NoSchedule }] }"
    for placement, said in (
        ("{}", r"node_pools.gpu: taints that the pods of Deployment baker, which request 1 GPU, do not tolerate"),
        ("{ tolerations: [{ key: dedicated, value: other }] }", "do not tolerate, expected `placement.node_pool: gpu`"),
        ("{ node_pool: gpu }", ""),
        (tolerant, ""),
    ):
        small = with_gpus(project(), "1", 4, placement, NO_SURGE)
        small.replace_in_environment("home", "gpus: 1", TAINTED)
        if said:
            with pytest.raises(QuantacircError, match=said):
                render(small.root, out)
        else:
            assert render(small.root, out)
    small = with_gpus(project(), "1", 5, tolerant, NO_SURGE)
    small.replace_in_environment("home", "gpus: 1", TAINTED)
    with pytest.raises(QuantacircError, match=r"node_pools.gpu.max_nodes: 4 nodes are 1 too few .* 5 GPUs"):
        render(small.root, out)


DAEMON = """\
  agent:
    kind: daemon
    image: oven
    placement: { tolerations: [{ effect: NoSchedule }] }
"""


def test_a_daemon_that_tolerates_a_pool_has_its_pods_there(project: Callable[[], Project], out: Path) -> None:
    """Its pods on the other pool need no room on this one, whose nodes would never suffice."""
    made = project()
    made.replace_in_system("components:\n", f"components:\n{DAEMON}")
    made.replace_in_environment("home", "  context: kind-bakery\n", f"  context: kind-bakery\n{POOLS % 9}")
    made.replace_in_environment("home", "max_nodes: 9 }", "max_nodes: 1 }")
    (objects,) = render(made.root, out).values()
    assert find(objects, "ResourceQuota", "bakery")["spec"]["hard"]["pods"]
    made.replace_in_system("    placement:", "    size: huge\n    placement:")
    made.replace_in_system("sizes:\n", "sizes:\n  huge: { cpu: 1700m, memory: 128Mi, memory_limit: 128Mi }\n")
    with pytest.raises(QuantacircError, match=r"cluster\.node_pools\.own: the largest node is .* too small"):
        render(made.root, out)
