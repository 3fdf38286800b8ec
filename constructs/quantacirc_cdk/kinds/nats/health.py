"""Health of a bus: its streams and consumers, from ``/jsz`` on the servers' monitoring port.

Only the leader of a stream or consumer knows its numbers
(https://github.com/nats-io/prometheus-nats-exporter/issues/218), so all servers are queried, and the leader's response
is used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.kinds.nats.users import carried, clients
from quantacirc_cdk.kubernetes.nats.config import MONITOR_PORT
from quantacirc_cdk.model.component import Scaling
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.look import Look
from quantacirc_cdk.operations.replies import JetStream
from quantacirc_cdk.operations.report import Consumer, Part, StreamHealth

Json = dict[str, Any]

QUERY = "jsz?consumers=true&config=true"
BACKLOG = 100
"""Expected messages per replica of a consumer that declares no backlog."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Expected streams and consumers of a bus."""

    bus: str
    """Name of the component."""
    streams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Consumers of each stream."""
    backlog: Mapping[str, int] = field(default_factory=dict)
    """Maximum messages that all replicas of a consumer should have; a larger backlog is unhealthy."""


def look(seen: Look, name: str) -> list[Part]:
    """Return every existing or expected stream and consumer; queries all servers."""
    answers, unseen = seen.ask(name, MONITOR_PORT, QUERY, JetStream)
    return bus_parts(answers, expected(seen.site, name), unseen)


def expected(site: Site, name: str) -> Expected:
    """Return the streams and consumers that the model declares on a bus."""
    users = clients(site, name)
    known, wanted = carried(site, name)
    limits = {}
    for user in users:
        component = site.system.components[user.name]
        if user.consumes and site.embedded(user.name) and component.always_runs:
            own = component.autoscaling.backlog if isinstance(component, Scaling) else None
            limits[user.name] = (own or BACKLOG) * site.replicas(user.name).max
    return Expected(
        bus=name,
        streams={stream.name: tuple(one.name for one in wanted if one.stream == stream.name) for stream in known},
        backlog=limits,
    )


def bus_parts(answers: Sequence[Json], expected: Expected, unseen: str = "") -> list[Part]:
    """Return every existing or expected stream and consumer."""
    if not answers:
        return [StreamHealth(name=expected.bus, unseen=unseen or "no server of the bus answers")]
    found_streams, found_consumers = _found(answers)
    parts: list[Part] = []
    for name in sorted({*found_streams, *expected.streams}):
        parts.append(_stream(name, found_streams.get(name)))
        own = {key[1] for key in found_consumers if key[0] == name}
        for consumer in sorted({*own, *expected.streams.get(name, ())}):
            limit = expected.backlog.get(consumer)
            parts.append(_consumer(name, consumer, found_consumers.get((name, consumer)), limit))
    return parts


def _found(answers: Sequence[Json]) -> tuple[Mapping[str, Json], Mapping[tuple[str, str], Json]]:
    """Return streams and consumers as reported by their leaders; by any server for those without a leader."""
    all_streams: dict[str, tuple[bool, Json]] = {}
    all_consumers: dict[tuple[str, str], tuple[bool, Json]] = {}
    for answer in answers:
        server = str((answer.get("meta_cluster") or {}).get("name") or "")
        for stream in _streams(answer):
            leads = _leads(stream, answer, server)
            name = str(stream["name"])
            if name not in all_streams or leads:
                all_streams[name] = (leads, stream)
            for consumer in stream.get("consumer_detail") or []:
                key = (name, str(consumer["name"]))
                leads = _leads(consumer, answer, server)
                if key not in all_consumers or (leads and not all_consumers[key][0]):
                    all_consumers[key] = (leads, consumer)
    return {key: one for key, (_, one) in all_streams.items()}, {key: one for key, (_, one) in all_consumers.items()}


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
        ahead = f"{pending} messages wait, above the maximum of {limit} for all replicas"
    return Consumer(
        name=name,
        stream=stream,
        pending=pending,
        unacknowledged=found.get("num_ack_pending", 0),
        redelivered=found.get("num_redelivered", 0),
        reasons=(ahead,) if ahead else (),
    )
