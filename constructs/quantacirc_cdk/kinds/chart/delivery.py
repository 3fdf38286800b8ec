"""Delivery of a third-party chart."""

from quantacirc_cdk.kinds.chart.spec import Chart, ChartSettings
from quantacirc_cdk.model.chart_release import ChartRelease
from quantacirc_cdk.model.needs.merge import merged
from quantacirc_cdk.model.site import Site


def release(site: Site, name: str) -> ChartRelease | None:
    """Return its release in an environment; None if it is not installed there."""
    chart, here = site.component(name, Chart), site.settings_as(name, ChartSettings)
    namespace = chart.installs_into(site, name)
    if namespace is None:
        return None
    return ChartRelease(
        name=name,
        chart=chart.chart,
        version=here.version or chart.version,
        digest=here.digest or chart.digest or "",
        namespace=namespace,
        wave=chart.wave,
        values=merged(dict(chart.values), dict(here.values)),
        cluster_wide=chart.cluster_wide or "",
    )
