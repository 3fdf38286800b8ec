"""The objects of a service."""

from dataclasses import replace

from constructs import Construct

from quantacirc_cdk.kinds.service.monitoring import objective
from quantacirc_cdk.kinds.service.spec import rollout_of
from quantacirc_cdk.kubernetes.canary import Canary, CanaryAnalysis, CanaryStep
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.workloads import workload_props
from quantacirc_cdk.kubernetes.web_service import WebService


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its Deployment and related objects."""
    WebService(scope, name, replace(workload_props(context, name), canary=canary(context, name)))


def canary(context: Context, name: str) -> Canary | None:
    """Return the steps of its releases; None without a rollout in the environment."""
    rollout = rollout_of(context, name)
    if rollout is None:
        return None
    stated, measured, cluster = rollout.analysis, objective(context, name), context.environment.cluster
    prometheus = f"http://{cluster.prometheus_service}.{cluster.monitoring_namespace}:{cluster.prometheus_port}"
    return Canary(
        steps=[CanaryStep(weight=step.weight, pause_seconds=step.pause_seconds) for step in rollout.steps],
        analysis=CanaryAnalysis(
            objective=measured,
            prometheus=prometheus,
            burn_rate=stated.burn_rate,
            interval_seconds=stated.interval_seconds,
        )
        if stated and measured
        else None,
    )
