"""A bus in the chart: its number of servers, and a bus of one's own in its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import more_than, value
from quantacirc_cdk.helm.landings import InPlaceOf, Landing
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.helm.rules.replicas import bus_landings
from quantacirc_cdk.helm.rules.stores import ADDRESS, in_place_of_secret, in_variables, says
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.site import Site

CREDENTIALS = (
    "a password for each component, named after it, `admin`, `system` and, for several servers, `route`, all "
    'on one line and without `"` and `\\`; that of `route` is part of an address: letters, digits and '
    "`-._~!$&'()*+,;=`"
)


@dataclass(frozen=True, kw_only=True)
class BusRules:
    """A bus, whose servers form a cluster when there are several, or that is outside."""

    subject: Subject
    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the address and the Secrets of a bus that is there already."""
        name, known = self.subject.name, dict.fromkeys(self.manifests, "")
        address = rf"(nats|tls)://{re.escape(name)}:[0-9]+"
        yield Parameter(
            path=f"{self.subject.values}.url",
            description=(
                "Address of a bus of your own, with `enabled: false`; pods then need `networkPolicy.extraEgress` to "
                "it. Empty for the one in the chart."
            ),
            schema=ADDRESS,
            default="",
            known=known,
            lands=[
                InPlaceOf(on=Match(kinds=("ConfigMap",)), path=("data", EACH), style="text", where=address),
                *in_variables(address),
            ],
            example="tls://nats.example:4222",
        )
        for suffix, path, keys in (
            ("credentials", "existingSecret", CREDENTIALS),
            ("tls", "existingTlsSecret", "`ca.crt` of whoever signed its certificate"),
        ):
            lands = list(in_place_of_secret(self.manifests, f"{name}-{suffix}"))
            if lands:
                yield Parameter(
                    path=f"{self.subject.values}.{path}",
                    description=f"Secret that is there already with {keys}. Empty for the one that is made.",
                    schema=schemas.NAME,
                    default="",
                    known=known,
                    lands=lands,
                )

    def conditions(self) -> Iterator[Condition]:
        """Yield what the number of servers explains in its own objects."""
        several = more_than(value(f"{self.subject.values}.replicas"), 1)
        reason = "one server, or several that form a cluster"
        yield Condition(
            when=several,
            on=Match(components=(self.subject.name,)),
            explains=says(r"(?i)nats\.conf|route|6222|topologySpreadConstraints"),
            reason=reason,
        )


def rules(subject: Subject, manifests: Manifests) -> list[BusRules]:
    """Return the parameters of a bus, and what they explain."""
    return [BusRules(subject=subject, manifests=manifests)]


def landings(subject: Subject, project: Project, chart: str) -> Mapping[str, list[Landing]]:
    """Return where else the parameters of a bus go, by their path: the number of servers is said in many places."""
    sites = {name: Site(project.system, one) for name, one in project.environments.items()}
    sizes = {name: site.storage(subject.name) for name, site in sites.items()}
    return bus_landings(subject, sizes, chart)
