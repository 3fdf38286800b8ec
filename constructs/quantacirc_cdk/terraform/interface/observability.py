"""Alarms on what the cloud runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.formats import Email
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike


@dataclass(frozen=True, kw_only=True)
class ObservabilityProps:
    """A topic for alarms, and the people who get them by mail."""

    name: str
    """Prefix of the alarms' names."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) it is in."""
    keys: KeyRingLike
    """Key of the messages."""
    owners: Sequence[Email] = ()
    """Mail addresses that every alarm goes to."""


@dataclass(frozen=True, kw_only=True)
class ExistingObservability:
    """Where alarms go already: topics, channels or action groups that somebody else made."""

    name: str
    """Prefix of the alarms' names."""
    targets: Sequence[str]
    """Ids of what an alarm is sent to: topic ARNs, names of notification channels, ids of action groups."""
