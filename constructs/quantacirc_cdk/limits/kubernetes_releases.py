"""Support periods of Kubernetes minor versions on each cloud.

Sources, as of ``AS_OF``:
https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html#kubernetes-release-calendar,
https://cloud.google.com/kubernetes-engine/docs/release-schedule (estimates),
https://learn.microsoft.com/azure/aks/supported-kubernetes-versions#aks-kubernetes-release-calendar (months).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from quantacirc_cdk.limits.versions import release

Cloud = Literal["aws", "gcp", "azure"]

AS_OF = date(2026, 4, 10)
"""Date of the calendars below. Versions without standard support on this day are refused, because they cannot be used
for new clusters.
"""

SERVICES = {"aws": "EKS", "gcp": "GKE", "azure": "AKS"}

AFTERWARDS = {
    # https://docs.aws.amazon.com/eks/latest/userguide/disable-extended-support.html: `support_type` is STANDARD.
    "aws": "EKS then upgrades the control plane by itself",
    # https://cloud.google.com/kubernetes-engine/versioning#auto-upgrades-end-of-support
    "gcp": "GKE then upgrades the cluster by itself",
    # https://learn.microsoft.com/azure/aks/supported-kubernetes-versions#platform-support-policy
    "azure": "AKS then supports its platform alone, and three minor versions later upgrades the cluster by itself",
}
"""What a cloud does with a cluster at the end of standard support."""

_STANDARD_SUPPORT = {
    "aws": {
        "1.31": date(2025, 11, 26),
        "1.32": date(2026, 3, 23),
        "1.33": date(2026, 7, 29),
        "1.34": date(2026, 12, 2),
        "1.35": date(2027, 3, 27),
    },
    "gcp": {
        "1.31": date(2026, 1, 16),
        "1.32": date(2026, 4, 11),
        "1.33": date(2026, 8, 3),
        "1.34": date(2026, 10, 1),
        "1.35": date(2027, 4, 11),
    },
    "azure": {
        "1.31": date(2025, 11, 30),
        "1.32": date(2026, 3, 31),
        "1.33": date(2026, 6, 30),
        "1.34": date(2026, 11, 30),
        "1.35": date(2027, 3, 31),
    },
}
"""Last day of standard support; for AKS, the last day of the month that Microsoft names."""

WARNING_DAYS = 60
"""Days before the end of standard support at which a warning begins."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """Support of a version on a cloud."""

    cloud: str
    version: str
    ends: date | None
    """Last day of standard support; None for a version newer than the calendar."""

    def __str__(self) -> str:
        """Return the last day in words."""
        service = SERVICES[self.cloud]
        if self.ends is None:
            return f"{self.version} is newer than the calendar of {service} that this release has"
        return f"standard support of {self.version} on {service} ends on {self.ends}"


def minor(version: object) -> int:
    """Return the minor version of ``1.34``, ``1.34.2`` or ``v1.34.2-gke.1``: 34. Returns 0 for any other text."""
    numbers = release(version)
    return numbers[1] if len(numbers) > 1 and numbers[0] == 1 else 0


def support(cloud: str, version: str) -> Support:
    """Return the support of a minor version on ``cloud``."""
    calendar = _STANDARD_SUPPORT[cloud]
    if minor(version) < minor(min(calendar, key=minor)):
        return Support(cloud=cloud, version=version, ends=min(calendar.values()))
    return Support(cloud=cloud, version=version, ends=calendar.get(version))


def supported(cloud: str) -> list[str]:
    """Return the versions in standard support on ``AS_OF``, oldest first."""
    return [version for version, ends in _STANDARD_SUPPORT[cloud].items() if ends >= AS_OF]


def refusal(cloud: str, version: str) -> tuple[str, str] | None:
    """Return the problem of a version and what was expected; None for a version that new clusters can use."""
    found = support(cloud, version)
    if found.ends is None or found.ends >= AS_OF:
        return None
    first, last = supported(cloud)[0], supported(cloud)[-1]
    what = f"Kubernetes {version}, whose standard support on {SERVICES[cloud]} has ended"
    return what, f"{first} to {last}, or newer"
