"""What the page is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.given import Given, Need, given
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.operators import NeededOperator, needed_operators
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

    @cached_property
    def given(self) -> Mapping[str, Mapping[Given, Need]]:
        """What you create before the first deployment, by environment; without environments that need nothing."""
        found = {name: _with_keys(site, given(self.objects[name], site.namespace)) for name, site in self.sites.items()}
        return {name: needs for name, needs in found.items() if needs}

    @cached_property
    def operators(self) -> Mapping[str, Sequence[NeededOperator]]:
        """The operators that the objects need, by environment; without environments that need none."""
        found = {name: needed_operators(site, self.objects[name]) for name, site in self.sites.items()}
        return {name: needed for name, needed in found.items() if needed}

    @property
    def names(self) -> list[str]:
        """Names of the environments, sorted."""
        return list(self.sites)


def _with_keys(site: Site, found: Mapping[Given, Need]) -> Mapping[Given, Need]:
    """Add the keys that clients of a store read from its Secret as files."""
    stores = {site.secret(name): component.own_secret_keys for name, component in site.system.components.items()}
    return {
        one: replace(need, keys=sorted({*need.keys, *stores.get(one.name, ())})) if one.kind == "Secret" else need
        for one, need in found.items()
    }
