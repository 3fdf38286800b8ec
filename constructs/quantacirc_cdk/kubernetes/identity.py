"""Identity of a workload: its labels, and the immutable part of them for selectors.

The labels are those of https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/.
"""

import re
from dataclasses import dataclass

from quantacirc_cdk.limits.kubernetes import SELECTOR_LABELS, DnsLabel, LabelValue


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The name of a workload and its place in an application."""

    name: DnsLabel
    """Name of the workload, and of its Kubernetes objects."""
    component: LabelValue = "app"
    """Its role, such as ``worker``, ``web`` or ``database``."""
    instance: LabelValue | None = None
    """Instance of the application; the name when absent."""
    part_of: LabelValue | None = None
    """Application that it is part of."""
    version: str | None = None
    """Version of the software, in any scheme."""

    @property
    def selector(self) -> dict[str, str]:
        """Labels that select its pods. A selector is immutable, so it contains no label that a release changes."""
        values = (self.component, self.instance or self.name, self.name)
        return dict(zip(SELECTOR_LABELS, values, strict=True))

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its objects: the selector, and informational labels for people and dashboards."""
        labels = self.selector | {"app.kubernetes.io/managed-by": "quantacirc-cdk"}
        if self.part_of:
            labels["app.kubernetes.io/part-of"] = self.part_of
        if self.version:
            labels["app.kubernetes.io/version"] = label_value(self.version)
        return dict(sorted(labels.items()))


def label_value(text: str) -> str:
    """Return a text as a valid label value: cut to the maximum length, with valid first and last characters."""
    return re.sub(r"[^-A-Za-z0-9_.]", "_", text)[:63].strip("-_.")
