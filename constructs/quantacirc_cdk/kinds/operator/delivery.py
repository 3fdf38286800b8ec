"""Delivery of an operator: its chart, with the values that follow from the model."""

from quantacirc_cdk.kinds.operator.spec import Operator, OperatorSettings
from quantacirc_cdk.kinds.operator.values import plugin_values, values_of
from quantacirc_cdk.model.chart_release import ChartRelease
from quantacirc_cdk.model.needs.merge import merged
from quantacirc_cdk.model.site import Site


def release(site: Site, name: str) -> ChartRelease | None:
    """Return its release in an environment; None if it is not installed there."""
    operator, here = site.component(name, Operator), site.settings_as(name, OperatorSettings)
    namespace = operator.installs_into(site, name)
    if namespace is None:
        return None
    recipe = operator.recipe
    of_model = merged(values_of(operator.operator, site), plugin_values(site, operator.plugins))
    own = merged(of_model, dict(operator.values))
    return ChartRelease(
        name=name,
        chart=operator.address,
        version=here.version or operator.version,
        digest=here.digest or operator.digest or "",
        namespace=namespace,
        wave=recipe.wave,
        values=merged(own, dict(here.values)),
        cluster_wide=f"{recipe.title} serves the whole cluster.",
        provides=recipe.provides,
    )
