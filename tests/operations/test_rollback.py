"""``qcdk rollback`` with the real helm and kubectl."""

import json
import os
from pathlib import Path

import pytest

from cluster.server import Cluster
from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.operations.helm import Revision
from quantacirc_cdk.operations.rollback import choose
from quantacirc_cdk.operations.workloads import parse_time
from support.command import qcdk
from support.operations.bakery import Bakery
from support.project import Project

pytestmark = pytest.mark.integration


def revision(number: int, status: str = "superseded", description: str = "") -> Revision:
    updated = parse_time("2030-01-01T00:00:00Z")
    return Revision(number=number, status=status, updated=updated, description=description, version="1")


HISTORY = [revision(1), revision(2), revision(3, "failed"), revision(4), revision(5, "deployed")]


def test_the_last_revision_that_ran_before_is_the_default():
    assert choose(HISTORY, None).number == 4


def test_what_was_taken_back_and_what_is_there_already_are_passed_over():
    assert choose(HISTORY, None, failed={4}).number == 2
    back = [revision(1), revision(2), revision(3), revision(4, "deployed", "Rollback to 2")]
    assert choose(back, None, failed={3}).number == 1
    again = [*back[:3], revision(4, "superseded", "Rollback to 2"), revision(5, "deployed", "Rollback to 4")]
    assert choose(again, None, failed={3}).number == 1


def test_what_was_left_half_done_goes_back_to_what_is_deployed():
    assert choose([revision(1), revision(2, "deployed"), revision(3, "pending-upgrade")], None).number == 2


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (9, "no revision 9, expected one of 1, 2, 4, 5"),
        (3, "revision 3 is failed: it never ran, expected one of 1, 2, 4, 5"),
    ],
)
def test_a_revision_that_never_ran_is_refused(wanted: int, said: str):
    with pytest.raises(QuantacircError, match=said):
        choose(HISTORY, wanted)


def test_only_what_was_ready_is_gone_back_to_where_anything_was_marked():
    assert choose(HISTORY, None, healthy={2, 5}).number == 2
    with pytest.raises(QuantacircError, match="that was ready; revision 4 was complete: name it to take it"):
        choose(HISTORY, None, healthy={5})


def test_what_failed_is_passed_over_when_a_later_revision_has_superseded_it():
    failed = revision(2, description='Upgrade "bakery" failed: context deadline exceeded')
    assert choose([revision(1), failed, revision(3, "deployed")], None).number == 1
    with pytest.raises(QuantacircError, match="revision 2 is failed: it never ran, expected one of 1, 3"):
        choose([revision(1), failed, revision(3, "deployed")], 2)


def test_there_may_be_nothing_to_go_back_to():
    with pytest.raises(QuantacircError, match="there is no earlier revision to go back to"):
        choose([revision(1, "deployed")], None)


@pytest.mark.slow
def test_a_rollback_shows_what_changes_waits_is_logged_and_can_be_undone(bakery: Bakery):
    commit = bakery.commit("first")
    assert bakery.deploy().returncode == 0
    bakery.values(baker={"image": "registry.invalid/oven:2"})
    assert bakery.deploy().returncode == 0
    done = bakery.rollback()
    assert done.returncode == 0, done.stderr
    assert "registry.invalid/oven:2 → registry.invalid/oven:1" in done.stdout
    assert "baker: 2/2 ready" in done.stderr
    assert "bakery on kind-bakery is back at revision 1; to undo: qcdk rollback home 2" in done.stderr
    assert bakery.image("baker") == "registry.invalid/oven:1"
    done = bakery.rollback("2", "--json")
    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout)
    assert (entry["outcome"], entry["before"], entry["revision"]) == ("rolled-back", 3, 4)
    assert bakery.image("baker") == "registry.invalid/oven:2"
    log = bakery.cluster.get("ConfigMap", "bakery-deployments")["data"]["log"].splitlines()
    assert [json.loads(line)["commit"] for line in log] == [commit, f"{commit}-dirty", commit, f"{commit}-dirty"]


@pytest.mark.slow
def test_what_a_rollback_cannot_undo_is_refused_unless_accepted_by_its_name(bakery: Bakery, cluster: Cluster):
    bakery.project.replace_in_system("  bus:\n", LEDGER + "  bus:\n")
    bakery.project.replace_in_environment("home", "domain:", "components: { ledger: { provider: embedded } }\ndomain:")
    bakery.values(ledger=DATABASE)
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    # The second revision brings a volume, a field that cannot change, and tables of a later migration.
    bakery.project.replace_in_system("migration: 3", "migration: 4")
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "crumbs"},
               "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    bakery.values(ledger=DATABASE, extra=[claim])
    assert bakery.deploy().returncode == 0
    changes = len(cluster.changes)
    done = bakery.rollback("--dry-run")
    assert (done.returncode, len(cluster.changes)) == (2, changes)
    assert "PersistentVolumeClaim crumbs" in done.stderr
    assert "(to accept: --accept data-loss)" in done.stderr
    said = "ledger: migration 4 has run, this revision knows migration 3 (to accept: --accept database-migration)"
    assert said in done.stderr
    done = bakery.rollback("--accept", "data-loss", "--accept", "database-migration")
    assert (done.returncode, bakery.history()[-1]) == (0, (3, "deployed")), done.stderr
    # The tables stay as the later release left them: its predecessor is refused as long as they do.
    bakery.project.replace_in_system("migration: 4", "migration: 3")
    bakery.values(ledger=DATABASE)
    done = bakery.deploy()
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


DATABASE = {"kind": "StatefulSet", "component": "database", "replicas": 1, "image": "registry.invalid/postgres:17.2",
            "storage": "1Gi"}  # fmt: skip
LEDGER = """\
  ledger:
    kind: postgresql
    image: oven
    migration: 3
    storage: { size: 1Gi, path: /data }
"""


@pytest.mark.slow
def test_a_rollback_to_what_does_not_start_says_how_to_undo_it(bakery: Bakery):
    bakery.values(baker={"image": "registry.invalid/broken"})
    bakery.install(ready=("shop", "bus"))
    bakery.values()
    bakery.install()
    done = bakery.rollback("--patience", "1s")
    assert done.returncode == 3
    assert "revision 1 was restored and is not ready: baker: container baker: ImagePullBackOff" in done.stderr
    assert "to undo: qcdk rollback home 2" in done.stderr
    done = bakery.rollback("2")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["pipe", "device", "binary", "words", "long"])
def test_an_undo_file_that_is_none_is_refused_at_once(tmp_path: Path, kind: str):
    project, file = Project.small(tmp_path / "project"), tmp_path / "undo"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        file.write_bytes({"binary": b"\xff\x00", "words": b"the one before", "long": b"1" * 1000}[kind])
    ended = qcdk("rollback", "home", "--project", project.root, "--undo-file", file, timeout=20)
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith(f"error: {file}: ")
    assert "expected" in ended.stderr
