"""``qcdk deploy`` with the real helm and kubectl against a cluster that can fail."""

import json
import re
from datetime import UTC, datetime

import pytest

from cluster.server import Cluster
from support.operations.bakery import VERSIONS, Bakery

pytestmark = pytest.mark.slow

BROKEN = {"image": "registry.invalid/broken"}
NEW = {"image": "registry.invalid/oven:2"}


@pytest.fixture(params=VERSIONS)
def either(request: pytest.FixtureRequest, tmp_path, cluster: Cluster) -> Bakery:
    """A bakery for the newest and the oldest supported helm."""
    return Bakery(tmp_path, cluster, request.param).set_up()


def log_of(bakery: Bakery) -> list[dict]:
    text = bakery.cluster.get("ConfigMap", "bakery-deployments")["data"]["log"]
    return [json.loads(line) for line in text.splitlines()]


def annotations_of(bakery: Bakery) -> dict[str, str]:
    found = bakery.cluster.get("ConfigMap", "bakery-deployments")["metadata"]["annotations"]
    return {name.removeprefix("quantacirc-cdk/"): value for name, value in found.items()}


def test_install_then_upgrade(bakery: Bakery):
    first = bakery.deploy()
    assert (first.returncode, bakery.history()) == (0, [(1, "deployed")]), first.stderr
    assert "first time: 6 objects" in first.stderr
    assert "baker: 2/2 ready" in first.stderr
    bakery.values(baker=NEW)
    second = bakery.deploy()
    assert (second.returncode, bakery.history()) == (0, [(1, "superseded"), (2, "deployed")]), second.stderr
    assert "~ Deployment baker: rolling restart" in second.stdout
    assert (bakery.image("baker"), bakery.image("shop")) == ("registry.invalid/oven:2", "registry.invalid/oven:1")
    assert bakery.cluster.list("Lease") == []


def test_a_version_that_fails_is_rolled_back_without_a_hand_and_within_the_timeout(either: Bakery):
    either.install()
    either.values(baker=BROKEN)
    done = either.deploy("--patience", "1s")
    assert done.returncode == 1, done.stderr
    assert "baker: container baker: ImagePullBackOff" in done.stderr
    assert "taken back: what revision 1 deployed runs again, and is ready" in done.stderr
    assert either.image("baker") == "registry.invalid/oven:1"
    assert either.history() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert [entry["outcome"] for entry in log_of(either)] == ["taken-back"]
    entry = log_of(either)[0]
    assert entry["started"] <= entry["finished"]
    assert entry["revision"] == 3
    assert "ImagePullBackOff" in entry["message"]


def test_what_is_merely_slow_is_rolled_back_when_the_time_is_over(bakery: Bakery, cluster: Cluster):
    bakery.install()
    cluster.slow_down(60)
    bakery.values(baker=NEW)
    done = bakery.deploy("--timeout", "8s")
    # A slow machine is at another stage of the same rollout, and helm has used up more of the time.
    assert re.search(r"not ready after [1-8] s: baker: \S", done.stderr), done.stderr
    assert (done.returncode, bakery.image("baker")) == (1, "registry.invalid/oven:1")


def test_a_first_deployment_that_fails_is_left_to_look_at(bakery: Bakery):
    bakery.values(baker=BROKEN)
    done = bakery.deploy("--patience", "1s")
    assert done.returncode == 3
    for hint in ("none to go back to", "qcdk health home", "qcdk deploy home", "helm --kube-context kind-bakery"):
        assert hint in done.stderr


def test_the_log_says_who_deployed_what_from_which_commit(bakery: Bakery):
    commit = bakery.commit("first")
    assert bakery.deploy().returncode == 0
    bakery.values(baker=NEW)
    done = bakery.deploy("--json")
    assert json.loads(done.stdout)["revision"] == 2
    assert "note: dist/helm/bakery has changes that are in no commit" in done.stderr
    first, second = log_of(bakery)
    assert (first["by"].split("@")[0], first["commit"], first["before"], first["revision"]) == ("ann", commit, None, 1)
    assert (second["commit"], second["before"], second["impact"]) == (f"{commit}-dirty", 1, "rolling-restart")
    assert annotations_of(bakery) == {
        "deployed-by": second["by"], "deployed-at": second["finished"], "commit": second["commit"],
        "version": "1.0.0", "revision": "2", "last-outcome": "deployed",
    }  # fmt: skip
    described = bakery.helm("history", "bakery", "--output", "json").stdout
    assert f"1.0.0 from {commit} by ann@" in described


def test_an_approval_that_comes_after_a_later_commit_takes_nothing_back(bakery: Bakery):
    first = bakery.commit("first")
    assert bakery.deploy().returncode == 0
    bakery.values(baker=NEW)
    second = bakery.commit("second")
    assert bakery.deploy().returncode == 0
    assert bakery.run("git", "checkout", "--quiet", first).returncode == 0
    before = bakery.cluster.changes
    done = bakery.deploy()
    assert (done.returncode, bakery.cluster.changes) == (2, before)
    assert f"home runs the later commit {second[:12]}: an approval of {first} came too late" in done.stderr
    assert "--accept older-commit" in done.stderr
    assert bakery.deploy("--accept", "older-commit").returncode == 0
    assert bakery.run("git", "checkout", "--quiet", second).returncode == 0
    assert bakery.deploy().returncode == 0


def test_json_is_all_that_standard_output_has(bakery: Bakery):
    bakery.install()
    bakery.values(baker=BROKEN)
    printed = json.loads(bakery.deploy("--json", "--patience", "1s").stdout)
    assert (printed["status"], printed["outcome"], printed["revision"]) == (1, "taken-back", 3)
    assert printed["said"] == ["bakery was taken back: what revision 1 deployed runs again, and is ready"]


def test_approval_is_asked_for_on_a_terminal_and_refused_elsewhere_but_in_a_pipeline(bakery: Bakery):
    done = bakery.qcdk("deploy", "home")
    assert (done.returncode, bakery.cluster.changes) == (2, [])
    assert "home requires approval: add --yes" in done.stderr
    assert bakery.on_a_terminal("deploy", "home", typed="homer\n")[0] == 2
    assert bakery.cluster.changes == []
    assert bakery.qcdk("deploy", "home", CI="true").returncode == 0  # a pipeline asks by itself
    status, shown = bakery.on_a_terminal("deploy", "home", typed="home\n")
    assert status == 0, shown
    assert "Deploy bakery 1.0.0 to kind-bakery? Type home to continue:" in shown


def test_a_dry_run_lets_the_api_check_every_object_and_changes_nothing(bakery: Bakery, cluster: Cluster):
    bakery.install()
    bakery.values(baker=NEW)
    cluster.requests.clear()
    done = bakery.qcdk("deploy", "home", "--dry-run")
    assert (done.returncode, cluster.changes) == (0, []), done.stderr
    assert sum("dryRun=All" in one for one in cluster.requests) == 6
    assert "could be deployed" in done.stderr
    bakery.values(extra=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": 1}}])
    refused = cluster.break_down("PATCH .*/configmaps/x.*dryRun", "422")
    done = bakery.qcdk("deploy", "home", "--dry-run")
    assert (done.returncode, cluster.changes) == (2, []), done.stderr
    assert "an injected fault" in done.stderr
    assert "--accept rejected" in done.stderr
    cluster.faults.remove(refused)
    assert bakery.qcdk("deploy", "home", "--dry-run", "--json").returncode == 0


def test_what_is_immutable_is_refused_and_taken_back_where_somebody_insists(bakery: Bakery):
    bakery.install()
    bakery.values(bus={"storage": "2Gi"})
    done = bakery.deploy()
    assert (done.returncode, bakery.history()) == (2, [(1, "deployed")])
    assert "StatefulSet bus" in done.stderr
    assert "[claim-templates-immutable] (to accept: --accept recreate)" in done.stderr
    done = bakery.deploy("--accept", "recreate", "--accept", "rejected")
    assert done.returncode == 1, done.stderr
    assert "updates to statefulset spec for fields other than" in done.stderr
    assert [status for _, status in bakery.history()][-1] == "deployed"
    assert bakery.ready("bus")


def test_data_that_may_be_lost_is_accepted_by_name_only(bakery: Bakery):
    bakery.install()
    bakery.values(bus=None)
    done = bakery.deploy()
    assert (done.returncode, bakery.history()) == (2, [(1, "deployed")])
    assert "--accept data-loss" in done.stderr
    done = bakery.deploy("--accept", "dataloss")
    assert done.returncode == 2
    assert 'no risk "dataloss", expected one of data-loss' in done.stderr


def test_what_argo_cd_deploys_is_left_to_it(bakery: Bakery):
    bakery.project.replace_in_environment("home", "target: local", "target: local\ndelivery: argocd")
    done = bakery.deploy()
    assert (done.returncode, bakery.cluster.changes) == (2, [])
    assert "Argo CD deploys home: commit and push instead (to accept: --accept argocd)" in done.stderr
    assert bakery.deploy("--accept", "argocd").returncode == 0


def test_a_chart_of_others_that_fails_leaves_the_system_as_it_was(bakery: Bakery):
    chart = f"  certs: {{ kind: chart, chart: oci://127.0.0.1:1/certs, version: 1.0.0, digest: sha256:{'a' * 64} }}\n"
    bakery.project.replace_in_system("components:\n", f"components:\n{chart}")
    values = bakery.project.root / "dist" / "operations" / "home-certs.values.yaml"
    values.parent.mkdir(parents=True, exist_ok=True)
    values.write_text("{}\n")
    done = bakery.deploy()
    assert done.returncode == 2, done.stderr
    assert "installing certs 1.0.0 in certs" in done.stderr
    assert "chart certs: " in done.stderr
    assert bakery.history() == []


def test_outside_of_the_change_windows_only_an_emergency_with_a_reason_is_deployed(bakery: Bakery):
    month = (datetime.now(UTC).month + 5) % 12 + 1
    bakery.project.replace_in_environment(
        "home", "domain:", f'change_windows: [{{ schedule: "0 12 15 {month} *", hours: 1 }}]\ndomain:'
    )
    refused = bakery.deploy()
    assert refused.returncode == 2
    assert "no change window of home is open; nothing was changed" in refused.stderr
    assert bakery.history() == []
    assert bakery.deploy("--emergency", " ").returncode == 2
    done = bakery.deploy("--emergency", "The oven is cold", "--undo-file", "undo")
    assert done.returncode == 0, done.stderr
    assert log_of(bakery)[0]["message"].startswith("emergency: The oven is cold; ")
    assert log_of(bakery)[0]["by"].startswith("ann@")


def test_a_deployment_is_undone_by_its_file_and_only_once(bakery: Bakery):
    bakery.install()
    bakery.values(baker=NEW)
    assert bakery.deploy("--undo-file", "undo").returncode == 0
    undone = bakery.rollback("--undo-file", "undo")
    assert undone.returncode == 0, undone.stderr
    assert bakery.image("baker") == "registry.invalid/oven:1"
    again = bakery.rollback("--undo-file", "undo")
    assert (again.returncode, "nothing to undo" in again.stderr) == (0, True)
    assert bakery.image("baker") == "registry.invalid/oven:1"
