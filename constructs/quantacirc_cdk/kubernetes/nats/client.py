"""Users of the bus, and the subjects that they can publish and subscribe to."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.formats import Subject
from quantacirc_cdk.limits.kubernetes import DnsLabel, Positive, PositiveSeconds


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How messages are delivered to a client."""

    attempts: Positive = 5
    """Delivery attempts before a message is given up."""
    ack_seconds: PositiveSeconds = 300
    """Seconds without an acknowledgement after which a message is delivered again."""
    max_pending: Positive = 1000
    """Maximum number of unacknowledged messages of all its pods together."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A user of the bus."""

    name: DnsLabel
    publishes: Sequence[Subject] = ()
    """Subjects that it publishes."""
    consumes: Sequence[Subject] = ()
    """Subjects that it consumes, through durable consumers with its name."""
    delivery: Delivery = Delivery()
    snapshots: bool = False
    """Can read whole streams and their consumers, for a backup."""

    @property
    def inbox(self) -> str:
        """Prefix of the subjects of responses to it. It is unique, so that no other client can subscribe to them."""
        return f"_INBOX_{self.name}"

    @property
    def password_variable(self) -> str:
        """Environment variable that the server's configuration reads its password from; ``start-bus.sh`` sets it."""
        return f"NATS_PASSWORD_{self._suffix}"

    @property
    def secret_variable(self) -> str:
        """Environment variable of the server's container with its password as stored in the Secret."""
        return f"BUS_PASSWORD_{self._suffix}"

    @property
    def _suffix(self) -> str:
        return self.name.upper().replace("-", "_")
