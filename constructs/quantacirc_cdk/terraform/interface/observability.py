"""Alarms for managed resources."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.formats import Email
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike


@dataclass(frozen=True, kw_only=True)
class ObservabilityProps:
    """A topic for alarms, and its recipients by e-mail."""

    name: str
    """Prefix of the alarms' names."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    keys: KeyRingLike
    """Keys for the messages."""
    owners: Sequence[Email] = ()
    """E-mail addresses that every alarm is sent to."""


@dataclass(frozen=True, kw_only=True)
class ExistingObservability:
    """Existing targets of alarms: topics, channels or action groups."""

    name: str
    """Prefix of the alarms' names."""
    targets: Sequence[str]
    """Ids of the targets: topic ARNs, names of notification channels, ids of action groups."""
