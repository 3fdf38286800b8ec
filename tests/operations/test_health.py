"""``qcdk health`` with the real kubectl, and how its parts are judged."""

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster.server import Cluster
from quantacirc_cdk.manifests import ADDED
from quantacirc_cdk.operations.health import application, certificate
from quantacirc_cdk.operations.report import State
from support.operations.bakery import Bakery, Terminal

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def health(bakery: Bakery, *options: object) -> tuple[int, dict[str, Any]]:
    done = bakery.qcdk("health", "home", *options)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def parts(report: dict[str, Any], area: str) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in report.get(area, [])}


@pytest.mark.slow
def test_everything_is_looked_at_and_nothing_is_changed(bakery: Bakery, cluster: Cluster):
    bakery.install()
    cluster.requests.clear()
    status, report = health(bakery)
    assert (status, report["state"], report["unseen"], cluster.changes) == (0, "healthy", 0, [])
    baker = parts(report, "workload")["baker"]
    assert (baker["kind"], baker["ready"], baker["wanted"], baker["endpoints"]) == ("Deployment", 2, 2, 2)
    assert parts(report, "stream")["BAKERY_ORDERS"]["state"] == "healthy"
    assert parts(report, "consumer")["baker"]["pending"] == 0


@pytest.mark.slow
def test_what_is_wrong_is_named(bakery: Bakery, cluster: Cluster):
    bakery.values(shop={"image": "registry.invalid/broken"})
    bakery.install(ready=("baker", "bus"))
    bakery.answer(pending=500)
    assert bakery.run("kubectl", "--namespace", "bakery", "delete", "deployment", "baker").returncode == 0
    status, report = health(bakery)
    assert (status, report["state"]) == (1, "degraded")
    workloads = parts(report, "workload")
    assert workloads["baker"]["reasons"] == ["the component is not in the cluster"]
    assert "container shop: ImagePullBackOff (Back-off pulling image)" in workloads["shop"]["reasons"]
    assert "Service shop leads nowhere" in workloads["shop"]["reasons"]
    assert parts(report, "consumer")["baker"]["reasons"] == [
        "500 messages wait, above the maximum of 100 for all replicas"
    ]
    cluster.answers.clear()
    _, report = health(bakery)
    assert (report["unseen"], report["stream"][0]["state"]) == (1, "unknown")


@pytest.mark.slow
def test_a_workload_that_the_project_adds_is_missed(bakery: Bakery):
    bakery.install()
    folder = bakery.project.root / "dist" / "kubernetes" / "home"
    folder.mkdir(parents=True)
    metadata = {"name": "courier", "namespace": "bakery", "annotations": {ADDED: "true"}}
    spec = {"template": {"spec": {"containers": [{"name": "courier", "image": "courier"}]}}}
    item = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    (folder / "Deployment.courier.k8s.yaml").write_text(json.dumps(item))
    status, report = health(bakery)
    assert (status, parts(report, "workload")["courier"]["rollout"]) == (1, "absent")


@pytest.mark.slow
def test_a_bus_behind_a_network_policy_is_asked_from_inside_where_that_is_wanted(bakery: Bakery, cluster: Cluster):
    bakery.install()
    answers = list(cluster.answers.values())
    cluster.answers.clear()
    status, report = health(bakery)
    assert (status, "try --exec" in report["stream"][0]["unseen"]) == (0, True)
    (pod,) = cluster.list("Pod", labels="app.kubernetes.io/name=bus")
    _, report = health(bakery, "--exec")
    assert "a command in its pod failed" in report["stream"][0]["unseen"]
    cluster.answers[f"{pod['metadata']['name']}/exec"] = answers[0]
    status, report = health(bakery, "--exec")
    assert (status, report["unseen"], parts(report, "consumer")["baker"]["state"]) == (0, 0, "healthy")
    (request,) = {one for one in cluster.requests if "/exec?" in one}
    assert "command=http%3A%2F%2F127.0.0.1%3A8222%2Fjsz" in request


@pytest.mark.slow
def test_a_cluster_that_cannot_be_reached_is_told_from_bad_use(bakery: Bakery, cluster: Cluster):
    cluster.break_down(".", "401")
    status, report = health(bakery)
    assert (status, "log in again" in report["error"]) == (2, True)
    cluster.mend()
    cluster.break_down(".", "503")
    status, report = health(bakery)
    assert (status, "does not respond" in report["error"]) == (2, True)
    cluster.requests.clear()
    cluster.kubeconfig(bakery.root / "kubeconfig", context="kind-butcher")
    status, report = health(bakery)
    assert (status, cluster.requests) == (2, [])
    assert 'kubectl has no context "kind-bakery" of home, its contexts are kind-butcher' in report["error"]
    assert bakery.qcdk("health", "hme").returncode == 2
    assert 'expected "home"' in bakery.qcdk("health", "hme").stderr
    assert "expected a time such as 90s" in bakery.qcdk("health", "home", "--timeout", "soon").stderr


@pytest.mark.slow
def test_another_current_context_is_no_matter_for_who_only_looks(bakery: Bakery, cluster: Cluster):
    bakery.install()
    cluster.kubeconfig(bakery.root / "kubeconfig", current="kind-butcher")
    assert health(bakery)[0] == 0


@pytest.mark.slow
def test_waiting_ends_when_all_is_healthy_or_time_is_over(bakery: Bakery):
    bakery.values(shop={"image": "registry.invalid/broken"})
    bakery.install(ready=("baker", "bus"))
    status, _ = health(bakery, "--timeout", "1s", "--interval", "1s")
    assert status == 1
    process = bakery.start("health", "home", "--timeout", "5m", "--interval", "1s")
    assert process.stderr
    assert "home is degraded" in process.stderr.readline()
    bakery.values()
    bakery.install()
    out, error = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["state"]) == (0, "healthy"), error


@pytest.mark.slow
def test_watching_tells_each_change_until_it_is_ended(bakery: Bakery, cluster: Cluster):
    bakery.install()
    process = bakery.start("health", "home", "--watch", "--interval", "1s")
    assert process.stdout
    assert json.loads(process.stdout.readline())["state"] == "healthy"
    bakery.answer(pending=101)
    assert json.loads(process.stdout.readline())["state"] == "degraded"
    cluster.break_down(".", "503")
    assert json.loads(process.stdout.readline())["state"] == "unreachable"
    cluster.mend()
    assert json.loads(process.stdout.readline())["state"] == "degraded"
    status, _, error = bakery.interrupt(process, signal.SIGINT)
    assert (status, error) == (1, "")


@pytest.mark.slow
def test_a_terminal_gets_a_table_and_is_given_back(bakery: Bakery, cluster: Cluster):
    bakery.install()
    terminal = Terminal(bakery.command("health", "home", "--watch"), bakery)
    terminal.read_until("home is healthy")
    terminal.type("\x03")
    status, shown = terminal.end()
    assert status == 0, shown
    assert "restarts" in shown
    assert terminal.after == terminal.before
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l"), "the cursor is still hidden"


def cert(ready: str, expires: str | None) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "message": "issuing"}]
    return {"metadata": {"name": "web"}, "status": {"conditions": conditions, "notAfter": expires}}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (cert("True", "2030-03-01T00:00:00Z"), ""),
        (cert("True", "2030-01-10T00:00:00Z"), "expires in 9 days and was not renewed"),
        (cert("True", "2029-12-31T00:00:00Z"), "expired"),
        (cert("False", None), "not ready: issuing"),
        ({"metadata": {"name": "web"}}, "not ready: it was never issued"),
    ],
)
def test_a_certificate_must_be_ready_and_renewed_in_time(item: dict[str, Any], said: str):
    assert certificate(item, NOW).note == said


def app(health: str, sync: str, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "a"}, "status": {"health": {"status": health}, "sync": {"status": sync}, **status}}


@pytest.mark.parametrize(
    ("item", "applies", "said"),
    [
        (app("Healthy", "Synced"), True, ""),
        (app("Healthy", "OutOfSync"), False, ""),
        (app("Healthy", "OutOfSync"), True, "OutOfSync: the cluster differs from Git"),
        (app("Degraded", "Synced"), False, "Argo CD reports Degraded"),
        (
            app("Healthy", "Synced", operationState={"phase": "Failed", "message": "denied"}), True,
            "its last synchronization failed: denied",
        ),
    ],
)  # fmt: skip
def test_argo_cd_is_believed_and_drift_counts_where_it_applies(item: dict[str, Any], applies: bool, said: str):
    found = application(item, applies=applies)
    assert (found.note, found.state) == (said, State.DEGRADED if said else State.HEALTHY)


@pytest.mark.slow
def test_certificates_argo_cd_and_a_database_are_asked_of_the_cluster(bakery: Bakery, cluster: Cluster):
    project = bakery.project
    project.replace_in_system(
        "name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n"
    )
    project.replace_in_system(
        "  bus:\n", "  ledger: { kind: postgresql, image: oven, storage: { size: 1Gi, path: /d } }\n  bus:\n"
    )
    project.replace_in_system("    reaches: [shop]", "    reaches: [shop, ledger]")
    project.replace_in_environment(
        "home", "context: kind-bakery", "context: kind-bakery\n  addons: { cert_manager: true }"
    )
    embedded = "delivery: argocd\ncomponents: { ledger: { provider: embedded } }\ndomain:"
    project.replace_in_environment("home", "domain:", embedded)
    bakery.install()
    cluster.put({"kind": "Namespace", "metadata": {"name": "argocd"}}, "")
    cluster.put({"kind": "Certificate", **cert("True", "2020-01-01T00:00:00Z")})
    status, report = health(bakery)
    assert status == 1
    assert parts(report, "certificate")["web"]["reasons"] == ["expired"]
    assert parts(report, "store")["ledger"]["reached_by"] == ["baker"]
    assert "Argo CD may run in another one" in parts(report, "argocd")["bakery-home"]["unseen"]
    item = {"kind": "Application", **app("Degraded", "OutOfSync")}
    cluster.put({**item, "metadata": {"name": "bakery-home"}}, "argocd")
    _, report = health(bakery)
    assert parts(report, "argocd")["bakery-home"]["reasons"][0] == "Argo CD reports Degraded"


@pytest.mark.slow
@pytest.mark.parametrize(("claims", "state"), [("3", "degraded"), ("4", "healthy")])
def test_the_third_night_of_a_backup_needs_room_for_its_claim(claims: str, state: str, tmp_path: Path):
    """The runs of three nights and their claims stay; the bus has a claim of its own."""
    hour = (datetime.now(UTC) + timedelta(hours=12)).hour
    label = {"app.kubernetes.io/instance": "bakery"}
    size = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    volume = {"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": size}}}
    pod = {"containers": [{"name": "backup", "image": "oven:1"}], "volumes": [volume], "restartPolicy": "Never"}
    job = {"ttlSecondsAfterFinished": 259200, "template": {"metadata": {"labels": label}, "spec": pod}}
    nightly = {"schedule": f"0 {hour} * * *", "jobTemplate": {"spec": job}}
    extra = [
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "bakery", "labels": label},
         "spec": {"hard": {"persistentvolumeclaims": claims}}},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "labels": label},
         "spec": nightly},
    ]  # fmt: skip
    with Cluster(began=timedelta(days=3, minutes=20)).running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        bakery.values(extra=extra)
        bakery.install()
        for night in (1, 2, 3):
            cluster.pass_time(days=1)
            bakery.until(lambda night=night: len(cluster.list("Job")) == night)
            if (night, state) != (3, "degraded"):
                bakery.until(lambda: all(one.get("status", {}).get("succeeded") for one in cluster.list("Job")))
            else:
                bakery.until(lambda: any(one["reason"] == "FailedBinding" for one in cluster.list("Event")))
        _, report = health(bakery)
    task = parts(report, "task")["nightly"]
    assert task["state"] == state
    refused = "exceeded quota: bakery, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=3"
    assert any(refused in reason for reason in task["reasons"]) == (state == "degraded")
