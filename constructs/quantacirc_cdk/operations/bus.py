"""Streams and consumers, from what the servers' monitoring port answers to ``/jsz``.

Only the leader of a stream or consumer knows its numbers (https://github.com/nats-io/prometheus-nats-exporter/issues/218),
so every server is asked, and the leader's answer counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.operations.expectations import Expectations
from quantacirc_cdk.operations.report import Consumer, Part, StreamHealth

Json = dict[str, Any]

QUERY = "jsz?consumers=true&config=true"


def bus_parts(answers: Sequence[Json], expected: Expectations, unseen: str = "") -> list[Part]:
    """Return every stream and consumer that is there or should be."""
    if not answers:
        name = expected.bus or "bus"
        return [StreamHealth(name=name, unseen=unseen or "no server of the bus answers")]
    streams, consumers = _found(answers)
    parts: list[Part] = []
    for name in sorted({*streams, *expected.streams}):
        parts.append(_stream(name, streams.get(name)))
        own = {key[1] for key in consumers if key[0] == name}
        for consumer in sorted({*own, *expected.streams.get(name, ())}):
            limit = expected.backlog.get(consumer)
            parts.append(_consumer(name, consumer, consumers.get((name, consumer)), limit))
    return parts


def _found(answers: Sequence[Json]) -> tuple[Mapping[str, Json], Mapping[tuple[str, str], Json]]:
    """Return streams and consumers, each as its leader sees it; as anybody does where there is none."""
    streams: dict[str, tuple[bool, Json]] = {}
    consumers: dict[tuple[str, str], tuple[bool, Json]] = {}
    for answer in answers:
        server = str((answer.get("meta_cluster") or {}).get("name") or "")
        for stream in _streams(answer):
            leads = _leads(stream, answer, server)
            name = str(stream["name"])
            if name not in streams or leads:
                streams[name] = (leads, stream)
            for consumer in stream.get("consumer_detail") or []:
                key = (name, str(consumer["name"]))
                leads = _leads(consumer, answer, server)
                if key not in consumers or (leads and not consumers[key][0]):
                    consumers[key] = (leads, consumer)
    return {key: one for key, (_, one) in streams.items()}, {key: one for key, (_, one) in consumers.items()}


def _streams(answer: Json) -> Iterator[Json]:
    for account in answer.get("account_details") or []:
        yield from account.get("stream_detail") or []


def _leads(item: Json, answer: Json, server: str) -> bool:
    leader = (item.get("cluster") or {}).get("leader")
    return leader is None or leader == (answer.get("asked") or server)


def _stream(name: str, found: Json | None) -> StreamHealth:
    if found is None:
        return StreamHealth(name=name, reasons=("the stream does not exist",))
    cluster, state = found.get("cluster") or {}, found.get("state") or {}
    behind = [one["name"] for one in cluster.get("replicas") or [] if one.get("offline") or not one.get("current")]
    reasons = []
    if cluster and not cluster.get("leader"):
        reasons.append("the stream has no leader: nothing can be written")
    if behind:
        reasons.append(f"not up to date: {', '.join(sorted(behind))}")
    limit = (found.get("config") or {}).get("max_bytes", -1)
    if limit > 0 and state.get("bytes", 0) > 0.9 * limit:
        reasons.append(f"{100 * state['bytes'] // limit} % of its space is used")
    return StreamHealth(
        name=name,
        messages=state.get("messages", 0),
        bytes=state.get("bytes", 0),
        leader=cluster.get("leader"),
        replicas_behind=len(behind),
        reasons=tuple(reasons),
    )


def _consumer(stream: str, name: str, found: Json | None, limit: int | None) -> Consumer:
    if found is None:
        return Consumer(name=name, stream=stream, reasons=("the consumer does not exist",))
    pending, ahead = found.get("num_pending", 0), ""
    if limit is not None and pending > limit:
        ahead = f"{pending} messages wait, more than the {limit} that all its replicas should have"
    return Consumer(
        name=name,
        stream=stream,
        pending=pending,
        unacknowledged=found.get("num_ack_pending", 0),
        redelivered=found.get("num_redelivered", 0),
        reasons=(ahead,) if ahead else (),
    )
