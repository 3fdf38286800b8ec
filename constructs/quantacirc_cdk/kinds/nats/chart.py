"""Chart values of a bus: its number of servers, or an external bus."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import more_than, value
from quantacirc_cdk.helm.insertions import InPlaceOf, Insertion
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
    "a password for each component, by its name, and for `admin`, `system` and, with several servers, `route`: each on "
    'one line, without `"` and `\\`; that of `route`, which is part of an address, with letters, digits and '
    "`-._~!$&'()*+,;=`"
)


@dataclass(frozen=True, kw_only=True)
class BusRules:
    """A bus with one server, a cluster of several, or an external bus."""

    subject: Subject
    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the values for the address and Secrets of an external bus."""
        name, known = self.subject.name, dict.fromkeys(self.manifests, "")
        address = rf"(nats|tls)://{re.escape(name)}:[0-9]+"
        yield Parameter(
            path=f"{self.subject.values}.url",
            description=(
                "Address of an external bus, with `enabled: false`; pods then need `networkPolicy.extraEgress` to "
                "it. Empty for the one in the chart."
            ),
            schema=ADDRESS,
            default="",
            known=known,
            insertions=[
                InPlaceOf(on=Match(kinds=("ConfigMap",)), path=("data", EACH), style="text", where=address),
                *in_variables(address),
            ],
            example="tls://nats.example:4222",
        )
        for suffix, path, keys in (
            ("credentials", "existingSecret", CREDENTIALS),
            ("tls", "existingTlsSecret", "`ca.crt` of the authority of its certificate"),
        ):
            insertions = list(in_place_of_secret(self.manifests, f"{name}-{suffix}"))
            if insertions:
                yield Parameter(
                    path=f"{self.subject.values}.{path}",
                    description=f"Existing Secret with {keys}. Empty for the generated one.",
                    schema=schemas.NAME,
                    default="",
                    known=known,
                    insertions=insertions,
                )

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions of its objects that depend on the number of servers."""
        several = more_than(value(f"{self.subject.values}.replicas"), 1)
        reason = "a single server, or a cluster of several"
        yield Condition(
            when=several,
            on=Match(components=(self.subject.name,)),
            explains=says(r"(?i)nats\.conf|route|6222|topologySpreadConstraints"),
            reason=reason,
        )


def rules(subject: Subject, manifests: Manifests) -> list[BusRules]:
    """Return the chart values and conditions of a bus."""
    return [BusRules(subject=subject, manifests=manifests)]


def insertions(subject: Subject, project: Project, chart: str) -> Mapping[str, list[Insertion]]:
    """Return other places that its chart values set, by path: several objects contain the number of servers."""
    sites = {name: Site(project.system, one) for name, one in project.environments.items()}
    sizes = {name: site.storage(subject.name) for name, site in sites.items()}
    return bus_landings(subject, sizes, chart)
