"""The operators that the manifests of each environment need, and who installs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.doctor.requirements import requirements
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.operators import operator_of


@dataclass(frozen=True, kw_only=True)
class NeededOperator:
    """An operator without which the API refuses objects of an environment."""

    name: str
    """Its name; the API group where the operator is not known."""
    url: str
    """Page about its installation; empty where it is not known."""
    kinds: tuple[str, ...]
    """Kinds of the objects that need it, sorted."""
    component: str
    """Component that installs it before the system; empty if you do."""


def needed_operators(site: Site, objects: Sequence[dict[str, Any]]) -> list[NeededOperator]:
    """Return the operators that ``objects`` need, sorted by name."""
    installed = {name: chart.name for chart in chart_releases(site) for name in chart.provides}
    kinds: dict[tuple[str, str], set[str]] = {}
    for api_version, kind in requirements(objects, site.namespace).kinds:
        group = api_version.rpartition("/")[0]
        operator = operator_of(group, kind)
        kinds.setdefault((operator.name, operator.url) if operator else (group, ""), set()).add(kind)
    return [
        NeededOperator(name=name, url=url, kinds=tuple(sorted(found)), component=installed.get(name, ""))
        for (name, url), found in sorted(kinds.items(), key=lambda one: one[0][0].lower())
    ]
