"""Rollouts of Argo Rollouts: how each is, and what a deployment does when one begins or ends."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from quantacirc_cdk.cli import health
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.argo_rollouts import deployment_of, ending
from quantacirc_cdk.operations.release import Options, Run, Voice
from quantacirc_cdk.operations.report import State
from quantacirc_cdk.operations.rights import needed
from quantacirc_cdk.operations.workloads import Objects, absent, failing_for_good, workloads
from support.operations.bakery import Bakery

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
LABELS = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/instance": "bakery"}
HEALTHY = {
    "phase": "Healthy", "observedGeneration": "2", "workloadObservedGeneration": "7", "readyReplicas": 3,
    "updatedReplicas": 3,
}  # fmt: skip
STEPS = [{"setWeight": 20}, {"pause": {"duration": "300s"}}]


def rollout(status: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "shop", "labels": LABELS, "generation": 2},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": LABELS},
            "strategy": {"canary": {"steps": STEPS}},
            "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
        },
        "status": status,
    }


def deployment(replicas: int = 0, generation: int = 7) -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "shop", "image": "oven"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
    status = {"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas}
    metadata = {"name": "shop", "labels": LABELS, "generation": generation}
    return {"kind": "Deployment", "metadata": metadata, "spec": spec, "status": status}


def judged(*items: dict[str, Any]) -> Any:
    (found,) = workloads(Objects(list(items), "bakery"), ("shop",), NOW)
    return found


ABORTED = {**HEALTHY, "phase": "Degraded", "message": "RolloutAborted: metric assessed Failed"}


@pytest.mark.parametrize(
    ("status", "run", "said"),
    [
        (HEALTHY, deployment(), "complete"),
        ({**HEALTHY, "observedGeneration": "1"}, deployment(), "its controller has not seen the last change"),
        (HEALTHY, deployment(generation=8), "its controller has not seen the last change"),
        ({}, deployment(), "its controller has not seen the last change"),
        (HEALTHY, deployment(1), "its Deployment has 1 pods, and should have none"),
        ({**HEALTHY, "phase": "Progressing", "message": "more replicas"}, deployment(), "in progress: more replicas"),
        ({**HEALTHY, "phase": "Paused", "currentStepIndex": 1}, deployment(), "paused at step 2 of 2"),
        (ABORTED, deployment(), "degraded: RolloutAborted: metric assessed Failed"),
    ],
)
def test_a_rollout_is_as_far_as_its_phase_says_once_its_controller_has_seen_everything(
    status: dict[str, Any], run: dict[str, Any], said: str
) -> None:
    found = judged(rollout(status), run)
    assert (found.name, found.kind, found.rollout) == ("shop", "Rollout", said)
    assert (found.wanted, found.ready) == (3, status.get("readyReplicas", 0))
    assert (found.state is State.DEGRADED) == (said != "complete")


def test_services_of_a_rollout_are_those_that_select_its_pods() -> None:
    service = {"kind": "Service", "metadata": {"name": "shop"}, "spec": {"selector": LABELS}}
    assert judged(rollout(HEALTHY), deployment(), service).reasons == ("Service shop leads nowhere",)


def test_a_rollout_that_is_expected_and_not_there_is_missing() -> None:
    (found,) = absent(Objects([deployment()], "bakery"), [("Rollout", "shop")], "the environment has a rollout for it")
    assert (found.kind, found.state, found.reasons) == (
        "Rollout", State.DEGRADED, ("the environment has a rollout for it, and it is not in the cluster",),
    )  # fmt: skip
    assert list(absent(Objects([rollout(HEALTHY)], "bakery"), [("Rollout", "shop")])) == []


@pytest.mark.parametrize(
    ("status", "run", "said"),
    [
        (ABORTED, deployment(), ["shop: RolloutAborted: metric assessed Failed"]),
        ({**ABORTED, "message": ""}, deployment(), ["shop: its last release was taken back"]),
        (ABORTED, deployment(generation=8), []),  # of the release before
        (HEALTHY, deployment(), []),
        ({**HEALTHY, "phase": "Paused"}, deployment(), []),
    ],
)
def test_waiting_is_useless_once_a_release_has_ended_with_the_old_pods(
    status: dict[str, Any], run: dict[str, Any], said: list[str]
) -> None:
    assert list(failing_for_good(Objects([rollout(status), run], "bakery"))) == said


def test_a_rollout_ends_where_its_deployment_remains_without_it() -> None:
    item, run = rollout(HEALTHY), deployment()
    assert ending([item, run], [run]) == {"shop": "shop"}
    assert ending([item, run], [item, run]) == ending([item, run], []) == ending([run], [run]) == {}
    own = {**item, "spec": {**item["spec"], "workloadRef": None}}
    assert deployment_of(own) is None
    assert ending([own, run], [run]) == {}


def test_whoever_deploys_a_rollout_must_be_allowed_to_look_at_rollouts() -> None:
    asked = {(right.resource, right.verb) for right in needed([rollout({})], "bakery")}
    assert {("rollouts", verb) for verb in ("create", "delete", "get", "list", "patch")} <= asked
    assert not any(resource == "rollouts" for resource, _ in {(one.resource, one.verb) for one in needed([], "bakery")})


IN_STEPS = (
    "components: { shop: { replicas: { min: 3, max: 3 }, rollout: { steps: [{ weight: 20, pause_seconds: 1 }] } } }"
)
IMAGE = {"image": "registry.invalid/oven:2"}


def with_rollout(bakery: Bakery, *, applied: bool = True, **shop: Any) -> Bakery:
    """Let Argo Rollouts run the pods of the shop, in the model and, where ``applied``, in the values of the chart."""
    project = bakery.project
    if "rollout" not in project.environment_file("home").read_text():
        project.replace_in_environment("home", "  context:", "  addons: { argo_rollouts: true }\n  context:")
        project.replace_in_environment("home", "owners:", f"{IN_STEPS}\nowners:")
    item = rollout({})
    del item["status"], item["metadata"]["generation"]
    item["metadata"]["namespace"] = "bakery"
    item["spec"]["workloadRef"]["scaleDown"] = "progressively"
    bakery.values(extra=[item] if applied else [], shop={"replicas": None, **shop})
    return bakery


def without_rollout(bakery: Bakery, **shop: Any) -> Bakery:
    bakery.project.replace_in_environment("home", f"{IN_STEPS}\n", "")
    bakery.values(shop=shop)
    return bakery


def numbers(bakery: Bakery) -> tuple[int, int]:
    """Return the number of pods of the shop that are its Deployment's, and its Rollout's."""
    pods = bakery.cluster.list("Pod", labels="app.kubernetes.io/name=shop")
    owners = [pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods]
    return owners.count("Deployment"), owners.count("Rollout")


@pytest.mark.slow
def test_the_pods_move_to_the_rollout_and_back_without_a_moment_without_pods(bakery: Bakery) -> None:
    bakery.install()
    begun = with_rollout(bakery).deploy()
    assert begun.returncode == 0, begun.stderr
    assert numbers(bakery) == (0, 3)
    assert "shop" in bakery.qcdk("health", "home").stdout
    next_one = with_rollout(bakery, **IMAGE).deploy()
    assert next_one.returncode == 0, next_one.stderr
    assert numbers(bakery) == (0, 3)
    ended = without_rollout(bakery, replicas=None, **IMAGE).deploy()
    assert ended.returncode == 0, ended.stderr
    assert "Deployment shop runs its pods itself again" in ended.stderr
    assert bakery.cluster.get("Deployment", "shop")["spec"]["replicas"] == 3
    assert numbers(bakery) == (3, 0)


@pytest.mark.slow
def test_a_release_whose_analysis_fails_is_taken_back(bakery: Bakery) -> None:
    bakery.install()
    assert with_rollout(bakery).deploy().returncode == 0
    done = with_rollout(bakery, image="registry.invalid/broken").deploy()
    assert done.returncode == 1, done.stderr
    assert "shop: RolloutAborted: Rollout aborted" in done.stderr
    assert bakery.image("shop") == "registry.invalid/oven:1"
    assert numbers(bakery) == (0, 3)


@pytest.mark.slow
def test_a_rollback_to_a_revision_without_the_rollout_starts_the_pods_of_the_deployment_first(bakery: Bakery) -> None:
    bakery.install()
    assert with_rollout(bakery).deploy().returncode == 0
    bakery.project.replace_in_environment("home", f"{IN_STEPS}\n", "")
    done = bakery.rollback("1")
    assert done.returncode == 0, done.stderr
    assert "Deployment shop runs its pods itself again" in done.stderr
    assert numbers(bakery) == (3, 0)  # `hand_over` has taken the number out of the record of revision 1


@pytest.mark.slow
def test_a_rollout_that_the_chart_does_not_have_is_missing(bakery: Bakery) -> None:
    bakery.install()
    with_rollout(bakery)
    found = bakery.qcdk("health", "home")
    assert found.returncode == 1
    assert "the environment has a rollout for it, and it is not in the cluster" in found.stdout


@pytest.mark.slow
def test_a_timeout_is_extended_by_the_pauses(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
    bakery.install()
    with_rollout(bakery)
    waited: list[int] = []

    def wait(once: Callable[[], Any], _: int, patience: int) -> Any:
        waited.append(patience)
        return once()

    monkeypatch.setattr(health, "_wait", wait)
    bakery.qcdk("health", "home", "--timeout", "5s")
    bakery.qcdk("health", "home")
    assert waited == [6, 0]
    project = load_project(bakery.project.root)
    run = Run(project=project, environment="home", options=Options(seconds=10), voice=Voice(), command="deploy")
    assert run.options.seconds == 11


@pytest.mark.slow
def test_the_scripts_wait_for_a_rollout_take_it_back_and_end_it(bakery: Bakery) -> None:
    bakery.install()
    with_rollout(bakery)
    bakery.scripts()
    assert "ROLLOUTS=shop\n" in (bakery.project.root / "dist" / "operations" / "home.env").read_text()

    def script(*command: str) -> Any:
        return bakery.run(f"scripts/{command[0]}", "home", *command[1:])

    begun = script("deploy.sh", "--yes")
    assert (begun.returncode, numbers(bakery)) == (0, (0, 3)), begun.stderr
    healthy = script("health-check.sh")
    assert (healthy.returncode, "Rollout/shop" in healthy.stdout) == (0, True), healthy.stdout
    with_rollout(bakery, image="registry.invalid/broken")
    broken = script("deploy.sh", "--yes", "--timeout", "60s")
    assert broken.returncode == 1, broken.stderr
    assert "rollout/shop is not ready: Degraded: RolloutAborted: Rollout aborted" in broken.stderr
    assert (bakery.image("shop"), numbers(bakery)) == ("registry.invalid/oven:1", (0, 3))
    without_rollout(bakery, replicas=None)
    (bakery.project.root / "dist" / "operations" / "home.env").write_text(
        (bakery.project.root / "dist" / "operations" / "home.env").read_text().replace("ROLLOUTS=shop\n", "")
    )
    ended = script("deploy.sh", "--yes")
    assert (ended.returncode, numbers(bakery)) == (0, (3, 0)), ended.stderr
    assert "Deployment shop runs its pods itself again" in ended.stderr
    again = script("rollback.sh", "2", "--yes")
    assert (again.returncode, "is back at revision 2" in again.stderr) == (0, True), again.stderr
    bakery.until(lambda: numbers(bakery) == (0, 3))
    back = script("rollback.sh", "1", "--yes")
    assert (back.returncode, "Deployment shop runs its pods itself again" in back.stderr) == (0, True), back.stderr
    assert numbers(bakery) == (3, 0)  # `hand_over` has taken the number out of the record of revision 1
