"""Effects of changes of third-party charts, which are compared as objects of the kind ``ChartRelease``."""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.diff.fields import Json
from quantacirc_cdk.diff.impact import Impact, rule

KIND = "ChartRelease"
"""Not a kind of Kubernetes: the release of a chart beside the system, from ``operations/<environment>.charts.yaml``."""
UPGRADE = "https://helm.sh/docs/helm/helm_upgrade/"
UNINSTALL = "https://helm.sh/docs/helm/helm_uninstall/"


def releases(charts: Mapping[str, Mapping[str, Any]]) -> list[Json]:
    """Return the chart releases of an environment, by name, as objects to compare."""
    return [
        {
            "apiVersion": "quantacirc-cdk/v1",
            "kind": KIND,
            "metadata": {"name": name, "namespace": chart.get("namespace")},
            "spec": {key: value for key, value in chart.items() if key != "namespace"},
        }
        for name, chart in charts.items()
    ]


# fmt: off
RULES = (
    rule("chart-version", Impact.UNAVAILABILITY, KIND, "spec.chart spec.version spec.digest",
         says="another version of a third-party chart: its release notes say what is replaced or migrated",
         source=UPGRADE),
    rule("chart-rights", Impact.WIDENS_ACCESS, KIND, "spec.clusterWide", when=lambda change: change.added,
         says="the chart may create objects outside its namespace", source=UPGRADE),
    rule("chart-rights-removed", Impact.UNAVAILABILITY, KIND, "spec.clusterWide", when=lambda change: change.removed,
         says="the delivery refuses objects of the chart outside its namespace", source=UPGRADE),
    rule("chart-order", Impact.NO_OP, KIND, "spec.wave spec.clusterWide",
         says="the order of installation or a reason; what runs is not affected", source=UPGRADE),
    rule("chart-values", Impact.UNAVAILABILITY, KIND, "spec.values",
         says="other values of a third-party chart: `helm diff` or `helm upgrade --dry-run` shows what they change",
         source=UPGRADE),
)
REMOVED = (
    rule("chart-removed", Impact.DATA_LOSS, KIND,
         says="the chart's objects are deleted, with the data of those that the chart does not keep",
         source=UNINSTALL),
)
# fmt: on
