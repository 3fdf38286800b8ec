"""A service with an objective, whose releases an environment makes in steps with Argo Rollouts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, canary_query
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.operators import operator_of
from quantacirc_cdk.operations.settings import Target
from support.gitops.argocd import Walk, read
from support.gitops.schemas import schema_errors
from support.kubernetes.manifests import Object, find, identity, of_kind
from support.kubernetes.prometheus import Case, check_cases, promtool, rule_file
from support.made import chart_differences, objects_of, synthesize
from support.project import Project

ROLLOUT = """\
    rollout:
      steps: [{ weight: 20, pause_seconds: 300 }, { weight: 50, pause_seconds: 600 }]
      analysis: { burn_rate: 10 }
"""
ADDONS = "  addons: { argo_rollouts: true, prometheus_operator: true }\n"
FIXED = "    autoscaling: { cpu_percent: null }\n    replicas: { min: 3, max: 3 }\n"
REPLICAS = "    replicas: { min: 3, max: 6 }\n"


def bakery(project: Project) -> Project:
    """Return the small project, whose shop has an objective, and a rollout at home."""
    project.replace_in_system(
        "name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n"
    )
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    objective: { percent: 99.5 }\n")
    project.replace_in_environment("home", "  context:", f"{ADDONS}  context:")
    project.replace_in_environment("home", "owners:", f"components:\n  shop:\n{REPLICAS}{ROLLOUT}owners:")
    return project


def elsewhere(project: Project, name: str, old: str, new: str) -> None:
    """Write another environment, like home but for a text."""
    text = project.environment_file("home").read_text().replace("bakery.example\nreg", f"{name}.example\nreg")
    assert old in text
    project.write_environment(name, text.replace("kind-", f"{name}-").replace(old, new))


@pytest.fixture
def made(tmp_path: Path) -> Project:
    return bakery(Project.small(tmp_path))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project with its output: at home, without a rollout, and without an autoscaler."""
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    elsewhere(project, "plain", ROLLOUT, "")
    elsewhere(project, "fixed", REPLICAS, FIXED)
    for name in ("home", "plain", "fixed"):
        project.replace_in_environment(name, "owners:", "delivery: argocd\napproval: false\nowners:")
    synthesize(project)
    return project


def refused(project: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    return [str(problem) for problem in caught.value.problems]


Change = Callable[[Project], None]


def at_home(old: str, new: str) -> Change:
    return lambda project: project.replace_in_environment("home", old, new)


def of_shop(text: str) -> Change:
    return lambda project: project.replace_in_system("    exposed: true\n", f"    exposed: true\n{text}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            at_home("argo_rollouts: true, ", ""),
            (
                "home.yaml:12: components.shop.rollout: a rollout in a cluster without Argo Rollouts, expected "
                "`cluster.addons.argo_rollouts: true`, or none"
            ),
        ),
        (
            at_home("min: 3", "min: 1"),
            (
                "home.yaml:12: components.shop.rollout: a rollout of 1 replica, which has no steps, expected at "
                "least 2 as `replicas.min`, or no rollout"
            ),
        ),
        (
            at_home("min: 3, max: 6", "min: 0, max: 0"),
            (
                "home.yaml:12: components.shop.rollout: a rollout of 0 replicas, which has no steps, expected at "
                "least 2 as `replicas.min`, or no rollout"
            ),
        ),
        (
            of_shop("    update: { recreate: true }\n"),
            (
                "home.yaml:12: components.shop.rollout: a rollout of a component whose old pods stop before new ones "
                "start, expected no rollout, no `update.recreate`, and volumes that several nodes can mount"
            ),
        ),
        (
            of_shop("    autoscaling: { recommend: true }\n"),
            (
                "home.yaml:12: components.shop.rollout: a rollout beside `autoscaling.recommend`, whose target is the "
                "Deployment, expected one of them"
            ),
        ),
        (
            at_home("weight: 50", "weight: 20"),
            (
                "home.yaml:13: components.shop.rollout.steps[1].weight: a weight of 20 after 20, expected a larger one "
                "than in the step before"
            ),
        ),
        (
            lambda project: project.replace_in_system("    objective: { percent: 99.5 }\n", ""),
            (
                "home.yaml:14: components.shop.rollout.analysis: an analysis of a service without an objective, "
                "expected `objective` of the component in the system"
            ),
        ),
        (
            at_home("burn_rate: 10", "burn_rate: 200"),
            (
                "home.yaml:14: components.shop.rollout.analysis.burn_rate: a burn rate of 200, which no share of "
                "failed requests reaches, expected less than 200"
            ),
        ),
        (
            at_home(", prometheus_operator: true", ""),
            (
                "home.yaml:14: components.shop.rollout.analysis: an analysis in a cluster without Prometheus, expected "
                "`cluster.addons.prometheus_operator: true`, or none"
            ),
        ),
        (
            at_home("pause_seconds: 600", "pause_seconds: 7000"),
            (
                "home.yaml:13: components.shop.rollout.steps: pauses of 7300 seconds together, expected at most 7200, "
                "which the pipeline and Flux wait for"
            ),
        ),
        (
            at_home("burn_rate: 10", "interval_seconds: 900"),
            (
                "home.yaml:14: components.shop.rollout.analysis: 900 seconds between measurements of a release that "
                "pauses for 900, expected pauses that are longer together"
            ),
        ),
    ],
)
def test_a_rollout_that_could_not_work_is_refused_at_its_line(change: Change, said: str, made: Project) -> None:
    assert load_project(made.root)
    change(made)
    assert refused(made) == [f"apps/environments/{said}"]


def test_a_default_that_is_too_large_for_the_objective_is_refused_at_the_analysis(made: Project) -> None:
    made.replace_in_system("percent: 99.5", "percent: 90")
    made.replace_in_environment("home", "{ burn_rate: 10 }", "{}")
    (problem,) = refused(made)
    assert problem.startswith("apps/environments/home.yaml:14: components.shop.rollout.analysis: a burn rate of 14.4, ")


def test_an_analysis_of_a_long_name_is_refused_because_the_api_would_cut_the_names_of_the_pods(made: Project) -> None:
    name = "s" * 47
    made.system_file.write_text(made.system_file.read_text().replace("shop", name))
    made.environment_file("home").write_text(made.environment_file("home").read_text().replace("shop", name))
    (problem,) = refused(made)
    assert "an analysis of a component whose name has 47 characters, expected at most 46" in problem


@pytest.mark.parametrize(("component", "line"), [("baker", 12), ("bus", 12)])
def test_only_services_have_a_rollout(component: str, line: int, made: Project) -> None:
    made.replace_in_environment("home", f"  shop:\n{REPLICAS}", f"  {component}:\n")
    found = refused(made)
    assert found[0].startswith(f"apps/environments/home.yaml:{line - 1}: components.{component}.rollout: ")


def test_an_objective_needs_metrics_and_patterns_that_are_text(made: Project) -> None:
    made.replace_in_system("    exposed: true\n", "    exposed: true\n    metrics: null\n")
    assert refused(made) == [
        (
            "apps/system.yaml:22: components.shop.objective: an objective of a service without metrics, "
            "expected `metrics`, or no objective"
        )
    ]
    made.replace_in_system("    metrics: null\n", "")
    made.replace_in_system("percent: 99.5 }", "percent: 99.5, failed: { code: '5\"' } }")
    (problem,) = refused(made)
    assert problem.startswith("apps/system.yaml:21: components.shop.objective.failed.code: ")


@pytest.mark.slow
def test_argo_rollouts_runs_the_pods_of_the_deployment_and_the_autoscaler_scales_the_rollout(
    written: Project,
) -> None:
    home, plain, fixed = (objects_of(written, name) for name in ("home", "plain", "fixed"))
    spec = find(home, "Rollout", "shop")["spec"]
    deployment = find(home, "Deployment", "shop")["spec"]
    assert spec["workloadRef"] == {
        "apiVersion": "apps/v1", "kind": "Deployment", "name": "shop", "scaleDown": "progressively"
    }  # fmt: skip
    assert spec["selector"] == deployment["selector"]
    assert "replicas" not in deployment
    assert "replicas" not in spec
    target = find(home, "HorizontalPodAutoscaler", "shop")["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop"}
    assert [next(iter(step.items())) for step in spec["strategy"]["canary"]["steps"]] == [
        ("setWeight", 20), ("pause", {"duration": "300s"}), ("setWeight", 50), ("pause", {"duration": "600s"}),
    ]  # fmt: skip
    assert find(fixed, "Rollout", "shop")["spec"]["replicas"] == 3
    assert "replicas" not in find(fixed, "Deployment", "shop")["spec"]
    assert of_kind(plain, "Rollout", "AnalysisTemplate") == []
    kinds = {operator_of("argoproj.io", item["kind"]) for item in of_kind(home, "Rollout", "AnalysisTemplate")}
    assert {operator.name for operator in kinds if operator} == {"Argo Rollouts"}


@pytest.mark.slow
def test_a_rollout_changes_nothing_else(written: Project) -> None:
    home, plain = (
        {identity(item): yaml.safe_dump(item).replace(name, "x") for item in objects_of(written, name)}
        for name in ("home", "plain")
    )
    assert home.keys() - plain.keys() == {("AnalysisTemplate", "shop"), ("Rollout", "shop")}
    assert plain.keys() <= home.keys()
    different = {key for key in plain if plain[key] != home[key]}
    # The others have the environment's host, or a checksum of its name.
    others = {("Deployment", "baker"), ("Deployment", "shop"), ("HTTPRoute", "shop")}
    assert different == {("HorizontalPodAutoscaler", "shop"), ("PrometheusRule", "bakery"), *others}


@pytest.mark.slow
def test_the_chart_equals_the_manifests_with_and_without_a_rollout(written: Project) -> None:
    assert chart_differences(written) == []
    values = yaml.safe_load((written.root / "dist" / "helm" / "bakery" / "values-plain.yaml").read_text())
    assert values["shop"]["rollout"] == {"enabled": False}


@pytest.mark.slow
def test_the_quota_has_room_for_the_pods_of_a_rollout_and_its_surge(written: Project) -> None:
    pods = {name: find(objects_of(written, name), "ResourceQuota", "bakery") for name in ("home", "fixed")}
    home, fixed = (int(pods[name]["spec"]["hard"]["pods"]) for name in ("home", "fixed"))
    assert home > fixed > 3 + 1


@pytest.mark.slow
def test_argo_cd_and_flux_know_rollouts(written: Project) -> None:
    walked = Walk(written.root, "environments")
    applications = {one["metadata"]["labels"]["environment"]: one["spec"] for one in walked.applications}
    ignored = {
        name: [(one["kind"], one["name"]) for one in spec.get("ignoreDifferences", [])]
        for name, spec in applications.items()
    }
    assert ignored == {
        "home": [("Deployment", "shop"), ("Rollout", "shop")],
        "plain": [("Deployment", "shop")],
        "fixed": [("Deployment", "shop")],
    }
    allowed = walked.projects["bakery-plain"]["spec"]["namespaceResourceWhitelist"]
    assert {"group": "argoproj.io", "kind": "Rollout"} in allowed  # so that one that has ended can be pruned
    for name, rolled in (("home", True), ("plain", False)):
        objects = read(written.root / "dist" / "gitops" / "flux" / name / "bakery.yaml")
        assert schema_errors(objects) == []
        kustomization = find(objects, "Kustomization", f"bakery-{name}")["spec"]
        checks = kustomization.get("healthCheckExprs", [])
        assert [check["kind"] for check in checks] == (["Rollout"] if rolled else [])
        assert kustomization["timeout"] == ("30m" if rolled else "15m")


@pytest.mark.slow
def test_deployments_and_the_pipeline_wait_for_the_pauses(written: Project) -> None:
    model = load_project(written.root)
    for name, pauses in (("home", 900), ("plain", 0)):
        assert Target.of(model.system, model.environments[name]).pause_seconds == pauses
        text = (written.root / "dist" / "operations" / f"{name}.env").read_text()
        assert ("PAUSE_SECONDS=900\n" in text, "ROLLOUTS=shop\n" in text) == (pauses > 0, pauses > 0)
    pipeline = written.root / "dist" / "cicd" / "github" / ".github" / "workflows" / "cd.yml"
    jobs = {name: job for name, job in yaml.safe_load(pipeline.read_text())["jobs"].items() if "deploy" in name}
    found = {name: (job["timeout-minutes"], job.get("env", {}).get("WAIT_SECONDS")) for name, job in jobs.items()}
    assert (found["deploy-home"], found["deploy-plain"]) == ((90, "2100"), (60, None))


def query_of(objects: list[Object]) -> tuple[str, str]:
    """Return the query of the analysis, with a hash in place of its argument, and the condition of a failure."""
    (metric,) = find(objects, "AnalysisTemplate", "shop")["spec"]["metrics"]
    query = metric["provider"]["prometheus"]["query"].replace("{{args.canary}}", "6d9f")
    assert "{{" not in query
    return query, metric["failureCondition"]


def requests(pod: str, code: int) -> str:
    labels = f'namespace="bakery",app_kubernetes_io_instance="bakery",job="shop",pod="{pod}",code="{code}"'
    return f"http_requests_total{{{labels}}}"


NEW, OLD = "shop-6d9f-abcde", "shop-77c4-abcde"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("series", "share"),
    [
        ({requests(NEW, 200): "0+90x20", requests(NEW, 500): "0+10x20"}, 0.1),
        ({requests(NEW, 200): "0+100x20", requests(OLD, 500): "0+50x20"}, 0),
        ({requests(OLD, 200): "0+100x20"}, 0),
        ({requests(NEW, 200): "0+0x20"}, 0),
        ({}, 0),
        ({requests(NEW, 200): "0+1x20", requests(NEW, 500): "0+0x14 1+0x6"}, 0),  # one failure is not significant
        ({requests(NEW, 503): "0+10x20"}, 1),
    ],
)
def test_the_analysis_measures_the_new_pods_alone(
    series: dict[str, str], share: float, written: Project, tmp_path: Path
) -> None:
    query, condition = query_of(objects_of(written, "home"))
    assert condition == "result[0] > 0.05"
    (tmp_path / "rules.yaml").write_text("groups: []\n")
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": "20m", "exp_samples": [{"labels": "{}", "value": share}]}],
    }
    document = {"rule_files": ["rules.yaml"], "tests": [test]}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(document))
    promtool("test", "rules", tmp_path / "cases.yaml")


def info(label: str) -> str:
    return f'rollout_info{{{label}="bakery",name="shop",phase="Degraded"}}'


def replicas(which: str) -> str:
    return f'rollout_info_replicas_{which}{{exported_namespace="bakery",name="shop"}}'


@pytest.mark.slow
def test_alerts_fire_for_the_budget_of_the_service_and_for_its_rollout(written: Project, tmp_path: Path) -> None:
    rules = rule_file(of_kind(objects_of(written, "home"), "PrometheusRule"), tmp_path)
    healthy = {
        requests(NEW, 200): "0+100x{n}",
        replicas("available"): "3+0x{n}",
        replicas("desired"): "3+0x{n}",
        'up{namespace="bakery",app_kubernetes_io_instance="bakery",job="shop"}': "1+0x{n}",
        'up{namespace="bakery",app_kubernetes_io_instance="bakery",job="baker"}': "1+0x{n}",
    }
    fast, slow = "RequestBudgetBurnsFast", "RequestBudgetBurnsSlowly"
    cases = [
        Case("healthy", {}, {}),
        Case("a tenth fails", {requests(NEW, 500): "0+11x{n}"}, {fast: 2, slow: 1}, minutes=180),
        Case("a release was taken back", {info("exported_namespace"): "1+0x{n}"}, {"RolloutDegraded": 1}),
        Case(
            "a release was taken back, seen with other labels", {info("namespace"): "1+0x{n}"}, {"RolloutDegraded": 1}
        ),
        Case("a release goes on", {info("namespace").replace("Degraded", "Paused"): "1+0x{n}"}, {}),
        Case("pods are missing", {replicas("available"): "2+0x{n}"}, {"RolloutPodsMissing": 1}),
        Case("pods of another namespace are missing", {replicas("desired").replace("bakery", "other"): "9+0x{n}"}, {}),
        Case("of another system", {requests(NEW, 500).replace('e="bakery",job', 'e="other",job'): "0+11x{n}"}, {}),
    ]
    check_cases(rules, healthy, cases)


def test_the_query_of_an_analysis_is_one_number() -> None:
    objective = Objective(
        name="Request", noun="requests", series="service:requests", by=("job",), bad='a{x="1"}', total="a",
        percent=99.0, least=3,
    )  # fmt: skip
    found = canary_query(objective, "web-1-.+")
    assert re.sub(r"\s+", " ", found) == (
        '(sum(rate(a{x="1",pod=~"web-1-.+"}[5m])) / (sum(rate(a{pod=~"web-1-.+"}[5m])) > 0) '
        'and sum(increase(a{x="1",pod=~"web-1-.+"}[5m])) >= 3) or vector(0)'
    )
