"""Chart values for the way in through a Gateway: what an HTTPRoute and the objects beside it depend on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import Expression, argument
from quantacirc_cdk.helm.ingress_variant import CERTIFICATE, OF_ROUTES
from quantacirc_cdk.helm.insertions import At, Insertion, Presence, Spot
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, places
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schema_parts import may_be_empty

_DURATION = {"type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"}
"""https://gateway-api.sigs.k8s.io/geps/gep-2257/"""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """The listener of a route: ``https`` with TLS, or ``http``."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the listener, return whether it is ``https``, and insert the choice by the parameter."""
        found: list[Any] = []
        tls = spot.parameter.expression

        def compute(scope: Any) -> str:
            return "https" if tls.compute(scope) else "http"

        for container, key in places(spot.tree, ("spec", "parentRefs", EACH, "sectionName")):
            if container[key] in ("http", "https"):
                found.append(container[key] == "https")
                container[key] = Insert(Expression(f'ternary "https" "http" {tls.helm}', compute))
        return found


@dataclass(frozen=True, kw_only=True)
class RoutedPath:
    """A field of the match of the rule that leads to the component; other rules can close paths."""

    on: Match
    field: str
    services: frozenset[str]
    """The Services that select its pods."""
    kind: bool = False
    """Whether it is the type of the match, which Gateway API and Ingress name differently."""

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the field, and insert the parameter."""
        found: list[Any] = []
        given = spot.parameter.expression
        for rule in spot.tree["spec"].get("rules") or []:
            targets = {target.get("name") for target in rule.get("backendRefs") or []}
            for match in rule.get("matches") or [] if targets & self.services else ():
                path = match.get("path", {})
                if self.field in path:
                    found.append("Prefix" if path[self.field] == "PathPrefix" else path[self.field])
                    path[self.field] = Insert(_match_type(given) if self.kind else given)
        return found


@dataclass(frozen=True, kw_only=True)
class BodySize:
    """The limit of request bodies in a policy of an HTTPRoute, which has no limit without it."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the limit, return it or an empty text, and insert the parameter."""
        spec = spot.tree["spec"]
        if any(target["kind"] != "HTTPRoute" for target in spec["targetRefs"]):
            return []
        given, there = spot.parameter.expression, spec.get("requestBuffer", {})
        spec["requestBuffer"] = Choice(given, {"limit": Insert(given, "json")})
        return [there.get("limit", "")]


@dataclass(frozen=True, kw_only=True)
class GatewayRules:
    """Chart values of a component's HTTPRoutes. Those that it shares with an Ingress are in ``ExposureRules``."""

    subject: Subject

    @property
    def objects(self) -> frozenset[Key]:
        """All objects of its routes, which exist only while it is public."""
        return frozenset(
            key
            for key in self.subject.objects
            if key.kind == "Ingress" or key.group in OF_ROUTES or key in self._certificates
        )

    @property
    def _certificates(self) -> list[Key]:
        return [key for key in self.subject.of_kind("Certificate") if key.name.endswith(CERTIFICATE)]

    @property
    def _routes(self) -> list[Key]:
        """The HTTPRoutes and GRPCRoutes that lead to Services, unlike redirects."""
        return [
            key
            for key in self.subject.of_kind("HTTPRoute", "GRPCRoute")
            if any(rule.get("backendRefs") for rules in self.subject.samples(key, ("spec", "rules")) for rule in rules)
        ]

    def tls(self) -> Iterator[Insertion]:
        """Yield the places of the switch for TLS."""
        if not self._routes:
            return
        routes = Match(keys=frozenset(self._routes))
        yield Listener(on=routes)
        redirects = {*self.subject.of_kind("HTTPRoute")} - {*self._routes}
        secured = frozenset({*redirects, *self.subject.of_kind("ReferenceGrant"), *self._certificates})
        if secured:
            yield Presence(on=Match(keys=secured, components=(self.subject.name,)), beside=routes)

    def path(self, field: str, route: str, services: frozenset[str]) -> Iterator[Insertion]:
        """Yield the places of the path (``value``) of a route, or of its type (``type``)."""
        keys = frozenset(key for key in self._routes if key.name == route)
        if keys:
            yield RoutedPath(on=Match(keys=keys), field=field, services=services, kind=field == "type")

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters that an Ingress does not have."""
        if not self._routes:
            return
        routes, policies = self.subject.on("HTTPRoute"), self.subject.on("BackendTrafficPolicy")
        attached = self.subject.on("HTTPRoute", "GRPCRoute", "TLSRoute")
        parents, grants = ("spec", "parentRefs", EACH), ("spec", "from", EACH, "namespace")
        yield self.subject.parameter(
            "ingress.gateway.name",
            "Gateway of the HTTPRoute, with the listeners `http` and `https`; TLSRoutes need `tls` or `tls-PORT`.",
            schemas.OBJECT_NAME,
            At(on=attached, path=(*parents, "name"), style="text"),
            reason="clusters have different Gateways",
        )
        yield self.subject.parameter(
            "ingress.gateway.namespace",
            "Namespace of the Gateway.",
            schemas.DNS_LABEL,
            At(on=attached, path=(*parents, "namespace"), style="text"),
            At(on=self.subject.on("ReferenceGrant"), path=grants, style="text"),
            reason="clusters have different Gateways",
        )
        yield self.subject.parameter(
            "ingress.timeout",
            "Time to wait for a response with an HTTPRoute, such as `60s`.",
            _DURATION,
            At(on=routes, path=("spec", "rules", EACH, "timeouts", "request"), style="text"),
            reason="environments differ in load and availability",
        )
        if self._certificates:
            yield self.subject.parameter(
                "ingress.issuer",
                "ClusterIssuer of the certificate, with an HTTPRoute.",
                schemas.OBJECT_NAME,
                At(on=Match(keys=frozenset(self._certificates)), path=("spec", "issuerRef", "name"), style="text"),
                reason="clusters have different issuers",
            )
        if self.subject.of_kind("BackendTrafficPolicy"):
            yield self.subject.parameter(
                "ingress.limits.requestsPerSecond",
                "Maximum requests per second of all clients of one proxy, with Envoy Gateway.",
                {"type": "integer", "minimum": 1, "maximum": 100000},
                At(
                    on=policies,
                    path=("spec", "rateLimit", "local", "rules", EACH, "limit", "requests"),
                    style="number",
                ),
                reason="environments differ in load and availability",
            )
            yield self.subject.parameter(
                "ingress.limits.bodySize",
                "Maximum size of a request body, with Envoy Gateway; no limit when empty. With a limit, Envoy reads a "
                "body whole before it forwards it, so that WebSockets and streams do not work.",
                may_be_empty(schemas.SIZE),
                BodySize(on=policies),
                reason="environments differ in load and availability",
            )


def _match_type(path_type: Expression) -> Expression:
    """Return the type of a match in Gateway API for one of an Ingress."""

    def compute(scope: Any) -> str:
        return "Exact" if path_type.compute(scope) == "Exact" else "PathPrefix"

    return Expression(f'ternary "Exact" "PathPrefix" (eq {argument(path_type)} "Exact")', compute)
