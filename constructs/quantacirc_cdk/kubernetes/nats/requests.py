"""Streams and consumers as requests to the JetStream API.

https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

import json
from collections.abc import Sequence

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.nats.stream import Consumer, Stream

_SECOND = 1_000_000_000
DUPLICATE_WINDOW_SECONDS = 120
"""Seconds in which a second message with the same id is dropped."""
CONSUMER_DESCRIPTION = "created by the streams job, which deletes it when the system no longer has this consumer"
"""Description by which ``create-streams.sh`` recognizes its consumers; servers before 2.10 keep no metadata
(https://docs.nats.io/nats-concepts/jetstream/consumers#general).
"""


def stream_request(stream: Stream, *, replicas: int, max_bytes: int) -> Data:
    """Return the request that creates or updates a stream.

    A full work queue refuses new messages, so that publishers get an error. Other streams drop the oldest messages.
    """
    return {
        "discard": "new" if stream.retention == "workqueue" else "old",
        "duplicate_window": DUPLICATE_WINDOW_SECONDS * _SECOND,
        "max_age": stream.max_age_seconds * _SECOND,
        "max_bytes": max_bytes,
        "name": stream.name,
        "num_replicas": replicas,
        "retention": stream.retention,
        "storage": "file",
        "subjects": list(stream.subjects),
    }


def consumer_request(consumer: Consumer) -> Data:
    """Return the request that creates or updates a durable consumer."""
    only = {"filter_subject": consumer.subjects[0]} if len(consumer.subjects) == 1 else {}
    several = {"filter_subjects": list(consumer.subjects)} if len(consumer.subjects) > 1 else {}
    return {
        "config": {
            "ack_policy": "explicit",
            "ack_wait": consumer.ack_seconds * _SECOND,
            "deliver_policy": "all",
            "description": CONSUMER_DESCRIPTION,
            "durable_name": consumer.name,
            "max_ack_pending": consumer.max_pending,
            "max_deliver": consumer.attempts,
            "replay_policy": "instant",
            **only,
            **several,
        },
        "stream_name": consumer.stream,
    }


def request_files(
    streams: Sequence[Stream], consumers: Sequence[Consumer], *, replicas: int, store_bytes: int
) -> dict[str, str]:
    """Return the input files of ``create-streams.sh``; the streams share the disk in equal parts.

    The limits of all streams add up to the disk of a server, so that one stream cannot use the disk of another.
    """
    share = store_bytes // max(1, len(streams))
    files = {
        f"{stream.name}.stream.json": stream_request(stream, replicas=replicas, max_bytes=share) for stream in streams
    }
    files |= {f"{one.stream}.{one.name}.consumer.json": consumer_request(one) for one in consumers}
    # A space after each colon: the command line parses two adjacent braces as a template.
    return {name: json.dumps(request, sort_keys=True) + "\n" for name, request in sorted(files.items())}
