"""Service level objectives of services."""

from collections.abc import Sequence

from quantacirc_cdk.kinds.service.spec import WebService
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import INSTANCE, own_matchers
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, burn_rate_alerts, burn_rate_recordings
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the recorded error ratios and the alerts of each service with an objective."""
    found = [stated for name in names if (stated := objective(context, name))]
    recordings = [one for stated in found for one in burn_rate_recordings(stated)]
    alerts = [one for stated in found for one in burn_rate_alerts(stated)]
    return [RuleGroup(name="requests", rules=[*recordings, *alerts])] if found else []


def objective(context: Context, name: str) -> Objective | None:
    """Return the objective for the requests of a service; None if it has none."""
    stated = context.component(name, WebService).objective
    if stated is None:
        return None
    own = f'{own_matchers(context.namespace, context.system.name)},job="{name}"'
    failed = ",".join(f'{label}=~"{values}"' for label, values in sorted(stated.failed.items()))
    return Objective(
        name="Request",
        noun="requests",
        series="service:requests",
        by=("job",),
        bad=f"{stated.metric}{{{own},{failed}}}",
        total=f"{stated.metric}{{{own}}}",
        percent=stated.percent,
        labels={"namespace": context.namespace, INSTANCE: context.system.name, "job": name},
    )
