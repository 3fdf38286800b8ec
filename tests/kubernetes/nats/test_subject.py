"""Subjects overlap by NATS's rules (https://docs.nats.io/nats-concepts/subjects), however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.kubernetes.nats import Client, consumers, streams
from quantacirc_cdk.kubernetes.nats.subject import Subjects

SUBJECTS = st.tuples(st.lists(st.sampled_from(["a", "b", "*"]), max_size=3), st.sampled_from(["a", "b", "*", ">"])).map(
    lambda parts: ".".join([*parts[0], parts[1]])
)


def overlap(one: str, other: str) -> bool:
    match one.split("."), other.split("."):
        case ([">"], _) | (_, [">"]):
            return True
        case [[first], [second]]:
            return "*" in (first, second) or first == second
        case ([first, *rest], [second, *others]) if rest and others:
            return ("*" in (first, second) or first == second) and overlap(".".join(rest), ".".join(others))
        case ([_], _) | (_, [_]):
            return False
    raise AssertionError(one, other)


@pytest.mark.integration
@given(st.lists(SUBJECTS, unique=True), SUBJECTS)
def test_what_overlaps_is_found(known: list[str], subject: str) -> None:
    subjects: Subjects[str] = Subjects()
    for one in known:
        subjects.add(one, one)
    assert sorted(subjects.overlapping(subject)) == sorted(one for one in known if overlap(one, subject))


def test_a_subject_may_have_any_number_of_tokens() -> None:
    long = ".".join(["a"] * 5000)
    clients = [Client(name="one", consumes=[long]), Client(name="two", consumes=["a.a.>"])]
    for known in (clients, clients[::-1]):
        assert [(one.name, one.retention) for one in streams(known)] == [("A_A", "limits")]


def test_a_stream_is_a_work_queue_only_where_no_two_clients_take_the_same_messages() -> None:
    apart = [Client(name="one", consumes=["work.a.1"]), Client(name="two", consumes=["work.a.2"])]
    both = [*apart, Client(name="three", consumes=["work.a.*"])]
    assert [(one.name, one.retention) for one in streams(apart)] == [("WORK_A", "workqueue")]
    assert [(one.name, one.retention) for one in streams(both)] == [("WORK_A", "limits")]


def test_a_client_consumes_from_each_stream_that_has_its_messages() -> None:
    clients = [
        Client(name="one", publishes=["a.b.c", "d.e.f"], consumes=["d.e.*", "a.b.c", "d.e.f"]),
        Client(name="two", consumes=["d.e.>"]),
    ]
    found = [(one.name, one.stream, one.subjects) for one in consumers(clients, streams(clients))]
    assert found == [
        ("one", "A_B", ("a.b.c",)),
        ("one", "D_E", ("d.e.*", "d.e.f")),
        ("two", "D_E", ("d.e.>",)),
    ]
