"""Chart values for the objects of a component besides its pods."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.expression import Expression, all_of, any_of, value
from quantacirc_cdk.helm.insertions import At, Entries, InPlaceOf, OnlyIf, Presence
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.alerts import Alerts
from quantacirc_cdk.helm.rules.kept_replicas import Kept
from quantacirc_cdk.helm.rules.network import extra_rules
from quantacirc_cdk.helm.rules.persistence import PersistenceRules
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schema_parts import one_of
from quantacirc_cdk.manifests import POD_TEMPLATES

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
"""Kinds that determine the number of pods: Kubernetes' own, and KEDA's (https://keda.sh)."""

ROLLOUTS = ("AnalysisTemplate", "Rollout")
"""Kinds of Argo Rollouts, which runs the pods of a Deployment and replaces them in steps."""

COUNT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 1000}


@dataclass(frozen=True, kw_only=True)
class WorkloadRules:
    """Chart values of a component, except those of its pods."""

    subject: Subject
    chart: str
    """Name of the chart."""
    alerts: Alerts = field(default_factory=Alerts, repr=False)
    """The alerts of the system."""
    optional: bool = True
    """Whether the component is optional."""
    single: bool = False
    """Whether it never has several pods, because they would share no data."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        if self.optional:
            yield self._enabled()
        yield from self._replicas()
        yield from self._service_account()
        yield from self._disruption_budget()
        yield from PersistenceRules(subject=self.subject).parameters()
        yield from self._network_policy()

    @property
    def _pods(self) -> Match:
        """The objects that create its pods."""
        return Match(keys=frozenset(self.subject.workloads))

    def _enabled(self) -> Parameter:
        return self.subject.parameter(
            "enabled",
            "Install the component.",
            schemas.BOOLEAN,
            Presence(
                on=Match(components=(self.subject.name,), keys=frozenset(self.subject.company)), witness=self._pods
            ),
            OnlyIf(on=Match(kinds=("PrometheusRule",)), items=partial(self.alerts.about, self.subject.name)),
            reason="some environments use the cloud's service instead, or none",
        )

    def _replicas(self) -> Iterator[Parameter]:
        scalers = self.subject.of_kind(*SCALERS)
        workloads = self.subject.on("Deployment", "StatefulSet")
        if not self.subject.of_kind("Deployment", "StatefulSet"):
            return
        rollouts = self.subject.of_kind("Rollout")
        enabled, in_steps = value(f"{self.subject.values}.autoscaling.enabled"), self._in_steps
        elsewhere = [*([enabled] if scalers else []), *([in_steps] if rollouts else [])]
        yield self.subject.parameter(
            "replicas",
            "Number of replicas" + ("; not used while `autoscaling.enabled`." if scalers else self._why_single),
            self._count("Deployment", "StatefulSet", "Rollout"),
            At(
                on=workloads,
                path=("spec", "replicas"),
                style="number",
                unless=any_of(*elsewhere) if elsewhere else None,
            ),
            *(
                [Kept(on=workloads, scaled=enabled, unless=in_steps if rollouts else None, chart=self.chart)]
                if scalers
                else []
            ),
            *(
                [
                    At(
                        on=self.subject.on("Rollout"),
                        path=("spec", "replicas"),
                        style="number",
                        unless=enabled if scalers else None,
                    )
                ]
                if rollouts
                else []
            ),
            reason="environments differ in load and availability",
            **({"default": 1} if scalers else {}),
        )
        if rollouts:
            yield self.subject.parameter(
                "rollout.enabled",
                "Release in steps with Argo Rollouts; without `addons.argoRollouts`, the Deployment replaces the pods.",
                schemas.BOOLEAN,
                Presence(on=self.subject.on(*ROLLOUTS)),
                reason="environments choose how a release replaces the pods",
            )
        if scalers:
            yield from self._autoscaling()

    def conditions(self) -> Iterator[Condition]:
        """Yield the condition for what an autoscaler scales."""
        if self.subject.of_kind("Rollout"):
            yield Condition(
                when=self._in_steps,
                on=self.subject.on(*SCALERS),
                within=("spec", "scaleTargetRef"),
                reason="Argo Rollouts runs the pods of the component",
            )

    @property
    def _in_steps(self) -> Expression:
        """Whether a Rollout runs the pods in place of the Deployment."""
        return all_of(value("addons.argoRollouts"), value(f"{self.subject.values}.rollout.enabled"))

    def _autoscaling(self) -> Iterator[Parameter]:
        ours, keda = self.subject.on("HorizontalPodAutoscaler"), self.subject.on("ScaledObject")
        yield self.subject.parameter(
            "autoscaling.enabled",
            "Adjust the number of replicas to the load.",
            schemas.BOOLEAN,
            Presence(on=self.subject.on(*SCALERS)),
        )
        for name, (key, keda_key) in {
            "minReplicas": ("minReplicas", "minReplicaCount"),
            "maxReplicas": ("maxReplicas", "maxReplicaCount"),
        }.items():
            at_rest = name == "minReplicas"
            yield self.subject.parameter(
                f"autoscaling.{name}",
                f"{'Minimum' if at_rest else 'Maximum'} replicas.",
                self._count("ScaledObject") if at_rest else COUNT,
                At(on=ours, path=("spec", key), style="number"),
                At(on=keda, path=("spec", keda_key), style="number"),
                reason="environments differ in load and availability",
            )
        for resource in ("cpu", "memory"):
            yield from self._target(resource)
        yield from self._scaling()

    def _scaling(self) -> Iterator[Parameter]:
        ours, keda = self.subject.on("HorizontalPodAutoscaler"), self.subject.on("ScaledObject")
        has_ours, has_keda = self.subject.of_kind(*ours.kinds), self.subject.of_kind(*keda.kinds)
        yield self.subject.parameter(
            "autoscaling.behavior",
            "Scaling speed: `behavior` of a HorizontalPodAutoscaler; empty for the component's own.",
            spec_schemas.BEHAVIOR,
            InPlaceOf(on=ours, path=("spec", "behavior")),
            InPlaceOf(on=keda, path=("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")),
            default={},
            example={"scaleDown": {"stabilizationWindowSeconds": 600}},
        )
        if has_ours:
            yield self.subject.parameter(
                "autoscaling.metrics",
                "Metrics that replace the component's own: `metrics` of a "
                "HorizontalPodAutoscaler." + (" With `addons.keda` set `triggers`." if has_keda else ""),
                spec_schemas.METRICS,
                InPlaceOf(on=ours, path=("spec", "metrics")),
                default=[],
            )
        if has_keda:
            yield self.subject.parameter(
                "autoscaling.triggers",
                "KEDA triggers that replace the component's own: `triggers` of a ScaledObject.",
                spec_schemas.TRIGGERS,
                InPlaceOf(on=keda, path=("spec", "triggers")),
                default=[],
            )

    def _count(self, *kinds: str) -> dict[str, Any]:
        """Return the schema of a number of pods, which can be 0 if it is in some environment."""
        found = [
            count
            for key in self.subject.of_kind(*kinds)
            for path in (("spec", "replicas"), ("spec", "minReplicaCount"))
            for count in self.subject.samples(key, path)
        ]
        return {**COUNT, **({"minimum": 0} if 0 in found else {}), **({"maximum": 1} if self.single else {})}

    @property
    def _why_single(self) -> str:
        return ": always 1, because several would not share their data." if self.single else "."

    def _target(self, resource: str) -> Iterator[Parameter]:
        found = [
            (key, index)
            for key in self.subject.of_kind("HorizontalPodAutoscaler")
            for metrics in self.subject.samples(key, ("spec", "metrics"))
            for index, metric in enumerate(metrics)
            if metric.get("resource", {}).get("name") == resource
        ]
        if found:
            _, index = found[0]
            path = ("spec", "metrics", index, "resource", "target", "averageUtilization")
            yield self.subject.parameter(
                f"autoscaling.{resource}Percent",
                f"Target mean use of {resource}, in percent of the request.",
                schemas.PERCENT,
                At(on=self.subject.on("HorizontalPodAutoscaler"), path=path, style="number"),
            )

    def _service_account(self) -> Iterator[Parameter]:
        if not self.subject.of_kind("ServiceAccount") or self.subject.workload is None:
            return
        accounts, key = self.subject.on("ServiceAccount"), self.subject.workload
        yield self.subject.parameter(
            "serviceAccount.create",
            "Create the ServiceAccount; otherwise, it must exist.",
            schemas.BOOLEAN,
            Presence(on=accounts, beside=self._pods),
        )
        yield self.subject.parameter(
            "serviceAccount.annotations",
            "Annotations of the ServiceAccount, such as those that bind it to a cloud identity.",
            schemas.ANNOTATIONS,
            Entries(on=accounts, path=("metadata", "annotations")),
            default={},
            example={"eks.amazonaws.com/role-arn": "arn:aws:iam::111111111111:role/web"},
            reason="each environment has different cloud identities",
        )
        workload = Match.of(key)
        path = (*POD_TEMPLATES[key.kind], "spec", "serviceAccountName")
        yield self.subject.parameter(
            "serviceAccount.name",
            "Name of an existing ServiceAccount, for `create: false`; empty for the component's own.",
            schemas.NAME,
            InPlaceOf(on=workload, path=path, style="text"),
            default="",
        )

    def _disruption_budget(self) -> Iterator[Parameter]:
        budgets = self.subject.on("PodDisruptionBudget")
        keys = self.subject.of_kind("PodDisruptionBudget")
        if not keys:
            return
        yield self.subject.parameter(
            "podDisruptionBudget.enabled",
            "Create a PodDisruptionBudget.",
            schemas.BOOLEAN,
            Presence(on=budgets, beside=self._pods),
        )
        if most := self.subject.samples(keys[0], ("spec", "maxUnavailable")):
            least = value(f"{self.subject.values}.podDisruptionBudget.minAvailable")
            yield self.subject.parameter(
                "podDisruptionBudget.maxUnavailable",
                "Number or percentage of pods that a drain can evict at once; not used with `minAvailable`.",
                spec_schemas.SHARE if {0, "0%"}.intersection(most) else spec_schemas.POSITIVE_SHARE,
                At(on=budgets, path=("spec", "maxUnavailable"), unless=least),
            )
            yield self.subject.parameter(
                "podDisruptionBudget.minAvailable",
                "Number or percentage of pods that a drain leaves running, in place of `maxUnavailable`; or empty.",
                one_of(spec_schemas.KEPT_SHARE, {"const": ""}),
                At(on=budgets, path=("spec", "minAvailable"), empty=""),
                default="",
                example="50%",
            )

    def _network_policy(self) -> Iterator[Parameter]:
        if not self.subject.of_kind("NetworkPolicy") or self.subject.workload is None:
            return
        section = f"{self.subject.values}.networkPolicy"
        yield from extra_rules(section, "the pods", self.subject.on("NetworkPolicy"))
