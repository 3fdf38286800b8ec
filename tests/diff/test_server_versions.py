"""Another image of a store is judged by the data that the new server finds."""

from typing import Any

import pytest

from quantacirc_cdk.diff import Impact, compare_object
from quantacirc_cdk.diff.text import verdict
from quantacirc_cdk.kinds.registry import Registry, called
from quantacirc_cdk.operations.risks import DATABASE_MIGRATION, difference, risks_of

DIGEST = f"@sha256:{1:064x}"
PG, NATS, VALKEY, REDIS = "docker.io/library/postgres:", "nats:", "ghcr.io/x/valkey:", "localhost:5000/redis:"
UNREADABLE, UNKNOWN, RESTARTS = "data-unreadable", "version-unknown", "single-member"


def store(image: str, **more: Any) -> dict[str, Any]:
    """Return the StatefulSet of the component `store`, with an exporter beside it."""
    containers = [{"name": "store", "image": image}, {"name": "exporter", "image": more.get("exporter", "exporter:2")}]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "store", "labels": {"app.kubernetes.io/name": "store"}},
        "spec": {
            "replicas": 1,
            "template": {"spec": {"containers": containers}},
            "volumeClaimTemplates": more.get("claims", [{"metadata": {"name": "data"}}]),
        },
    }


def rules(kind: str) -> dict[str, Any]:
    return {"store": called(Registry().find(kind), "diff.rules")}


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        ("postgresql", f"{PG}17.6-alpine", f"{PG}18.0-alpine", UNREADABLE),
        ("postgresql", f"{PG}17{DIGEST}", f"{PG}18", UNREADABLE),
        ("postgresql", f"{PG}18", f"{PG}17.2", UNREADABLE),
        ("postgresql", f"{PG}17.5", f"mirror.example:5000/pg:17.6{DIGEST}", RESTARTS),
        ("postgresql", f"{PG}17", f"{PG[:-1]}{DIGEST}", UNKNOWN),
        ("postgresql", f"{PG}17", f"{PG}stable", UNKNOWN),
        ("postgresql", f"{PG}17", f"{PG}17abc", UNKNOWN),
        ("nats", f"{NATS}2.12.1-alpine", f"{NATS}2.11.9", UNREADABLE),
        ("nats", f"{NATS}2.10.9", f"{NATS}2.9.22", UNREADABLE),
        ("nats", f"{NATS}2.9.22", f"{NATS}2.10", RESTARTS),
        ("nats", f"{NATS}2.11.9", f"{NATS}2.11.1", RESTARTS),
        ("nats", f"{NATS}2.11.9", f"{NATS}2", UNKNOWN),
        ("valkey", f"{VALKEY}9.0.1", f"{VALKEY}8.1", UNREADABLE),
        ("valkey", f"{REDIS}7.4-alpine", f"{VALKEY}9.0", UNREADABLE),
        ("valkey", f"{REDIS}8", f"{VALKEY}8", UNREADABLE),
        ("valkey", f"{REDIS}7.2", f"{REDIS}7.0.3", UNREADABLE),
        ("valkey", f"{VALKEY}9", f"{REDIS}8.2", UNREADABLE),
        ("valkey", f"{REDIS}7.2", f"{VALKEY}8", RESTARTS),
        ("valkey", f"{VALKEY}8.1", f"{VALKEY}8.0", RESTARTS),
        ("valkey", f"{VALKEY}8.1", f"{VALKEY}9.0", RESTARTS),
        ("valkey", f"{REDIS}7", f"{VALKEY}8", UNKNOWN),
        ("valkey", f"{VALKEY}8", "dragonfly:8", UNKNOWN),
    ],
)
def test_a_server_that_does_not_read_the_data_is_no_brief_unavailability(
    kind: str, before: str, after: str, expected: str
) -> None:
    own = rules(kind)
    (finding,) = compare_object(store(before), store(after), own)
    assert finding.rule.id.endswith(expected)
    assert (finding.impact is Impact.UNREADABLE) is (expected == UNREADABLE)
    assert expected == RESTARTS or "docs/upgrades.md" in finding.rule.says
    report = difference([store(before)], [store(after)], place="home", names=("old", "new"), own=own)
    said = "new pods do not start on the data of StatefulSet store in home"
    assert (verdict(report) == said) is (expected == UNREADABLE)
    assert [risk.name for risk in risks_of(report)] == [DATABASE_MIGRATION] * (expected == UNREADABLE)


@pytest.mark.parametrize("kind", ["postgresql", "nats", "valkey"])
def test_a_store_without_a_volume_and_another_container_are_not_judged(kind: str) -> None:
    for before, after in (
        (store("postgres:17", claims=[]), store("postgres:16", claims=[])),
        (store("postgres:17"), store("postgres:17", exporter="exporter:1")),
    ):
        (finding,) = compare_object(before, after, rules(kind))
        assert finding.rule.id == "single-member"
