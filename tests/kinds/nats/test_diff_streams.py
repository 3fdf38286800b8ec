"""What `qcdk diff` says about messages when streams and durable consumers change."""

from typing import Any

import pytest

from quantacirc_cdk.diff import Impact, compare_object
from quantacirc_cdk.kinds.registry import Registry, called
from quantacirc_cdk.kubernetes.nats import Client, consumers, streams
from quantacirc_cdk.kubernetes.nats.requests import request_files
from quantacirc_cdk.kubernetes.nats.subject import covers

OWN = {"bus": called(Registry().find("nats"), "diff.rules"), "bus-reader": ()}


def config_map(name: str = "bus-streams", **consumed: tuple[str, ...]) -> dict[str, Any]:
    """Return the ConfigMap of the streams of these consumers, in a system whose API publishes tasks and events."""
    clients = [
        Client(name="api", publishes=("app.tasks.a", "app.tasks.b", "app.events.x"), consumes=()),
        *(Client(name=client, publishes=(), consumes=subjects) for client, subjects in consumed.items()),
    ]
    known = streams(clients)
    data = request_files(known, consumers(clients, known), replicas=1, store_bytes=6_000_000)
    labels = {"app.kubernetes.io/name": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}, "data": data}


A, B, E = ("app.tasks.a",), ("app.tasks.b",), ("app.events.>",)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"old": A, "b": B}, {"new": A, "b": B}, {(Impact.UNAVAILABILITY, "work-handed-over")}),
        ({"old": A, "b": B}, {"new": ("app.tasks.*",)}, {(Impact.UNAVAILABILITY, "work-handed-over")}),
        ({"a": A, "b": B}, {"a": A}, {(Impact.DATA_LOSS, "work-left")}),
        ({"a": A}, {"a": ("app.tasks.c",)}, {(Impact.DATA_LOSS, "work-left")}),
        ({"a": A, "b": B}, {"a": B, "b": A}, {(Impact.UNAVAILABILITY, "work-handed-over")}),
        ({"a": E, "b": E}, {"a": E, "c": E}, {(Impact.UNAVAILABILITY, "position-deleted")}),
        ({"a": E, "b": E}, {"a": E, "b": ("app.events.*",)}, {(Impact.UNAVAILABILITY, "subjects-changed")}),
        ({"a": A}, {"a": A, "b": A}, {(Impact.RECREATE, "stream-retention")}),
        ({"a": A}, {"a": A, "d": ("app.other.x",)}, {(Impact.DATA_LOSS, "stream-space")}),
        ({"a": A, "d": ("app.other.x",)}, {"a": A}, {(Impact.DATA_LOSS, "work-left")}),
        ({"a": A}, {"a": A, "b": B}, set()),
    ],
)
def test_the_report_says_who_receives_undelivered_messages(
    before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]], expected: set[tuple[Impact, str]]
) -> None:
    findings = compare_object(config_map(**before), config_map(**after), OWN)
    assert all(finding.change.path[0] == "data" for finding in findings)
    worst = max(findings, key=lambda finding: finding.impact)
    assert ({(worst.impact, worst.rule.id)} if worst.impact != Impact.NO_OP else set()) == expected


def test_a_work_queue_with_less_space_refuses_messages() -> None:
    findings = compare_object(config_map(a=A), config_map(a=A, d=("app.other.x",)), OWN)
    found = {finding.change.path[-1]: finding.rule.id for finding in findings}
    assert (found["APP_TASKS.stream.json"], found["APP_EVENTS.stream.json"]) == ("queue-space", "stream-space")


def test_a_shorter_stream_and_one_without_clients_are_findings() -> None:
    before, after = config_map(a=A, e=E), config_map(a=A, e=E)
    request = before["data"]["APP_EVENTS.stream.json"]
    after["data"]["APP_EVENTS.stream.json"] = request.replace('"max_age": 604800', '"max_age": 86400')
    (finding,) = compare_object(before, after, OWN)
    assert (finding.impact, finding.rule.id) == (Impact.DATA_LOSS, "stream-age")
    after["data"]["APP_EVENTS.stream.json"] = request.replace("app.events.>", "app.events.x")
    (finding,) = compare_object(before, after, OWN)
    assert (finding.impact, finding.rule.id) == (Impact.UNAVAILABILITY, "stream-subjects")
    del after["data"]["APP_EVENTS.stream.json"]
    (finding,) = compare_object(before, after, OWN)
    assert (finding.impact, finding.rule.id) == (Impact.UNAVAILABILITY, "stream-left")


def test_a_component_beside_the_bus_has_its_own_rules() -> None:
    (finding, *_) = compare_object(config_map("bus-reader-x", a=A), config_map("bus-reader-x", b=A), OWN)
    assert finding.rule.id == "configuration-data"


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.>", "a.b.c", True),
        (">", "a", True),
        ("a.>", "a", False),
        ("a.*", "a.>", False),
        ("a.b", "a.*", False),
        ("a.*", "a.b.c", False),
        ("a.b.c", "a.b", False),
    ],
)
def test_a_pattern_covers_a_subject(pattern: str, subject: str, expected: bool) -> None:
    assert covers(pattern, subject) is expected
