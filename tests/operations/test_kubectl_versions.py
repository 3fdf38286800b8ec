"""Every command with older releases of the real kubectl; all other tests here run with the newest."""

import json
from pathlib import Path

import pytest

from cluster.server import Cluster
from support.operations.bakery import OLDER_KUBECTLS, Bakery

pytestmark = pytest.mark.slow

NEW = {"image": "registry.invalid/oven:2"}


@pytest.fixture(params=OLDER_KUBECTLS)
def bakery(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Bakery:
    """A bakery for one release of kubectl, with its first revision installed by helm alone."""
    bakery = Bakery(tmp_path, cluster, kubectl=request.param).set_up()
    bakery.install()
    return bakery


def test_deploy_checks_compares_and_changes_a_release_in_a_namespace_that_exists(bakery: Bakery, cluster: Cluster):
    bakery.values(baker=NEW)
    refusal = cluster.break_down("PATCH .*/services/baker.*dryRun", "422")
    done = bakery.deploy()
    assert (done.returncode, bakery.history()) == (2, [(1, "deployed")]), done.stderr
    assert "an injected fault (to accept: --accept rejected)" in done.stderr
    cluster.faults.remove(refusal)
    cluster.requests.clear()
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert sum("dryRun=All" in one for one in cluster.requests) == 6  # each object, though kubectl reads one stream
    assert "~ Deployment baker: rolling restart" in done.stdout
    assert bakery.image("baker") == "registry.invalid/oven:2"
    assert bakery.history() == [(1, "superseded"), (2, "deployed")]
    assert cluster.list("Lease") == []
    assert cluster.get("ConfigMap", "bakery-deployments")["metadata"]["annotations"]["quantacirc-cdk/revision"] == "2"


def test_health_sees_the_workloads_the_release_and_who_is_not_let_in(bakery: Bakery, cluster: Cluster):
    done = bakery.qcdk("health", "home")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert {one["name"] for one in report["workload"]} == {"baker", "shop", "bus"}
    assert [one["revision"] for one in report["release"]] == [1]
    cluster.break_down("GET .*/leases/", "403")
    assert "Forbidden" in bakery.qcdk("health", "home").stdout
    cluster.break_down("", "401")
    done = bakery.qcdk("health", "home")
    assert (done.returncode, "log in again" in done.stderr) == (2, True), done.stderr


def test_rollback_goes_back_to_the_revision_that_was_ready(bakery: Bakery):
    bakery.values(baker=NEW)
    bakery.install()
    done = bakery.rollback("1")
    assert done.returncode == 0, done.stderr
    assert "~ Deployment baker: rolling restart" in done.stdout
    assert bakery.image("baker") == "registry.invalid/oven:1"
    assert bakery.history()[-1] == (3, "deployed")


def test_the_scripts_deploy_look_and_go_back(bakery: Bakery):
    bakery.scripts()
    root = bakery.project.root
    bakery.values(baker=NEW)
    for command in (("deploy.sh", "home", "--yes", "--dry-run"), ("deploy.sh", "home", "--yes"),
                    ("health-check.sh", "home"), ("rollback.sh", "home", "1", "--yes")):  # fmt: skip
        done = bakery.run(root / "scripts" / command[0], *command[1:])
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert bakery.image("baker") == "registry.invalid/oven:1"
    assert bakery.history() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
