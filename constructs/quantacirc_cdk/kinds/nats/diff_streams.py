"""Changes of the streams and durable consumers of a bus, with what becomes of their messages.

They are changes of the requests in the ConfigMap of the Job, which runs ``create-streams.sh``.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule
from quantacirc_cdk.kubernetes.nats.subject import covers

CONSUMERS = "https://docs.nats.io/nats-concepts/jetstream/consumers"
STREAMS = "https://docs.nats.io/nats-concepts/jetstream/streams"
RETENTION = f"{STREAMS}#retentionpolicy"
CONSUMER, STREAM = ".consumer.json", ".stream.json"
Test = Callable[[FieldChange], bool]


def _request(value: Any) -> Json:
    return _parsed(value) if isinstance(value, str) else {}


@lru_cache(maxsize=8192)
def _parsed(text: str) -> Json:
    """Return a request; each is compared with all others of its stream."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _subjects(request: Json) -> list[str]:
    config = request.get("config") or {}
    return [config["filter_subject"]] if "filter_subject" in config else list(config.get("filter_subjects") or ())


def _requests(item: Json, suffix: str) -> list[Json]:
    data = look_up(item, "data", default={})
    return [_request(text) for name, text in data.items() if name.endswith(suffix)]


def _streams(item: Json) -> dict[str, Json]:
    return {str(one.get("name")): one for one in _requests(item, STREAM)}


def _consumer(test: Test) -> Test:
    """Return a condition on a request of a consumer whose subjects change, or which is removed."""

    def applies(change: FieldChange) -> bool:
        if not change.path[-1].endswith(CONSUMER) or change.added:
            return False
        return _subjects(_request(change.before)) != _subjects(_request(change.after)) and test(change)

    return applies


def _in_work_queue(change: FieldChange) -> bool:
    stream = _streams(change.old).get(str(_request(change.before).get("stream_name")), {})
    return bool(stream.get("retention") == "workqueue")


def _left(change: FieldChange) -> bool:
    """Return whether no consumer of the stream receives a subject that this one received."""
    before = _request(change.before)
    others = [
        subject
        for one in _requests(change.new, CONSUMER)
        if one.get("stream_name") == before.get("stream_name")
        for subject in _subjects(one)
    ]
    return not all(any(covers(each, subject) for each in others) for subject in _subjects(before))


def _stream(argument: str, test: Callable[[Any, Any], bool], discard: str = "") -> Test:
    """Return a condition on an argument of a stream that stays."""

    def applies(change: FieldChange) -> bool:
        if not change.path[-1].endswith(STREAM) or ABSENT in (change.before, change.after):
            return False
        before, after = _request(change.before), _request(change.after)
        old, new = before.get(argument), after.get(argument)
        return old is not None and new is not None and test(old, new) and discard in ("", after.get("discard"))

    return applies


def _less(old: Any, new: Any) -> bool:
    return bool(new < old)


def _fewer(old: Any, new: Any) -> bool:
    return not all(any(covers(each, subject) for each in new) for subject in old)


def _named(suffix: str, test: Test = lambda _: True) -> Test:
    return lambda change: change.path[-1].endswith(suffix) and test(change)


# fmt: off
STREAM_RULES: tuple[Rule, ...] = (
    rule("work-left", Impact.DATA_LOSS, "ConfigMap", "data.*",
         when=_consumer(lambda change: _in_work_queue(change) and _left(change)),
         says="the durable consumer is deleted, and no other consumer receives all of its subjects: undelivered "
              "messages of these stay in the work queue, use its space, and are deleted at their maximum age; let the "
              "old worker finish them first",
         source=RETENTION),
    rule("work-handed-over", Impact.UNAVAILABILITY, "ConfigMap", "data.*", when=_consumer(_in_work_queue),
         says="the durable consumer is deleted, and another one of the work queue receives its subjects: undelivered "
              "messages go to that one, also those that a worker has not acknowledged yet, which are worked on twice",
         source=RETENTION),
    rule("position-deleted", Impact.UNAVAILABILITY, "ConfigMap", "data.*",
         when=_consumer(lambda change: change.removed),
         says="the durable consumer is deleted with its position; the messages stay in the stream, and a consumer of "
              "another name receives all of them from the oldest, also those that were acknowledged",
         source=f"{CONSUMERS}#deliverpolicy"),
    rule("subjects-changed", Impact.UNAVAILABILITY, "ConfigMap", "data.*", when=_consumer(lambda _: True),
         says="the durable consumer keeps its position, and receives only the later messages of its new subjects",
         source=f"{CONSUMERS}#filtersubjects"),
    rule("stream-retention", Impact.RECREATE, "ConfigMap", "data.*",
         when=_stream("retention", lambda old, new: old != new),
         says="the servers refuse to change the retention of a stream to or from a work queue, and the Job fails: let "
              "the workers finish, delete the stream with `nats stream rm`, and deploy again",
         source=RETENTION),
    rule("stream-age", Impact.DATA_LOSS, "ConfigMap", "data.*", when=_stream("max_age", _less),
         says="messages above the new maximum age are deleted", source=f"{STREAMS}#configuration"),
    rule("stream-subjects", Impact.UNAVAILABILITY, "ConfigMap", "data.*", when=_stream("subjects", _fewer),
         says="the stream no longer stores messages of some subjects; those that it holds stay until their maximum age",
         source=f"{STREAMS}#configuration"),
    rule("stream-space", Impact.DATA_LOSS, "ConfigMap", "data.*", when=_stream("max_bytes", _less, "old"),
         says="the stream has less space: if it holds more, its oldest messages are deleted",
         source=f"{STREAMS}#discardpolicy"),
    rule("queue-space", Impact.UNAVAILABILITY, "ConfigMap", "data.*", when=_stream("max_bytes", _less, "new"),
         says="the work queue has less space: while it holds more, it refuses new messages",
         source=f"{STREAMS}#discardpolicy"),
    rule("stream-left", Impact.UNAVAILABILITY, "ConfigMap", "data.*",
         when=_named(STREAM, lambda change: change.removed),
         says="the Job does not delete the stream: its messages use space until their maximum age, and another stream "
              "with the same subjects is refused; delete it with `nats stream rm` when it is empty",
         source=f"{STREAMS}#configuration"),
    rule("stream-request", Impact.NO_OP, "ConfigMap", "data.*", when=_named(CONSUMER),
         says="the Job that creates the consumers applies it when it runs; messages and positions stay",
         source=f"{CONSUMERS}#configuration"),
    rule("stream-request", Impact.NO_OP, "ConfigMap", "data.*", when=_named(STREAM),
         says="the Job that creates the streams applies it when it runs; stored messages and positions stay",
         source=f"{STREAMS}#configuration"),
)
# fmt: on
