"""Chart values for the add-ons of a cluster, and what depends on them in the objects.

A cluster without an add-on does not have its kinds, so objects of a custom API group are always optional.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.insertions import Insertion, Presence
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.stores import says
from quantacirc_cdk.helm.settings import camel
from quantacirc_cdk.manifests import is_built_in


@dataclass(frozen=True, kw_only=True)
class Addon:
    """An add-on of a cluster."""

    key: str
    """Its name in ``values.yaml``."""
    description: str
    groups: tuple[str, ...] = ()
    """API groups of its objects."""
    kinds: tuple[str, ...] = ()
    """Kinds of its objects, where other software shares the group; all kinds when empty."""
    words: str = ""
    """Pattern of the places and values in other objects that depend on it."""
    in_place_of: tuple[str, ...] = ()
    """Built-in kinds of the same component that its objects replace."""
    usual: bool = False
    """Whether the chart uses it by default, if an environment does."""

    def has(self, key: Key) -> bool:
        """Return whether an object belongs to it."""
        return key.group in self.groups and (not self.kinds or key.kind in self.kinds)


ADDONS = {
    "keda": Addon(
        key="keda",
        description="KEDA (https://keda.sh): scaling on backlogs, in addition to CPU and memory.",
        groups=("keda.sh",),
        words=r"8222|keda",
        in_place_of=("HorizontalPodAutoscaler",),
    ),
    "cert_manager": Addon(
        key="certManager",
        description="cert-manager (https://cert-manager.io): certificates with automatic renewal.",
        groups=("cert-manager.io",),
        words=r"(?i)certificate|\btls\b|-tls\b|reload|shareProcessNamespace|cert-manager",
    ),
    "external_secrets": Addon(
        key="externalSecrets",
        description="External Secrets (https://external-secrets.io): Secrets from the cloud's secret store.",
        groups=("external-secrets.io",),
        words=r"\.secret\.optional$|external-secrets",
    ),
    "prometheus_operator": Addon(
        key="prometheusOperator",
        description="the Prometheus operator (https://prometheus-operator.dev): metrics and alerts.",
        groups=("monitoring.coreos.com",),
        words=r"(?i)prometheus|grafana|alert",
    ),
    "gateway_api": Addon(
        key="gatewayApi",
        description="the Gateway API (https://gateway-api.sigs.k8s.io): an HTTPRoute in place of an Ingress.",
        groups=("gateway.networking.k8s.io", "gateway.envoyproxy.io"),
        in_place_of=("Ingress",),
        words=r"-ingress-tls",
        usual=True,
    ),
    "gateway_policies": Addon(
        key="envoyGateway",
        description="Envoy Gateway (https://gateway.envoyproxy.io): limits of the HTTPRoutes.",
        groups=("gateway.envoyproxy.io",),
        usual=True,
    ),
    "tracing": Addon(
        key="tracing",
        description="a trace store that receives OTLP, such as Grafana Tempo or Jaeger.",
        words=r"OTEL_|(?<![a-z])otel|\b4317\b",
    ),
    "velero": Addon(
        key="velero",
        description="Velero (https://velero.io): backups of volumes.",
        groups=("velero.io",),
        words=r"velero",
    ),
    "kyverno": Addon(
        key="kyverno",
        description="Kyverno (https://kyverno.io): a policy that admits only signed images.",
        groups=("kyverno.io", "policies.kyverno.io"),
        words=r"(?i)kyverno",
    ),
    "argo_rollouts": Addon(
        key="argoRollouts",
        description="Argo Rollouts (https://argoproj.github.io/rollouts/): releases in steps.",
        groups=("argoproj.io",),
        kinds=("AnalysisTemplate", "Rollout"),
        words=r"argoproj\.io",
    ),
    "cilium": Addon(
        key="cilium",
        description="Cilium (https://cilium.io): egress by host name, and connections from nodes.",
        groups=("cilium.io",),
        words=r"cilium",
    ),
}
"""Add-ons by their name in the model."""


@dataclass(frozen=True, kw_only=True)
class AddonRules:
    """Chart values of the add-ons."""

    keys: frozenset[Key]
    """All objects of all environments."""
    known: Mapping[str, Mapping[str, bool]]
    """Whether the cluster has each add-on, by add-on and environment."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield a switch for every add-on that objects depend on, and for every other custom API group."""
        for name, addon in ADDONS.items():
            yield Parameter(
                path=f"addons.{addon.key}",
                description=f"The cluster has {addon.description}",
                schema=schemas.BOOLEAN,
                known=self.known.get(name, {}),
                default=addon.usual and any(self.known.get(name, {}).values()),
                insertions=list(self._insertions(addon)),
                reason="clusters have different add-ons",
                if_used=True,
            )
        for group, kinds in self._others():
            if not is_built_in(group):
                yield Parameter(
                    path=f"addons.{camel(group.split('.')[0])}",
                    description=f"The cluster has the kinds of `{group}`.",
                    schema=schemas.BOOLEAN,
                    insertions=[Presence(on=Match(groups=(group,), kinds=kinds))],
                    reason="clusters have different add-ons",
                )

    def conditions(self) -> Iterator[Condition]:
        """Yield conditions for what depends on add-ons in other objects."""
        for addon in ADDONS.values():
            if addon.words:
                yield Condition(
                    when=value(f"addons.{addon.key}"),
                    explains=says(addon.words),
                    reason=f"the cluster has {addon.description.partition(' (')[0]}",
                )

    def _others(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each API group of objects that belong to no add-on, with their kinds where an add-on has others."""
        found: dict[str, set[str]] = {}
        for key in self.keys:
            if not any(addon.has(key) for addon in ADDONS.values()):
                found.setdefault(key.group, set()).add(key.kind)
        shared = {group for addon in ADDONS.values() for group in addon.groups if addon.kinds}
        for group in sorted(found):
            yield group, tuple(sorted(found[group])) if group in shared else ()

    def _insertions(self, addon: Addon) -> Iterator[Insertion]:
        if any(map(addon.has, self.keys)):
            yield Presence(on=Match(groups=addon.groups, kinds=addon.kinds))
        both = _components(key for key in self.keys if addon.has(key))
        both &= _components(key for key in self.keys if key.kind in addon.in_place_of)
        if both:
            yield Presence(on=Match(kinds=addon.in_place_of, components=tuple(sorted(both))), inverse=True)


def _components(keys: Iterable[Key]) -> set[str]:
    return {key.component for key in keys if key.component}
