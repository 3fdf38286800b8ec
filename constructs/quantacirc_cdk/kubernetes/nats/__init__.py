"""NATS JetStream: servers, users with permissions, streams. The package imports the construct on first use."""

from typing import TYPE_CHECKING, Any

from quantacirc_cdk.kubernetes.nats.client import Client, Delivery
from quantacirc_cdk.kubernetes.nats.stream import Consumer, Stream, consumers, streams

if TYPE_CHECKING:
    from quantacirc_cdk.kubernetes.nats.message_bus import MessageBus, MessageBusProps

__all__ = ["Client", "Consumer", "Delivery", "MessageBus", "MessageBusProps", "Stream", "consumers", "streams"]


def __getattr__(name: str) -> Any:
    if name in ("MessageBus", "MessageBusProps"):
        from quantacirc_cdk.kubernetes.nats import message_bus

        return getattr(message_bus, name)
    raise AttributeError(name)
