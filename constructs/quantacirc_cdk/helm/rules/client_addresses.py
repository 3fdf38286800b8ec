"""Chart values for the client addresses of a component's routes, and the refusal of values that nothing enforces.

Envoy Gateway enforces them with a SecurityPolicy, and ingress-nginx with an annotation of the Ingress.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import network_schemas
from quantacirc_cdk.helm.expression import Expression, all_of, any_of, equals, has, negated, value
from quantacirc_cdk.helm.insertions import At, Presence, Spot
from quantacirc_cdk.helm.node import Extended
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.helm.refusals import Refusal
from quantacirc_cdk.helm.rules.hosts import routes_of
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry
from quantacirc_cdk.limits.routes import NGINX_RANGES
from quantacirc_cdk.manifests import Data

_POLICY = ("spec", "authorization", "rules")
_GATEWAY_ROUTES = ("HTTPRoute", "GRPCRoute")
_WITH_CLASS = "nginx"
"""The IngressClass whose controller reads the annotation."""


@dataclass(frozen=True, kw_only=True)
class InAnnotation:
    """The client addresses in the annotation of an Ingress of ingress-nginx."""

    on: Match
    class_name: Expression

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the annotation, return its addresses, and insert the parameter for the class of the annotation."""
        metadata = spot.tree["metadata"]
        annotations = metadata.get("annotations") or {}
        found = _annotated(annotations)
        if NGINX_RANGES[0] in annotations and not found:
            return []
        rest = {key: text for key, text in annotations.items() if key != NGINX_RANGES[0]}
        metadata["annotations"] = Extended(rest, (self._annotation(spot.parameter.expression),))
        return [found]

    def _annotation(self, ranges: Expression) -> Expression:
        known = equals(self.class_name, _WITH_CLASS)

        def compute(scope: Any) -> Mapping[str, str]:
            given = ranges.compute(scope)
            return {NGINX_RANGES[0]: ",".join(given)} if given and known.compute(scope) else {}

        made = f'dict "{NGINX_RANGES[0]}" (join "," {ranges.helm})'
        return Expression(f"ternary ({made}) (dict) (and ({known.helm}) (not (empty {ranges.helm})))", compute)


@dataclass(frozen=True, kw_only=True)
class ClientAddressRules:
    """Chart values for the client addresses of each route that has them in an environment."""

    subject: Subject
    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the client addresses of each route; none for a route that accepts all of them."""
        for route in self._restricted:
            policies, ingresses = self._match("SecurityPolicy", route), self._match("Ingress", route)
            yield Parameter(
                path=self._path(route),
                description=f"Addresses of clients that the route {route} accepts; all when empty. Envoy Gateway and "
                "the IngressClass `nginx` enforce them.",
                schema=network_schemas.RANGES,
                known={name: found for name, found in self._by_environment(route) if found is not None},
                insertions=[
                    At(on=policies, path=(*_POLICY, EACH, "principal", "clientCIDRs")),
                    Presence(on=policies, told=False),
                    InAnnotation(on=ingresses, class_name=self._class_name),
                ],
                reason="environments have different clients",
            )

    def refusals(self, paths: Collection[str], conditions: Mapping[Key, Sequence[Expression]]) -> Iterator[Refusal]:
        """Yield the values with which a route would be there without what enforces its client addresses.

        ``paths`` are those of the chart's values, and ``conditions`` are those of its objects.
        """
        for route in self._restricted:
            path = self._path(route)
            given, what = ([value(path)], path) if path in paths else ([], f"the client addresses of the route {route}")
            policy = next((conditions[key] for key in self._keys("SecurityPolicy", route)), None)
            for key in self._keys("HTTPRoute", route) + self._keys("GRPCRoute", route):
                yield from self._unprotected([*conditions[key], *given], policy, what)
            for key in self._keys("Ingress", route):
                yield from self._ignored([*conditions[key], *given], what)

    def _unprotected(
        self, there: list[Expression], policy: Sequence[Expression] | None, what: str
    ) -> Iterator[Refusal]:
        """Yield the values with which a route of a Gateway has no policy."""
        if policy is None:
            message = f"addons.gatewayApi must be false: the chart has no policy of a Gateway that enforces {what}"
            yield Refusal(when=all_of(*there), message=message)
        for condition in policy or ():
            if condition not in there:
                wanted = "false" if condition.helm.startswith("not ") else "true"
                name = condition.helm.removeprefix("not ").removeprefix(".Values.")
                message = f"{name} must be {wanted}: only Envoy Gateway enforces {what}"
                yield Refusal(when=all_of(*there, negated(condition)), message=message)

    def _ignored(self, there: list[Expression], what: str) -> Iterator[Refusal]:
        """Yield the values with which the controller of an Ingress ignores the addresses, or has two lists of them."""
        section = f"{self.subject.values}.ingress"
        other = "" if not self.subject.of_kind(*_GATEWAY_ROUTES) else ", or addons.gatewayApi true"
        yield Refusal(
            when=all_of(*there, negated(equals(self._class_name, _WITH_CLASS))),
            message=f"{section}.className must be {_WITH_CLASS}{other}: no other Ingress enforces {what}",
        )
        yield Refusal(
            when=all_of(*there, any_of(*(has(each, key) for each in self._annotations for key in NGINX_RANGES))),
            message=f"{section}.annotations must not have {' or '.join(NGINX_RANGES)} beside {what}",
        )

    @property
    def _annotations(self) -> Iterator[Expression]:
        """The annotations that users set for an Ingress of the class."""
        section = f"{self.subject.values}.ingress"
        yield value(f"{section}.annotations")
        yield value("commonAnnotations")
        of_all = value(f"{section}.classAnnotations")
        yield Expression(
            f'get {of_all.helm} "{_WITH_CLASS}" | default (dict)',
            lambda scope: (of_all.compute(scope) or {}).get(_WITH_CLASS) or {},
        )

    @property
    def _class_name(self) -> Expression:
        return value(f"{self.subject.values}.ingress.className")

    @property
    def _restricted(self) -> list[str]:
        """The routes with client addresses in an environment."""
        return [route for route in routes_of(self.subject) if any(found for _, found in self._by_environment(route))]

    def _by_environment(self, route: str) -> Iterator[tuple[str, list[str] | None]]:
        """Yield the client addresses of a route in each environment; None without the route."""
        for environment, objects in self.manifests.items():
            found: list[str] | None = None
            for key in self._keys("SecurityPolicy", route) + self._keys("Ingress", route):
                found = (found or []) + _addresses(objects.get(key, {}))
            there = any(key in objects for kind in (*_GATEWAY_ROUTES, "Ingress") for key in self._keys(kind, route))
            yield environment, (found or []) if there else None

    def _keys(self, kind: str, route: str) -> list[Key]:
        return [key for key in self.subject.of_kind(kind) if key.name == route]

    def _match(self, kind: str, route: str) -> Match:
        return Match(kinds=(kind,), components=(self.subject.name,), names=(route,))

    def _path(self, route: str) -> str:
        suffix = route.removeprefix(self.subject.name).strip("-")
        return f"{self.subject.values}.ingress.sourceRanges.{entry(suffix) if suffix else 'main'}"


def _addresses(item: Data) -> list[str]:
    """Return the client addresses in a policy or an Ingress."""
    rules = item.get("spec", {}).get("authorization", {}).get("rules", [])
    found = [cidr for rule in rules for cidr in rule.get("principal", {}).get("clientCIDRs", [])]
    return found or _annotated(item.get("metadata", {}).get("annotations") or {})


def _annotated(annotations: Mapping[str, Any]) -> list[str]:
    """Return the client addresses in the annotation of an Ingress, if the chart can write the same text."""
    found = str(annotations.get(NGINX_RANGES[0], "")).split(",")
    return found if all(re.fullmatch(network_schemas.RANGE["pattern"], one) for one in found) else []
