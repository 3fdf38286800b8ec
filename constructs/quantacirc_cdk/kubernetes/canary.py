"""Canary releases with Argo Rollouts: a Rollout that runs the pods of a Deployment, and its analysis.

The Deployment remains: the Rollout takes the pod template from it, and scales it down when its own pods are ready. The
share of the canary is the share of the pods, because all of them are behind the same Service.

https://argo-rollouts.readthedocs.io/en/stable/features/specification/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.autoscaler import ROLLOUTS_API
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.deployment import Update
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.monitoring.slo import BURNS, Objective, canary_query
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.kubernetes import CanaryWeight, Count, PositiveSeconds

LONGEST = 63 - len("-xxxxxxxxxx-xxxxx")
"""Maximum length of the name: the API cuts longer names of pods, and the analysis finds pods by their names."""
TEMPLATE_HASH = "canary"
"""Argument of the analysis: the hash of the new pod template, which the names of its pods contain."""


@dataclass(frozen=True, kw_only=True)
class CanaryStep:
    """A step of a release."""

    weight: CanaryWeight
    """Percentage of the pods that run the new revision."""
    pause_seconds: PositiveSeconds
    """Seconds before the next step."""


@dataclass(frozen=True, kw_only=True)
class CanaryAnalysis:
    """What ends a release and restores the old pods: the new pods miss a service level objective."""

    objective: Objective
    prometheus: str
    """Address of Prometheus, for Argo Rollouts' controller."""
    burn_rate: float = BURNS[0].factor
    """Factor by which the share of bad events may exceed the one that the objective allows."""
    interval_seconds: PositiveSeconds = 60
    """Seconds between two measurements."""

    @property
    def limit(self) -> float:
        """Share of bad events above which a measurement fails."""
        return self.burn_rate * (100 - self.objective.percent) / 100


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A release in steps. It ends without intervention, because every step has an end."""

    steps: Sequence[CanaryStep]
    analysis: CanaryAnalysis | None = None
    """Measured from the first step to the last; none when absent."""


def canary_refusals(canary: Canary, identity: Identity) -> Iterator[Refusal]:
    """Yield steps that do not add pods, and an analysis that could not find a fault."""
    if not canary.steps:
        yield Refusal("steps", "none", "at least one")
    for index, (before, after) in enumerate(zip(canary.steps, canary.steps[1:], strict=False), start=1):
        if after.weight <= before.weight:
            yield Refusal(f"steps[{index}].weight", f"{after.weight}", f"more than the step before, {before.weight}")
    if canary.analysis is None:
        return
    if len(identity.name) > LONGEST:
        yield Refusal("analysis", f'the name "{identity.name}"', f"at most {LONGEST} characters with an analysis")
    if canary.analysis.limit >= 1:
        most = 100 / (100 - canary.analysis.objective.percent)
        yield Refusal("analysis.burn_rate", f"{canary.analysis.burn_rate:g}", f"less than {most:.4g}, to fail at all")
    together = sum(step.pause_seconds for step in canary.steps)
    if canary.analysis.interval_seconds >= together:
        what = f"{canary.analysis.interval_seconds}"
        yield Refusal("analysis.interval_seconds", what, f"less than all pauses together, {together}")


def rollout_spec(
    identity: Identity,
    canary: Canary,
    *,
    replicas: int | None = None,
    update: Update | None = None,
    revision_history: int = 5,
    progress_deadline_seconds: int | None = None,
) -> Data:
    """Return the ``spec`` of a Rollout for the Deployment with the same name.

    A return to one of the kept revisions has no steps. A release without progress ends like one that fails its
    analysis: with the old pods.
    """
    update = update or Update()
    analysis = {
        "args": [{"name": TEMPLATE_HASH, "valueFrom": {"podTemplateHashValue": "Latest"}}],
        "templates": [{"templateName": identity.name}],
    }
    steps: list[Data] = []
    for step in canary.steps:
        steps += [{"setWeight": step.weight}, {"pause": {"duration": f"{step.pause_seconds}s"}}]
    return {
        **compact(
            minReadySeconds=update.min_ready_seconds or None,
            rollbackWindow={"revisions": revision_history} if revision_history else None,
        ),
        **({} if replicas is None else {"replicas": replicas}),
        "progressDeadlineAbort": True,
        "progressDeadlineSeconds": progress_deadline_seconds or 600 + update.min_ready_seconds,
        "revisionHistoryLimit": revision_history,
        "selector": {"matchLabels": identity.selector},
        "strategy": {
            "canary": {
                **compact(analysis=analysis if canary.analysis else None),
                "maxSurge": update.max_surge,
                "maxUnavailable": update.max_unavailable,
                "steps": steps,
            }
        },
        "workloadRef": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": identity.name,
            "scaleDown": "progressively",
        },
    }


def analysis_spec(identity: Identity, analysis: CanaryAnalysis) -> Data:
    """Return the ``spec`` of an AnalysisTemplate that measures the new pods of a workload until its release ends.

    The second failure ends the release: a pod that has just started may fail once. So do five measurements without an
    answer of Prometheus, the default.
    """
    pods = f"{identity.name}-{{{{args.{TEMPLATE_HASH}}}}}-.+"
    return {
        "args": [{"name": TEMPLATE_HASH}],
        "metrics": [
            {
                "failureCondition": f"result[0] > {analysis.limit:.6g}",
                "failureLimit": 1,
                "interval": f"{analysis.interval_seconds}s",
                "name": "objective",
                "provider": {
                    "prometheus": {
                        "address": analysis.prometheus,
                        "query": canary_query(analysis.objective, pods),
                    }
                },
            }
        ],
    }


class Rollout(Construct):
    """A Rollout that runs the pods of the Deployment with the same name, and the AnalysisTemplate of its releases."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        identity: Identity,
        canary: Canary,
        *,
        replicas: Count | None = None,
        update: Update | None = None,
        revision_history: Count = 5,
        progress_deadline_seconds: PositiveSeconds | None = None,
    ) -> None:
        super().__init__(scope, id)
        specs = {
            "Rollout": rollout_spec(
                identity,
                canary,
                replicas=replicas,
                update=update,
                revision_history=revision_history,
                progress_deadline_seconds=progress_deadline_seconds,
            )
        }
        if canary.analysis:
            specs["AnalysisTemplate"] = analysis_spec(identity, canary.analysis)
        for kind, spec in specs.items():
            Manifest(
                self,
                kind,
                api_version=ROLLOUTS_API,
                kind=kind,
                name=identity.name,
                labels=identity.labels,
                spec=spec,
            )
