"""What the clouds refuse of an audit trail."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from quantacirc_cdk.limits.buckets import longest_name
from quantacirc_cdk.limits.clouds import Refused

RETENTION_DAYS: Mapping[str, tuple[int, int]] = {
    "aws": (1, 3650),
    "gcp": (1, 3650),  # https://cloud.google.com/logging/quotas#logs_retention_periods
    "azure": (30, 730),  # https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
}
"""Days that a trail can be kept. CloudTrail's are those of a lifecycle of S3, which has no such limit."""


AUDIT_TRAIL = "-audit-trail"
"""What the name of the bucket on AWS adds to that of the environment."""
LONGEST_NAME = longest_name("aws", copied=False) - len(AUDIT_TRAIL)
"""Characters of the name of an environment on AWS."""


def refused_name(cloud: str, name: str) -> tuple[str, str] | None:
    """Return what is wrong with a name that the names of buckets begin with, and what was expected."""
    if cloud != "aws" or len(name) <= LONGEST_NAME:
        return None
    return f'"{name}" of {len(name)} characters', f"at most {LONGEST_NAME}: S3 allows 63, and its buckets add some"


class AuditTrail(Protocol):
    """An audit trail, of the model or of the props."""

    @property
    def retention_days(self) -> int:
        """Days that it is kept."""

    @property
    def threat_detection(self) -> bool:
        """Whether the cloud looks for threats."""


def refused_audit_trail(cloud: str, trail: AuditTrail) -> Iterator[Refused]:
    """Yield a retention that a cloud refuses, and threat detection that a project cannot turn on."""
    low, high = RETENTION_DAYS[cloud]
    if not low <= trail.retention_days <= high:
        yield ("retention_days",), f"{trail.retention_days} days", f"{low} to {high}"
    if trail.threat_detection and cloud == "gcp":
        # https://cloud.google.com/security-command-center/docs/activate-scc-overview
        what = "threat detection, which on Google Cloud is of the organization"
        yield ("threat_detection",), what, "none: turn on Security Command Center"
