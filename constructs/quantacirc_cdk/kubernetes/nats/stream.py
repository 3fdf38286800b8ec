"""Streams and durable consumers, derived from who publishes and consumes what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.subject import Subjects, literal_prefix

DAY_SECONDS = 86400


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Messages that are kept (https://docs.nats.io/nats-concepts/jetstream/streams)."""

    name: str
    subjects: tuple[str, ...]
    retention: Literal["workqueue", "limits"]
    """workqueue: a message is gone when its one consumer has acknowledged it. limits: it is gone when it is old."""
    max_age_seconds: int
    """Age at which a message is dropped in any case."""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """The place of one client in a stream (https://docs.nats.io/nats-concepts/jetstream/consumers)."""

    stream: str
    name: str
    """Durable name: the client's."""
    subjects: tuple[str, ...]
    """Which messages of the stream it gets."""
    attempts: int = 5
    """Deliveries of a message before it is given up."""
    ack_seconds: int = 300
    """Seconds without a word from the client after which a message is delivered again."""
    max_pending: int = 1000
    """Messages that all its pods together may hold at once."""


UNDELIVERED = Stream(
    name="UNDELIVERED",
    subjects=(
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
    ),
    retention="limits",
    max_age_seconds=30 * DAY_SECONDS,
)
"""What the servers say of each message that they gave up delivering or that a client refused for good: its stream and
number there, so that it can be looked at and sent again, also when the client died before it could write to its
dead-letter subject."""


def streams(clients: Sequence[Client], *, depth: int = 2) -> list[Stream]:
    """Return the streams that these clients need, sorted by name.

    Subjects that share their first ``depth`` tokens share a stream, named after these tokens; where one such prefix
    starts another, the shorter has them all, because streams must not overlap. A stream is a work queue when no two
    clients consume the same messages. What nobody consumes, such as dead letters, is kept for a month.
    """
    subjects = {subject for client in clients for subject in (*client.publishes, *client.consumes)}
    prefixes = {literal_prefix(subject, depth) for subject in subjects}
    consumed: dict[tuple[str, ...], dict[str, list[str]]] = {
        p: {} for p in sorted(prefixes) if not any(p[:n] in prefixes for n in range(len(p)))
    }
    for client in clients:
        for subject in client.consumes:
            root = next(p for n in range(depth + 1) if (p := literal_prefix(subject, n)) in consumed)
            consumed[root].setdefault(client.name, []).append(subject)
    return [_stream(root, subjects, wanted) for root, wanted in consumed.items()]


def consumers(clients: Sequence[Client], known: Sequence[Stream]) -> list[Consumer]:
    """Return the durable consumers of these clients: one for each stream they consume from."""
    bound: Subjects[int] = Subjects()
    for index, stream in enumerate(known):
        for subject in stream.subjects:
            bound.add(subject, index)
    result: list[Consumer] = []
    for client in sorted(clients, key=lambda client: client.name):
        wanted: dict[int, dict[str, None]] = {}
        for subject in sorted(client.consumes):
            for index in bound.overlapping(subject):
                wanted.setdefault(index, {})[subject] = None
        delivery = client.delivery
        result += [
            Consumer(
                stream=known[index].name,
                name=client.name,
                subjects=tuple(wanted[index]),
                attempts=delivery.attempts,
                ack_seconds=delivery.ack_seconds,
                max_pending=delivery.max_pending,
            )
            for index in sorted(wanted)
        ]
    return result


def _stream(root: tuple[str, ...], subjects: set[str], consumed: Mapping[str, Sequence[str]]) -> Stream:
    """Return the stream of a root; ``consumed`` are its subjects by client."""
    prefix = ".".join(root)
    bound = tuple(sorted({prefix} & subjects)) + ((f"{prefix}.>",) if root else (">",))
    return Stream(
        name="_".join(root).upper().replace("-", "_") or "ALL",
        subjects=bound,
        retention="workqueue" if consumed and not _shared(consumed) else "limits",
        max_age_seconds=7 * DAY_SECONDS if consumed else 30 * DAY_SECONDS,
    )


def _shared(consumed: Mapping[str, Sequence[str]]) -> bool:
    """Whether two clients consume the same messages."""
    seen: Subjects[str] = Subjects()
    for client, subjects in consumed.items():
        for subject in subjects:
            if any(other != client for other in seen.overlapping(subject)):
                return True
            seen.add(subject, client)
    return False
