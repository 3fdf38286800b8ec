"""NATS JetStream: servers, users with their permissions, streams."""

from quantacirc_cdk.kubernetes.nats.client import Client, Delivery
from quantacirc_cdk.kubernetes.nats.message_bus import MessageBus, MessageBusProps
from quantacirc_cdk.kubernetes.nats.stream import Consumer, Stream, consumers, streams

__all__ = ["Client", "Consumer", "Delivery", "MessageBus", "MessageBusProps", "Stream", "consumers", "streams"]
