"""How a release is judged: by its revisions and its lock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cluster.server import Cluster
from quantacirc_cdk.operations.release_health import release_of
from support.operations.bakery import Bakery

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


def lease(acquired: str) -> dict[str, Any]:
    return {"spec": {"holderIdentity": "bob@elsewhere:7", "leaseDurationSeconds": 600, "acquireTime": acquired}}


HELD, LEFT = lease("2030-01-01T11:55:00Z"), lease("2030-01-01T10:00:00Z")
ABANDONED = "bob@elsewhere:7 left the lock bakery-deployment; the next deployment breaks it"


@pytest.mark.parametrize(
    ("revisions", "lock", "said"),
    [
        ({1: "superseded", 2: "deployed"}, None, []),
        ({9: "deployed", 10: "pending-upgrade"}, HELD, []),
        (
            {9: "deployed", 10: "pending-upgrade"},
            None,
            ["revision 10 is pending-upgrade, and no deployment is running"],
        ),
        ({1: "deployed", 2: "failed"}, None, ["revision 2 failed"]),
        ({1: "superseded", 2: "superseded"}, None, ["no revision is deployed"]),
        ({1: "deployed"}, LEFT, [ABANDONED]),
        ({1: "deployed", 2: "pending-rollback"}, LEFT,
         [ABANDONED, "revision 2 is pending-rollback, and no deployment is running"]),
    ],
)  # fmt: skip
def test_a_release_that_was_left_half_way_is_not_well(revisions: dict[int, str], lock: Any, said: list[str]):
    assert list(release_of("bakery", revisions, lock, NOW).reasons) == said


@pytest.mark.slow
def test_the_release_is_part_of_the_report_and_a_deployment_marks_what_was_ready(bakery: Bakery, cluster: Cluster):
    assert bakery.deploy().returncode == 0
    bakery.values(baker={"image": "registry.invalid/oven:2"})
    assert bakery.deploy().returncode == 0
    labels = {
        item["metadata"]["labels"]["version"]: item["metadata"]["labels"].get("deployment-healthy")
        for item in cluster.list("Secret", labels="owner=helm")
    }
    assert labels == {"1": "1", "2": "2"}
    done = bakery.qcdk("health", "home")
    assert '"revision": 2' in done.stdout
    assert '"status": "deployed"' in done.stdout
