"""Streams and durable consumers, derived from the subjects that clients publish and consume."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.subject import Subjects, literal_prefix

DAY_SECONDS = 86400


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream of stored messages (https://docs.nats.io/nats-concepts/jetstream/streams)."""

    name: str
    subjects: tuple[str, ...]
    retention: Literal["workqueue", "limits"]
    """workqueue: delete a message when its consumer acknowledges it. limits: delete a message when it reaches its
    maximum age.
    """
    max_age_seconds: int
    """Maximum age of a message in seconds."""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A durable consumer of a stream (https://docs.nats.io/nats-concepts/jetstream/consumers)."""

    stream: str
    name: str
    """Durable name: the name of the client."""
    subjects: tuple[str, ...]
    """Subjects of the stream that it receives."""
    attempts: int = 5
    """Delivery attempts before a message is given up."""
    ack_seconds: int = 300
    """Seconds without an acknowledgement after which a message is delivered again."""
    max_pending: int = 1000
    """Maximum number of unacknowledged messages of all its pods together."""


UNDELIVERED = Stream(
    name="UNDELIVERED",
    subjects=(
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
    ),
    retention="limits",
    max_age_seconds=30 * DAY_SECONDS,
)
"""Advisories of the servers about messages that they gave up, or that a client rejected. Each contains the stream and
sequence number of the message, so that you can inspect and resend it, even if the client crashed before it published to
its dead-letter subject.
"""


def streams(clients: Sequence[Client], *, depth: int = 2) -> list[Stream]:
    """Return the streams that these clients need, sorted by name.

    Subjects with the same first ``depth`` tokens share a stream, named after these tokens. If one such prefix starts
    another, the shorter prefix has a single stream for both, because streams must not overlap. A stream is a work queue
    if no two clients consume the same messages. Messages without a consumer, such as dead letters, are kept for a
    month.
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
    """Return the durable consumers of these clients: one for each stream that a client consumes from."""
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
    """Return the stream of a subject prefix; ``consumed`` contains the consumed subjects of each client."""
    prefix = ".".join(root)
    bound = tuple(sorted({prefix} & subjects)) + ((f"{prefix}.>",) if root else (">",))
    return Stream(
        name="_".join(root).upper().replace("-", "_") or "ALL",
        subjects=bound,
        retention="workqueue" if consumed and not _shared(consumed) else "limits",
        max_age_seconds=7 * DAY_SECONDS if consumed else 30 * DAY_SECONDS,
    )


def _shared(consumed: Mapping[str, Sequence[str]]) -> bool:
    """Return whether two clients consume the same messages."""
    seen: Subjects[str] = Subjects()
    for client, subjects in consumed.items():
        for subject in subjects:
            if any(other != client for other in seen.overlapping(subject)):
                return True
            seen.add(subject, client)
    return False
