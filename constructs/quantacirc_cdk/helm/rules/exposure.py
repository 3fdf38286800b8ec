"""Chart values for access to a component from outside the cluster: its Ingress or HTTPRoute."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.helm import network_schemas, schemas, spec_schemas
from quantacirc_cdk.helm.expression import Expression, Scope, value
from quantacirc_cdk.helm.insertions import Added, At, Entries, Presence, Spot, Switch
from quantacirc_cdk.helm.node import Extended, Insert
from quantacirc_cdk.helm.objects import Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.certificates import CertificateRules
from quantacirc_cdk.helm.rules.client_addresses import ClientAddressRules
from quantacirc_cdk.helm.rules.gateway import GatewayRules
from quantacirc_cdk.helm.rules.hosts import ROUTED, HostRules, first_ingress
from quantacirc_cdk.helm.rules.subject import Subject

OF_CONTROLLER = re.compile(r"([-a-z0-9.]+\.)?ingress\.kubernetes\.io/|argocd\.argoproj\.io/")
"""Annotations of a specific ingress controller, and for the deployment order."""


@dataclass(frozen=True, kw_only=True)
class OfClass:
    """Annotations of an Ingress for the controller of its class."""

    on: Match
    of_class: Expression
    """Annotations for the class that the user sets."""

    def insert(self, spot: Spot) -> list[Any]:
        """Remove them, insert those of the user's class, and return them by class."""
        metadata = spot.tree["metadata"]
        there = metadata.get("annotations") or {}
        annotations, more = (there.base, there.more) if isinstance(there, Extended) else (there, ())
        taken = {key: text for key, text in annotations.items() if OF_CONTROLLER.match(key)}
        rest = {key: text for key, text in annotations.items() if key not in taken}
        metadata["annotations"] = Extended(rest, (*more, self.of_class))
        return [{str(spot.tree["spec"].get("ingressClassName", "")): taken} if taken else {}]


@dataclass(frozen=True, kw_only=True)
class OfMainPath:
    """A field of the Ingress path that is routed to the component; other paths can be closed."""

    on: Match
    field: str
    services: frozenset[str]
    """The Services that select its pods."""

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the field, and insert the parameter."""
        found: list[Any] = []
        for rule in spot.tree["spec"].get("rules") or []:
            for path in rule.get("http", {}).get("paths") or [] if isinstance(rule, dict) else ():
                if path.get("backend", {}).get("service", {}).get("name") in self.services and self.field in path:
                    found.append(path[self.field])
                    path[self.field] = Insert(spot.parameter.expression)
        return found


@dataclass(frozen=True, kw_only=True)
class ExposureRules:
    """Chart values for access to a component."""

    subject: Subject
    manifests: Manifests = field(default_factory=dict)

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        yield from self._ingress()

    @property
    def _backends(self) -> list[str]:
        return [key.name for key in self.subject.reachable_services]

    def _of_class(self) -> Expression:
        """Return the annotations for the class of the Ingress."""
        section = f"{self.subject.values}.ingress"
        all_of_them, name = value(f"{section}.classAnnotations"), value(f"{section}.className")

        def compute(scope: Scope) -> Mapping[str, Any]:
            found: Mapping[str, Any] = (all_of_them.compute(scope) or {}).get(name.compute(scope) or "", {})
            return found

        return Expression(f"get {all_of_them.helm} {name.helm} | default (dict)", compute)

    def _ingress(self) -> Iterator[Parameter]:
        routes = self.subject.of_kind(*ROUTED)
        if not routes:
            return
        ingress, both = self.subject.on("Ingress"), self.subject.on(*ROUTED)
        gateway = GatewayRules(subject=self.subject)
        yield self.subject.parameter(
            "ingress.enabled",
            "Make it reachable from outside the cluster.",
            schemas.BOOLEAN,
            Presence(on=Match(keys=gateway.objects, components=(self.subject.name,))),
            default=False,
            reason="only some environments are public",
        )
        yield from HostRules(subject=self.subject, manifests=self.manifests).parameters()
        yield self.subject.parameter(
            "ingress.labels",
            "Additional labels of the Ingress or HTTPRoute.",
            schemas.LABELS,
            Added(on=both, path=("metadata", "labels")),
            default={},
        )
        yield from gateway.parameters()
        yield from ClientAddressRules(subject=self.subject, manifests=self.manifests).parameters()
        if any(key.kind == "Ingress" for key in routes):
            yield self.subject.parameter(
                "ingress.classAnnotations",
                "Annotations of the Ingress by IngressClass: only those of `className` are used.",
                spec_schemas.BY_CLASS,
                OfClass(on=ingress, of_class=self._of_class()),
                reason="each ingress controller has its own annotations",
            )
            yield self.subject.parameter(
                "ingress.className",
                "IngressClass.",
                schemas.NAME,
                At(on=ingress, path=("spec", "ingressClassName"), style="text", empty=""),
                reason="clusters have different ingress controllers",
            )
            yield self.subject.parameter(
                "ingress.annotations",
                "Annotations of the Ingress for any class.",
                schemas.ANNOTATIONS,
                Entries(on=ingress, path=("metadata", "annotations")),
                reason="certificates and redirects depend on the cluster",
            )
            yield from self._path(gateway)
            yield from CertificateRules(subject=self.subject).parameters()
            yield self.subject.parameter(
                "ingress.tls",
                "Use TLS, with the certificate in a Secret.",
                schemas.BOOLEAN,
                Switch(on=ingress, path=("spec", "tls")),
                *gateway.tls(),
                reason="a local environment has no certificates",
            )

    def _path(self, gateway: GatewayRules) -> Iterator[Parameter]:
        """Yield the path of the first route and its type; another route has its own path."""
        first, backends = first_ingress(self.subject), frozenset(self._backends)
        several = len(self.subject.of_kind("Ingress")) > 1
        what = f"Path {f'of the route {first.name} ' if several else ''}that leads to it, with everything below."
        for name, said, schema in (
            ("path", what, network_schemas.ROUTE_PATH),
            ("pathType", "Match type of `path`.", {"enum": ["Exact", "ImplementationSpecific", "Prefix"]}),
        ):
            yield self.subject.parameter(
                f"ingress.{name}",
                said,
                schema,
                OfMainPath(on=Match.of(first), field=name, services=backends),
                *gateway.path("value" if name == "path" else "type", first.name, backends),
                reason="environments use different paths",
            )
