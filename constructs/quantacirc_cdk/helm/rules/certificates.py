"""Chart values for the certificates of a component's routes, and for further rules of its first Ingress."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm import network_schemas, schemas
from quantacirc_cdk.helm.expression import Expression, all_of, negated, value
from quantacirc_cdk.helm.insertions import Added, At
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Path
from quantacirc_cdk.helm.rules.hosts import first_ingress, route_of, routes_of
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry

_SECRETS: dict[str, Path] = {
    "Ingress": ("spec", "tls", EACH, "secretName"),
    "Certificate": ("spec", "secretName"),
    "ReferenceGrant": ("spec", "to", EACH, "name"),
}
"""Places of the Secret with a certificate."""


@dataclass(frozen=True, kw_only=True)
class CertificateRules:
    """Chart values for the Secret of each route, and for further hosts of the first Ingress with their Secrets; for a
    component with an Ingress.
    """

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        ingresses = self.subject.of_kind("Ingress")
        first = first_ingress(self.subject)
        whose = "the Ingress" if len(ingresses) == 1 else f"the Ingress {first.name}"
        yield self.subject.parameter(
            "ingress.extraRules",
            f"Additional hosts and paths of {whose}: rules of an Ingress.",
            network_schemas.INGRESS_HOSTS,
            Added(on=Match.of(first), path=("spec", "rules"), is_list=True),
            default=[],
            refused=self._without_effect("extraRules"),
        )
        if any(self.subject.samples(key, ("spec", "tls")) for key in ingresses):
            yield from self._secrets()
            yield self.subject.parameter(
                "ingress.extraTls",
                f"Certificates of additional hosts of {whose}, with `tls`: `tls` of an Ingress.",
                network_schemas.INGRESS_TLS,
                Added(on=Match.of(first), path=("spec", "tls"), is_list=True, where_there=True),
                default=[],
                refused=[*self._without_effect("extraTls"), self._without_tls()],
            )

    def _secrets(self) -> Iterator[Parameter]:
        """Yield the Secret of each route; that of the first one has the shorter name."""
        routes = [route for route in routes_of(self.subject) if any(key.kind in _SECRETS for key in self._of(route))]
        for route in routes:
            suffix = route.removeprefix(self.subject.name).strip("-")
            is_first = route == routes[0]
            yield self.subject.parameter(
                "ingress.tlsSecretName" if is_first else f"ingress.tlsSecretNames.{entry(suffix) or 'main'}",
                f"Secret with the certificate of {'the host' if is_first else f'the route {suffix}'}, with `tls`.",
                schemas.NAME,
                *(
                    At(on=Match(keys=frozenset({key})), path=_SECRETS[key.kind], style="text")
                    for key in self._of(route)
                    if key.kind in _SECRETS
                ),
            )

    def _of(self, route: str) -> list[Key]:
        return sorted(key for key in self.subject.objects if route_of(key) == route)

    def _without_effect(self, name: str) -> list[tuple[Expression, str]]:
        """Return the refusal of a value for an Ingress while the way in is an HTTPRoute."""
        path = f"{self.subject.values}.ingress.{name}"
        if not self.subject.of_kind("HTTPRoute"):
            return []
        when = all_of(value(path), self._enabled, value("addons.gatewayApi"))
        return [(when, f"{path} has no effect with addons.gatewayApi: it is for an Ingress")]

    def _without_tls(self) -> tuple[Expression, str]:
        path = f"{self.subject.values}.ingress"
        when = all_of(value(f"{path}.extraTls"), self._enabled, negated(value(f"{path}.tls")))
        return when, f"{path}.extraTls has no effect without {path}.tls"

    @property
    def _enabled(self) -> Expression:
        return value(f"{self.subject.values}.ingress.enabled")
