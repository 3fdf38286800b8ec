"""Service level objectives of services, and alerts on their rollouts."""

from collections.abc import Sequence

from quantacirc_cdk.kinds.service.spec import WebService
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import INSTANCE, own_matchers
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, burn_rate_alerts, burn_rate_recordings
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the recorded error ratios and the alerts of each service with an objective, and those on rollouts."""
    found = [stated for name in names if (stated := objective(context, name))]
    recordings = [one for stated in found for one in burn_rate_recordings(stated)]
    alerts = [one for stated in found for one in burn_rate_alerts(stated)]
    groups = [RuleGroup(name="requests", rules=[*recordings, *alerts])] if found else []
    in_steps = [name for name in names if name in context.in_steps]
    return [*groups, rollout_rules(context.namespace, in_steps)] if in_steps else groups


def rollout_rules(namespace: str, names: Sequence[str]) -> RuleGroup:
    """Return the alerts on Rollouts, from the metrics of Argo Rollouts' controller.

    The label with the namespace of a Rollout is ``namespace`` or ``exported_namespace``, depending on how the
    controller is scraped.
    """
    own = f'name=~"{"|".join(sorted(names))}"'

    def seen(metric: str, more: str = "") -> str:
        both = (f'{metric}{{{label}="{namespace}",{own}{more}}}' for label in ("exported_namespace", "namespace"))
        return f"max by (name) ({' or '.join(both)})"

    broken = seen("rollout_info", ',phase="Degraded"')
    degraded = Alert(
        name="RolloutDegraded",
        expression=f"{broken} == 1",
        minutes=5,
        severity="warning",
        summary="The last release of {{ $labels.name }} has ended with the old pods, or does not progress.",
        description="Its new pods missed the objective or did not become ready. The old pods serve all requests until "
        "another release succeeds.",
    )
    missing = Alert(
        name="RolloutPodsMissing",
        expression=f"{seen('rollout_info_replicas_available')}\n< {seen('rollout_info_replicas_desired')}",
        minutes=15,
        severity="warning",
        summary="The Rollout {{ $labels.name }} has fewer available pods than replicas.",
        description="Pods have not become available for 15 minutes: no node has capacity, the image cannot be pulled, "
        "or they are not ready.",
    )
    return RuleGroup(name="rollouts", rules=[degraded, missing])


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
