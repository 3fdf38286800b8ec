"""Permissions of a client to publish and subscribe, including the subjects of the JetStream API."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.stream import Consumer


def permissions(client: Client, consumers: Sequence[Consumer]) -> Data:
    """Return the permissions of a client: its subjects, its consumers and its inbox, and nothing else.

    A client cannot create, change or delete a stream or a consumer. A client that takes snapshots can read all of them.
    The subjects are those of https://docs.nats.io/reference/reference-protocols/nats_api_reference.
    """
    publish = set(client.publishes)
    if client.snapshots:
        publish |= {
            "$JS.API.STREAM.INFO.*",
            "$JS.API.STREAM.NAMES",
            "$JS.API.STREAM.SNAPSHOT.*",
            "$JS.SNAPSHOT.ACK.>",
        }
    for consumer in consumers:
        if consumer.name != client.name:
            continue
        place = f"{consumer.stream}.{consumer.name}"
        publish |= {
            f"$JS.ACK.{place}.>",
            f"$JS.API.CONSUMER.INFO.{place}",
            f"$JS.API.CONSUMER.MSG.NEXT.{place}",
        }
    return {"publish": {"allow": sorted(publish)}, "subscribe": {"allow": [f"{client.inbox}.>"]}}
