"""How streams and consumers are judged; what the real server answers is read."""

import asyncio
import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import nats
import pytest

from images.servers import wait_for_port
from quantacirc_cdk.kinds.nats.health import QUERY, Expected, bus_parts
from quantacirc_cdk.operations.report import Consumer, State, StreamHealth
from support.ports import free_port
from support.tools import require

EXPECTED = Expected(bus="bus", streams={"ORDERS": ("baker",)}, backlog={"baker": 10})


def answer(asked: str, leader: str | None, pending: int, replicas: list[dict[str, Any]] = ()) -> dict[str, Any]:
    cluster = {"cluster": {"name": "bus", "leader": leader, "replicas": list(replicas)}}
    consumer = {"name": "baker", "num_pending": pending, **cluster}
    stream = {"name": "ORDERS", "state": {"messages": pending}, "consumer_detail": [consumer], **cluster}
    return {"asked": asked, "account_details": [{"name": "SYSTEM", "stream_detail": [stream]}]}


def test_only_the_leader_of_a_consumer_knows_its_backlog():
    for answers in ([answer("bus-0", "bus-1", 0), answer("bus-1", "bus-1", 7)],
                    [answer("bus-1", "bus-1", 7), answer("bus-0", "bus-1", 0)]):  # fmt: skip
        stream, consumer = bus_parts(answers, EXPECTED)
        assert isinstance(stream, StreamHealth)
        assert isinstance(consumer, Consumer)
        assert (stream.leader, consumer.pending, consumer.state) == ("bus-1", 7, State.HEALTHY)


def test_more_than_all_replicas_should_have_is_a_backlog():
    consumer = bus_parts([answer("bus-0", "bus-0", 11)], EXPECTED)[1]
    assert consumer.note == "11 messages wait, above the maximum of 10 for all replicas"


def test_a_stream_without_a_leader_or_with_a_replica_that_lags_is_degraded():
    assert "no leader" in bus_parts([answer("bus-0", "", 0)], EXPECTED)[0].note
    behind = [{"name": "bus-1", "current": True}, {"name": "bus-2", "current": False}]
    assert bus_parts([answer("bus-0", "bus-0", 0, behind)], EXPECTED)[0].note == "not up to date: bus-2"


def test_a_full_stream_is_degraded():
    found = answer("bus-0", "bus-0", 0)
    stream = found["account_details"][0]["stream_detail"][0]
    stream |= {"state": {"bytes": 95}, "config": {"max_bytes": 100}}
    assert bus_parts([found], EXPECTED)[0].note == "95 % of its space is used"


def test_what_should_be_there_and_is_not_is_degraded_and_silence_is_no_verdict():
    nothing = {"asked": "bus-0", "account_details": []}
    stream, consumer = bus_parts([nothing], EXPECTED)
    assert (stream.note, consumer.note) == ("the stream does not exist", "the consumer does not exist")
    (unseen,) = bus_parts([], EXPECTED, "the proxy is not allowed")
    assert (unseen.name, unseen.state, unseen.note) == ("bus", State.UNKNOWN, "the proxy is not allowed")


@pytest.mark.slow
def test_a_real_server_is_understood(tmp_path: Path):
    port, monitor = free_port(), free_port()
    program = require("nats-server", "install Debian's package nats-server")
    command = [program, "--addr", "127.0.0.1", "--port", str(port), "--http_port", str(monitor), "--jetstream"]
    server = subprocess.Popen([*command, "--store_dir", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, server)
        asyncio.run(_publish(port))
        with urllib.request.urlopen(f"http://127.0.0.1:{monitor}/{QUERY}", timeout=10) as document:
            answers = [{**json.load(document), "asked": "bus-0"}]
    finally:
        server.terminate()
        server.wait(20)
    stream, consumer = bus_parts(answers, EXPECTED)
    assert isinstance(stream, StreamHealth)
    assert isinstance(consumer, Consumer)
    assert (stream.name, stream.messages, stream.state) == ("ORDERS", 12, State.HEALTHY)
    assert (consumer.pending, consumer.unacknowledged, consumer.state) == (11, 1, State.DEGRADED)


async def _publish(port: int) -> None:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    jetstream = client.jetstream()
    await jetstream.add_stream(name="ORDERS", subjects=["orders.>"])
    subscription = await jetstream.pull_subscribe("orders.>", durable="baker", stream="ORDERS")
    for _ in range(12):
        await jetstream.publish("orders.bread", b"one")
    await subscription.fetch(1)
    await client.close()
