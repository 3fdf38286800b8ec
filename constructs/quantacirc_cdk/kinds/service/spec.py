"""Sections of the model for a service."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.kinds.workload.spec import Scaled
from quantacirc_cdk.limits import formats
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, ServingSettings, Settings
from quantacirc_cdk.model.facts import metrics
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System

LONGEST_ANALYZED = 63 - len("-xxxxxxxxxx-xxxxx")
"""Maximum length of a name with an analysis, which finds pods by their names: the API cuts longer names of pods."""
LONGEST_RELEASE = 7200
"""Maximum seconds of the pauses of a release: its job also takes it back, within the six hours that a job may take."""


class RequestObjective(Section):
    """A service level objective: the percentage of requests that must succeed over thirty days."""

    percent: Annotated[float, Field(ge=50, lt=100)]
    """Percentage of requests that must succeed, such as 99.5."""
    metric: formats.MetricName = "http_requests_total"
    """Counter of all requests, among the metrics of the service."""
    failed: Annotated[dict[formats.MetricLabel, formats.LabelPattern], Field(min_length=1)] = {"code": "5.."}
    """Labels of the requests that have failed, each with a regular expression of its values."""


class RolloutStep(Section):
    """A step of a release."""

    weight: Annotated[int, Field(ge=1, le=99)]
    """Percentage of the pods that run the new revision."""
    pause_seconds: Annotated[int, Field(ge=1, le=LONGEST_RELEASE)]
    """Seconds before the next step."""


class RolloutAnalysis(Section):
    """Measures the objective of the service on the new pods; a release that misses it is taken back."""

    burn_rate: Annotated[float, Field(gt=0, le=1000)] = 14.4
    """Factor by which the share of failed requests may exceed the one that the objective allows."""
    interval_seconds: Annotated[int, Field(ge=10, le=3600)] = 60
    """Seconds between two measurements."""


class RolloutSpec(Section):
    """Releases in steps with Argo Rollouts (canary): each step replaces more pods, and the last one all of them."""

    steps: Annotated[list[RolloutStep], Field(min_length=1, max_length=20)]
    """Steps, each with a larger weight than the one before. All pods are new after the last one."""
    analysis: RolloutAnalysis | None = None
    """Measurement of the objective until the release ends; none when absent."""

    @property
    def pause_seconds(self) -> int:
        """Seconds of all pauses together."""
        return sum(step.pause_seconds for step in self.steps)


class WebServiceSettings(ServingSettings):
    """Settings of a service in an environment."""

    rollout: RolloutSpec | None = None
    """Replace its pods in steps; a rolling update when absent."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a rollout that could not work, or could find no fault."""
        yield from super().problems(site, name)
        if self.rollout:
            yield from _rollout_problems(self.rollout, site, name)


class WebService(Scaled):
    """Answers HTTP."""

    settings: ClassVar[type[Settings]] = WebServiceSettings
    role: ClassVar[str] = "web"
    imports: ClassVar[str] = "Deployment"

    kind: Literal["service"]
    """Answers HTTP."""
    objective: RequestObjective | None = None
    """Its service level objective; alerts report how fast the error budget is used up."""

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield an objective of a service without metrics."""
        yield from super().problems(system, name)
        if self.objective and metrics(system, self) is None:
            yield ("objective",), "an objective of a service without metrics", "`metrics`, or no objective"

    def pauses(self, site: Site, name: str) -> int | None:
        """Return the seconds of all steps of its rollout in an environment; None without a rollout."""
        rollout = rollout_of(site, name)
        return rollout.pause_seconds if rollout else None


def rollout_of(site: Site, name: str) -> RolloutSpec | None:
    """Return the rollout of a component in an environment, if its kind has one."""
    settings = site.settings(name)
    return settings.rollout if isinstance(settings, WebServiceSettings) else None


def _rollout_problems(rollout: RolloutSpec, site: Site, name: str) -> Iterator[Finding]:
    component, replicas = site.component(name, WebService), site.replicas(name)
    if not site.environment.cluster.addons.argo_rollouts:
        yield (
            ("rollout",),
            "a rollout in a cluster without Argo Rollouts",
            "`cluster.addons.argo_rollouts: true`, or none",
        )
    if replicas.min < 2:
        what = f"a rollout of {replicas.min} replica{'' if replicas.min == 1 else 's'}, which has no steps"
        yield ("rollout",), what, "at least 2 as `replicas.min`, or no rollout"
    if component.runs_alone:
        what = "a rollout of a component whose old pods stop before new ones start"
        yield ("rollout",), what, "no rollout, no `update.recreate`, and volumes that several nodes can mount"
    if component.autoscaling.recommend:
        what = "a rollout beside `autoscaling.recommend`, whose target is the Deployment"
        yield ("rollout",), what, "one of them"
    for index, (before, after) in enumerate(pairwise(rollout.steps), start=1):
        if after.weight <= before.weight:
            place = ("rollout", "steps", index, "weight")
            yield place, f"a weight of {after.weight} after {before.weight}", "a larger one than in the step before"
    if rollout.pause_seconds > LONGEST_RELEASE:
        what = f"pauses of {rollout.pause_seconds} seconds together"
        yield ("rollout", "steps"), what, f"at most {LONGEST_RELEASE}, which the pipeline and Flux wait for"
    if rollout.analysis:
        yield from _analysis_problems(rollout, rollout.analysis, site, name)


def _analysis_problems(rollout: RolloutSpec, analysis: RolloutAnalysis, site: Site, name: str) -> Iterator[Finding]:
    place, objective = ("rollout", "analysis"), site.component(name, WebService).objective
    if objective is None:
        yield place, "an analysis of a service without an objective", "`objective` of the component in the system"
    elif analysis.burn_rate * (100 - objective.percent) >= 100:
        what = f"a burn rate of {analysis.burn_rate:g}, which no share of failed requests reaches"
        expected = f"less than {100 / (100 - objective.percent):.4g}"
        yield (*place, "burn_rate") if "burn_rate" in analysis.model_fields_set else place, what, expected
    if not site.environment.cluster.addons.prometheus_operator:
        what = "an analysis in a cluster without Prometheus"
        yield place, what, "`cluster.addons.prometheus_operator: true`, or none"
    if analysis.interval_seconds >= rollout.pause_seconds:
        together = f"a release that pauses for {rollout.pause_seconds}"
        what = f"{analysis.interval_seconds} seconds between measurements of {together}"
        yield place, what, "pauses that are longer together"
    if len(name) > LONGEST_ANALYZED:
        what = f"an analysis of a component whose name has {len(name)} characters"
        yield place, what, f"at most {LONGEST_ANALYZED}, because longer names of pods are cut"


KIND = WebService
