"""Streams and durable consumers, derived from who publishes and consumes what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.subject import literal_prefix, overlaps

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
    roots = sorted(p for p in prefixes if not any(p[:n] in prefixes for n in range(len(p))))
    return [_stream(root, subjects, clients) for root in roots]


def consumers(clients: Sequence[Client], known: Sequence[Stream]) -> list[Consumer]:
    """Return the durable consumers of these clients: one for each stream they consume from."""
    result = []
    for client in sorted(clients, key=lambda client: client.name):
        for stream in known:
            wanted = tuple(subject for subject in sorted(client.consumes) if _covers(stream, subject))
            if wanted:
                delivery = client.delivery
                result.append(
                    Consumer(
                        stream=stream.name,
                        name=client.name,
                        subjects=wanted,
                        attempts=delivery.attempts,
                        ack_seconds=delivery.ack_seconds,
                        max_pending=delivery.max_pending,
                    )
                )
    return result


def _stream(root: tuple[str, ...], subjects: set[str], clients: Sequence[Client]) -> Stream:
    prefix = ".".join(root)
    bound = tuple(sorted({prefix} & subjects)) + ((f"{prefix}.>",) if root else (">",))
    consumed = [
        [s for s in client.consumes if literal_prefix(s, len(root)) == root] for client in clients if client.consumes
    ]
    consumed = [wanted for wanted in consumed if wanted]
    shared = any(
        overlaps(one, other)
        for index, wanted in enumerate(consumed)
        for others in consumed[index + 1 :]
        for one in wanted
        for other in others
    )
    return Stream(
        name="_".join(root).upper().replace("-", "_") or "ALL",
        subjects=bound,
        retention="workqueue" if consumed and not shared else "limits",
        max_age_seconds=7 * DAY_SECONDS if consumed else 30 * DAY_SECONDS,
    )


def _covers(stream: Stream, subject: str) -> bool:
    return any(overlaps(bound, subject) for bound in stream.subjects)
