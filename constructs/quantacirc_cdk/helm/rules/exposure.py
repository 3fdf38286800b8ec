"""What a chart's user may set of how a component is reached: its Services, its Ingress or HTTPRoute."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.expression import Expression, Scope, value
from quantacirc_cdk.helm.landings import Added, At, Entries, Presence, Spot, Switch
from quantacirc_cdk.helm.node import Extended, Insert
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Named
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry

OF_CONTROLLER = re.compile(r"([-a-z0-9.]+\.)?ingress\.kubernetes\.io/|argocd\.argoproj\.io/")
"""Annotations that one ingress controller reads, and those for the order in which the environments are applied."""


@dataclass(frozen=True, kw_only=True)
class OfClass:
    """The annotations of an Ingress that are for the controller of its class."""

    on: Match
    of_class: Expression
    """Those of the class that the user sets."""

    def land(self, spot: Spot) -> list[Any]:
        """Take them out, put those of the user's class in their place, and return them by class."""
        metadata = spot.tree["metadata"]
        annotations = metadata.get("annotations") or {}
        taken = {key: text for key, text in annotations.items() if OF_CONTROLLER.match(key)}
        rest = {key: text for key, text in annotations.items() if key not in taken}
        metadata["annotations"] = Extended(rest, (self.of_class,))
        return [{str(spot.tree["spec"].get("ingressClassName", "")): taken} if taken else {}]


@dataclass(frozen=True, kw_only=True)
class OfMainPath:
    """A field of the path that leads to the component; other paths of the Ingress may be closed."""

    on: Match
    field: str
    services: frozenset[str]
    """The Services that lead to its pods."""

    def land(self, spot: Spot) -> list[Any]:
        """Take the field out, and put the parameter in its place."""
        found: list[Any] = []
        for rule in spot.tree["spec"].get("rules") or []:
            for path in rule.get("http", {}).get("paths") or [] if isinstance(rule, dict) else ():
                if path.get("backend", {}).get("service", {}).get("name") in self.services and self.field in path:
                    found.append(path[self.field])
                    path[self.field] = Insert(spot.parameter.expression)
        return found


@dataclass(frozen=True, kw_only=True)
class ExposureRules:
    """The parameters of what leads to one component."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        yield from self._services()
        yield from self._ingress()

    @property
    def _port_names(self) -> list[str]:
        """The names of the ports of its Services."""
        lists = [
            ports for key in self.subject.reachable_services for ports in self.subject.samples(key, ("spec", "ports"))
        ]
        return sorted({port["name"] for ports in lists for port in ports if "name" in port})

    @property
    def _backends(self) -> list[str]:
        return [key.name for key in self.subject.reachable_services]

    def _of_class(self) -> Expression:
        """Return the annotations of the class that serves the Ingress."""
        section = f"{self.subject.values}.ingress"
        all_of_them, name = value(f"{section}.classAnnotations"), value(f"{section}.className")

        def compute(scope: Scope) -> Mapping[str, Any]:
            found: Mapping[str, Any] = (all_of_them.compute(scope) or {}).get(name.compute(scope) or "", {})
            return found

        return Expression(f"get {all_of_them.helm} {name.helm} | default (dict)", compute)

    def _services(self) -> Iterator[Parameter]:
        if not self.subject.of_kind("Service"):
            return
        services = self.subject.on("Service")
        for name, schema in (("annotations", schemas.ANNOTATIONS), ("labels", schemas.LABELS)):
            yield self.subject.parameter(
                f"service.{name}",
                f"{name.capitalize()} of its Services, besides their own.",
                schema,
                Added(on=services, path=("metadata", name)),
                default={},
            )
        reachable = Match(keys=frozenset(self.subject.reachable_services))
        if not reachable.keys:
            return
        for port in self._port_names:
            yield self.subject.parameter(
                f"service.nodePorts.{entry(port)}",
                f"Port {port} on every node, with `service.spec.type` NodePort or LoadBalancer; 0 to let the cluster "
                "choose.",
                spec_schemas.NODE_PORT,
                At(on=reachable, path=("spec", "ports", Named(port), "nodePort"), style="number", empty=0),
                default=0,
            )
        yield self.subject.parameter(
            "service.extraPorts",
            "Ports of its Services besides their own, which the other components use.",
            spec_schemas.EXTRA_PORTS,
            Added(on=reachable, path=("spec", "ports"), is_list=True),
            default=[],
            example=[{"name": "web", "port": 80, "targetPort": "http"}],
        )

    def _ingress(self) -> Iterator[Parameter]:
        routes = self.subject.of_kind("Ingress", "HTTPRoute")
        if not routes:
            return
        ingress, both = self.subject.on("Ingress"), self.subject.on("Ingress", "HTTPRoute")
        yield self.subject.parameter(
            "ingress.enabled",
            "Whether it can be reached from outside the cluster.",
            schemas.BOOLEAN,
            Presence(on=both),
            default=False,
            reason="only some environments are open to the outside",
        )
        yield self.subject.parameter(
            "ingress.host",
            "Host name that it answers to.",
            schemas.HOST,
            At(on=ingress, path=("spec", "rules", EACH, "host"), style="text"),
            At(on=ingress, path=("spec", "tls", EACH, "hosts", EACH), style="text"),
            At(on=self.subject.on("HTTPRoute"), path=("spec", "hostnames", EACH), style="text"),
            reason="each environment has its own domain",
        )
        yield self.subject.parameter(
            "ingress.labels",
            "Labels of the Ingress or HTTPRoute, besides its own.",
            schemas.LABELS,
            Added(on=both, path=("metadata", "labels")),
            default={},
        )
        if any(key.kind == "Ingress" for key in routes):
            yield self.subject.parameter(
                "ingress.classAnnotations",
                "Annotations of the Ingress by IngressClass: only those of `className` are set.",
                spec_schemas.BY_CLASS,
                OfClass(on=ingress, of_class=self._of_class()),
                reason="each ingress controller is told in its own way",
            )
            yield self.subject.parameter(
                "ingress.className",
                "IngressClass that serves it.",
                schemas.NAME,
                At(on=ingress, path=("spec", "ingressClassName"), style="text", empty=""),
                reason="clusters have different ingress controllers",
            )
            yield self.subject.parameter(
                "ingress.annotations",
                "Annotations of the Ingress, whatever its class.",
                schemas.ANNOTATIONS,
                Entries(on=ingress, path=("metadata", "annotations")),
                reason="certificates and redirects depend on the cluster",
            )
            for name, schema, what in (
                ("path", spec_schemas.INGRESS_PATH, "Path below which requests reach it."),
                ("pathType", {"enum": ["Exact", "ImplementationSpecific", "Prefix"]}, "How `path` is compared."),
            ):
                yield self.subject.parameter(
                    f"ingress.{name}",
                    what,
                    schema,
                    OfMainPath(on=ingress, field=name, services=frozenset(self._backends)),
                    reason="environments serve it in different places",
                )
            yield self.subject.parameter(
                "ingress.extraRules",
                "Further hosts and paths: rules of an Ingress.",
                schemas.INGRESS_HOSTS,
                Added(on=ingress, path=("spec", "rules"), is_list=True),
                default=[],
            )
            if any(self.subject.samples(key, ("spec", "tls")) for key in routes):
                yield from self._certificates(ingress)
            yield self.subject.parameter(
                "ingress.tls",
                "Whether connections are encrypted; the certificate is in a Secret.",
                schemas.BOOLEAN,
                Switch(on=ingress, path=("spec", "tls")),
                reason="a laptop has no certificates",
            )

    def _certificates(self, ingress: Match) -> Iterator[Parameter]:
        yield self.subject.parameter(
            "ingress.tlsSecretName",
            "Secret with the certificate of the host, where connections are encrypted.",
            schemas.NAME,
            At(on=ingress, path=("spec", "tls", EACH, "secretName"), style="text"),
        )
        yield self.subject.parameter(
            "ingress.extraTls",
            "Certificates of further hosts: `tls` of an Ingress.",
            schemas.INGRESS_TLS,
            Added(on=ingress, path=("spec", "tls"), is_list=True, where_there=True),
            default=[],
        )
