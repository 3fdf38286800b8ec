"""Who talks on the bus, and what it may say and hear."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.variable import Value
from quantacirc_cdk.limits.formats import Subject
from quantacirc_cdk.limits.kubernetes import DnsLabel, Positive, PositiveSeconds


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How the messages of a client are delivered to it."""

    attempts: Positive = 5
    """Deliveries of a message before it is given up."""
    ack_seconds: PositiveSeconds = 300
    """Seconds without a word from the client after which a message is delivered again."""
    max_pending: Positive = 1000
    """Messages that all its pods together may hold at once."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A user of the bus."""

    name: DnsLabel
    publishes: Sequence[Subject] = ()
    """Subjects it publishes."""
    consumes: Sequence[Subject] = ()
    """Subjects it consumes, through durable consumers of its name."""
    delivery: Delivery = Delivery()
    snapshots: bool = False
    """Reads whole streams and their consumers, for a backup."""

    @property
    def inbox(self) -> str:
        """Prefix of the subjects that its answers come to; its own, so that nobody else can listen."""
        return f"_INBOX_{self.name}"

    @property
    def password_variable(self) -> str:
        """Environment variable that the server's configuration reads its password from: text in quotes."""
        return f"NATS_PASSWORD_{self._suffix}"

    @property
    def secret_variable(self) -> str:
        """Environment variable of the server that holds its password as the Secret has it."""
        return f"BUS_PASSWORD_{self._suffix}"

    @property
    def _suffix(self) -> str:
        return self.name.upper().replace("-", "_")

    def password_variables(self, password: Value) -> dict[str, Value]:
        """Return the server's variables for a password.

        nats-server parses the value of a variable as a value of its configuration: 12345678 would be a number, 5e10 and
        ``it's`` errors. So Kubernetes puts the password in quotes.
        """
        return {self.secret_variable: password, self.password_variable: f'"$({self.secret_variable})"'}
