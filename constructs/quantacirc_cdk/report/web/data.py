"""What the page is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.prices import Prices
from quantacirc_cdk.report.stacks import StackResources
from quantacirc_cdk.report.waivers import Accepted

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """What the page is made from."""

    project: Project
    objects: Mapping[str, Sequence[Json]]
    """Rendered objects by environment."""
    matrices: Sequence[Json]
    """Reachability by environment."""
    parity: Json
    """Result of ``helm.parity``."""
    stacks: Sequence[StackResources]
    accepted: Sequence[Accepted]
    prices: Prices
    left_out: Sequence[LeftOut]
    changes: Report | None = None
    """Comparison with a revision; none in ``dist/``."""

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """The environments, sorted by name."""
        return {name: Site(self.project.system, one) for name, one in sorted(self.project.environments.items())}

    @property
    def names(self) -> list[str]:
        """Names of the environments, sorted."""
        return list(self.sites)
