"""Patches, and objects that a project adds in Python, reach everything that is derived from all objects."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.operations.workloads import Objects
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.manifests import Object, find, of_kind, read_folder
from support.kubernetes.schemas import CORE, NEWEST, errors
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import ROOT, require

pytestmark = pytest.mark.integration

HOSTILE = "{{ .Values.no }} $(x) ${y} é"
PATCHES = f"""
patches:
  pids:
    kind: Deployment
    name: shop
    reason: The debugger attaches to it.
    merge: {{ spec: {{ template: {{ spec: {{ shareProcessNamespace: true, hostname: "{HOSTILE}" }} }} }} }}
  heavy:
    kind: Deployment
    name: baker
    environments: [far]
    operations:
      - {{ op: test, path: /spec/template/spec/containers/0/name, value: baker }}
      - {{ op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: 20Gi }}
      - {{ op: add, path: /spec/template/spec/containers/0/securityContext/capabilities/add, value: [NET_ADMIN] }}
  settings:
    kind: ConfigMap
    name: shop
    operations: [{{ op: add, path: /data/BAKERY_EXTRA, value: "{HOSTILE}" }}]
  quota:
    kind: ResourceQuota
    name: far
    environments: [far]
    merge: {{ spec: {{ hard: {{ pods: "99" }} }} }}
"""
WORKLOADS = """
from quantacirc_cdk.apps import workloads
from quantacirc_cdk.kubernetes.engine import cdk8s, kplus


def named(name):
    return cdk8s.ApiObjectMetadata(name=name)


def before(app, context):
    chart = cdk8s.Chart(app, "earlier")
    kplus.ConfigMap(chart, "site", metadata=named("site"), data={"greeting": "{{ hello }}"})
    role = kplus.ClusterRole(chart, "reader", metadata=named("bakery:reader"))
    role.allow_read(kplus.ApiResource.NODES)


def after(chart, context):
    proxy = kplus.Deployment(
        chart, "proxy", metadata=named("proxy"), replicas=3,
        containers=[kplus.ContainerProps(
            image="registry.example/proxy:1", port_number=8080, readiness=kplus.Probe.from_http_get("/ready"),
            resources=kplus.ContainerResources(cpu=None, memory=None),
        )],
    )
    service = proxy.expose_via_service(name="proxy")
    backend = kplus.IngressBackend.from_service(service)
    rules = [kplus.IngressRule(host="x.example", backend=backend)]
    kplus.Ingress(chart, "ingress", metadata=named("proxy"), rules=rules)
    kplus.DaemonSet(
        chart, "agent", metadata=named("agent"), containers=[kplus.ContainerProps(image="registry.example/agent:1")]
    )
    cdk8s.ApiObject(chart, "widget", api_version="example.com/v1", kind="Widget", metadata=named("widget"))


def synthesize(project_root, outdir, environments):
    workloads.synthesize(project_root, outdir, environments, before=before, after=after)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the output of a project with patches and objects of its own, and what the command says."""
    project = Project.small(tmp_path_factory.mktemp("bakery"))
    home = project.environment_file("home").read_text()
    more = "target: local\nnamespace: far\ndelivery: argocd\n"
    project.write_environment("far", home.replace("domain: bakery", "domain: far").replace("target: local\n", more))
    project.replace_in_system("name: bakery\n", "name: bakery\nsource: { repository: https://git.example/b.git }\n")
    project.write_system(project.system_file.read_text() + PATCHES)
    (project.root / "apps" / "workloads.py").write_text(WORKLOADS)
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", project.root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return project.root / "dist", done.stderr


@pytest.fixture(scope="module", params=["home", "far"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def objects(made: tuple[Path, str], environment: str) -> list[Object]:
    return read_folder(made[0] / "kubernetes" / environment)


def far(made: tuple[Path, str]) -> list[Object]:
    return read_folder(made[0] / "kubernetes" / "far")


@pytest.mark.slow
def test_every_object_is_one_that_kubernetes_takes(objects: list[Object]) -> None:
    assert [error for item in objects if item["apiVersion"] in CORE for error in errors(item, NEWEST)] == []


def test_text_in_a_patch_is_text(objects: list[Object]) -> None:
    pod = find(objects, "Deployment", "shop")["spec"]["template"]["spec"]
    assert (pod["shareProcessNamespace"], pod["hostname"]) == (True, HOSTILE)
    assert find(objects, "ConfigMap", "shop")["data"]["BAKERY_EXTRA"] == HOSTILE


def test_a_patched_configuration_rolls_its_pods(objects: list[Object]) -> None:
    from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, content_hash

    data = find(objects, "ConfigMap", "shop")["data"]
    template = find(objects, "Deployment", "shop")["spec"]["template"]
    assert template["metadata"]["annotations"][CONFIG_HASH] == content_hash(data)


def test_the_chart_renders_the_manifests_of_each_environment(
    made: tuple[Path, str], objects: list[Object], environment: str
) -> None:
    chart = made[0] / "helm" / "bakery"
    namespace = "far" if environment == "far" else "bakery"
    rendered = template(chart, "--values", chart / f"values-{environment}.yaml", name="bakery", namespace=namespace)
    assert by_name(rendered) == by_name(handed_over(objects))


def test_the_quota_and_the_limits_count_them_and_a_patch_of_the_quota_is_last(made: tuple[Path, str]) -> None:
    hard = find(far(made), "ResourceQuota", "far")["spec"]["hard"]
    assert hard["pods"] == "99"
    # Two pods of baker at 20 GiB while it rolls, and a quarter more.
    assert int(hard["limits.memory"].removesuffix("Gi")) >= 50
    limit = find(far(made), "LimitRange", "far")["spec"]["limits"][0]
    assert limit["max"]["memory"] == "20Gi"
    home = find(read_folder(made[0] / "kubernetes" / "home"), "ResourceQuota", "bakery")["spec"]["hard"]
    # Three of the proxy and one while it rolls, ten of the agent, besides baker, shop and the bus.
    assert int(home["pods"]) >= (3 + 1 + 10 + 2 + 2 + 1) * 5 // 4


def test_the_namespace_admits_their_pods(made: tuple[Path, str]) -> None:
    level = "pod-security.kubernetes.io/enforce"
    assert find(far(made), "Namespace", "far")["metadata"]["labels"][level] == "privileged"  # NET_ADMIN
    home = read_folder(made[0] / "kubernetes" / "home")
    assert find(home, "Namespace", "bakery")["metadata"]["labels"][level] == "baseline"  # as cdk8s-plus makes pods


def test_argo_cd_may_apply_them(made: tuple[Path, str]) -> None:
    project = yaml.safe_load((made[0] / "gitops/argocd/projects/far.yaml").read_text())["spec"]
    allowed = [{"group": "apps", "kind": "DaemonSet"}, {"group": "example.com", "kind": "Widget"}]
    assert all(one in project["namespaceResourceWhitelist"] for one in allowed)
    assert {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"} in project["clusterResourceWhitelist"]


def test_a_cluster_object_is_in_no_namespace_and_the_others_in_that_of_the_system(objects: list[Object]) -> None:
    assert "namespace" not in find(objects, "ClusterRole", "bakery:reader")["metadata"]
    name = find(objects, "Deployment", "shop")["metadata"]["namespace"]
    assert {
        find(objects, kind, one)["metadata"]["namespace"]
        for kind, one in (("ConfigMap", "site"), ("Deployment", "proxy"))
    } == {name}


def test_health_and_the_order_of_deployment_know_them(objects: list[Object]) -> None:
    assert {item["metadata"]["name"] for item in Objects(objects, "bakery").own("Deployment", "DaemonSet")} == {
        "agent", "baker", "proxy", "shop"
    }  # fmt: skip
    wave = "argocd.argoproj.io/sync-wave"
    assert {item["metadata"]["annotations"][wave] for item in of_kind(objects, "Deployment", "DaemonSet")} == {"4"}


def test_compose_runs_what_it_can_and_the_rest_is_told(made: tuple[Path, str]) -> None:
    dist, said = made
    file = dist / "compose" / "home" / "compose.yaml"
    services = yaml.safe_load(file.read_text())["services"]
    assert services["proxy"]["image"] == "registry.example/proxy:1"
    assert services["shop"]["hostname"] == HOSTILE.replace("$", "$$")
    assert "agent" not in services
    assert "note: compose (home) has no DaemonSet agent: it runs on nodes\n" in said
    assert "| compose (home) | `DaemonSet agent` | it runs on nodes |" in (dist / "report" / "left-out.md").read_text()
    check = require("check-jsonschema", "pip install check-jsonschema")
    command = [check, "--builtin-schema", "vendor.compose-spec", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_report_tells_of_them(made: tuple[Path, str]) -> None:
    page = (made[0] / "report" / "by-hand.md").read_text()
    assert "| `pids` | `Deployment shop` | all | The debugger attaches to it. |" in page
    assert "| `heavy` | `Deployment baker` | far |  |" in page
    assert "| `DaemonSet agent` | all |" in page
    images = json.loads((made[0] / "report" / "images-in-use.json").read_text())
    assert images["home"]["registry.example/proxy:1"] == ["proxy"]
    assert "[by-hand.md]" in (made[0] / "report" / "README.md").read_text()


def refusal(project: Project, patches: str) -> list[str]:
    project.write_system(project.system_file.read_text() + "patches:\n" + patches)
    folder = project.root / "made"
    with pytest.raises(QuantacircError) as caught:
        render(project.root, folder)
    shutil.rmtree(folder, ignore_errors=True)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("patch", "problem"),
    [
        (
            "  one: { kind: Deployment, name: shap, environments: [home], merge: { spec: { paused: true } } }\n",
            '25: patches.one.name: no Deployment "shap" in home, expected "shop"',
        ),
        (
            "  one: { kind: Daemon, name: shop, environments: [home], merge: { spec: { paused: true } } }\n",
            "25: patches.one.kind: no object of kind Daemon in home, expected one of ",
        ),
        (
            (
                "  one:\n    kind: Deployment\n    name: shop\n    operations:\n"
                "      - { op: replace, path: /spec/template/spec/hostNetwrk, value: true }\n"
            ),
            (
                '29: patches.one.operations[0].path: no field "hostNetwrk" in spec.template.spec of '
                'Deployment shop in home, expected "hostNetwork"'
            ),
        ),
        (
            "  one: { kind: Deployment, name: shop, merge: { metadata: { labels: { a: b c } } } }\n",
            '25: patches.one: Deployment shop in home becomes invalid: Deployment: label a: "b c"',
        ),
        (
            "  one: { kind: Deployment, name: shop, merge: { spec: { template: nothing } } }\n",
            "25: patches.one: Deployment shop in home becomes invalid: not a Deployment: it has no pod template",
        ),
        (
            "  one: { kind: Deployment, name: shop, merge: { spec: { template: { spec: { volumes: 7 } } } } }\n",
            "25: patches.one: Deployment shop in home becomes invalid: Deployment: spec.template.spec.volumes 7, ",
        ),
        (
            "  one: { kind: Deployment, name: shop, merge: { spec: { template: { spec: { containers: [] } } } } }\n",
            "25: patches.one: Deployment shop in home becomes invalid: Deployment: no container, expected at least one",
        ),
        (
            "  one: { kind: Deployment, name: shop, merge: { spec: { selector: null } } }\n",
            "25: patches.one: Deployment shop in home becomes invalid: Deployment: no selector, expected the labels",
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_its_line(
    patch: str, problem: str, project: Callable[[], Project]
) -> None:
    (said,) = refusal(project(), patch)
    assert said.startswith(f"apps/system.yaml:{problem}")


@pytest.mark.slow
def test_a_patch_for_all_must_have_an_object_in_one_environment(tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    patch = "patches:\n  one: { kind: ServiceMonitor, name: shop, merge: { spec: { x: 1 } } }\n"
    project.write_system(project.system_file.read_text() + patch)
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", project.root, "--only", "kubernetes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    said = "apps/system.yaml:25: patches.one.kind: no object of kind ServiceMonitor in any environment"
    assert said in done.stderr
    assert not (project.root / "dist").exists()


def test_a_patch_that_asks_for_more_than_the_quota_is_refused(project: Callable[[], Project]) -> None:
    made = project()
    made.write_environment("home", made.environment_file("home").read_text() + "quota: { memory_limit: 4Gi }\n")
    patch = (
        "  one:\n    kind: Deployment\n    name: shop\n    operations:\n"
        "      - { op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: 9Gi }\n"
    )
    (said,) = refusal(made, patch)
    assert said.startswith("apps/environments/home.yaml:9: quota.memory_limit: a quota of 4096Mi is ")
