"""Chart values for configuration that differs between environments, and for what is computed from other values."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope
from quantacirc_cdk.helm.insertions import At, Derived, Insertion, Part, Spot, replaced
from quantacirc_cdk.helm.node import ABSENT, Insert
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Path, places
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry_key
from quantacirc_cdk.limits.quantity import parse_quantity


@dataclass(frozen=True, kw_only=True)
class VariableRules:
    """Chart values of the components' environment variables."""

    prefix: str
    """Prefix of the system's variables."""
    environments: Mapping[str, str]
    """Name of each environment in its objects."""
    version: Expression
    system: str
    """Name of the system, the prefix of dashboard titles."""
    dashboards: Insertion
    """What follows the titles in dashboards."""

    @property
    def _stored(self) -> str:
        """The environment in the name of a Secret in the cloud's secret store."""
        names = "|".join(map(re.escape, sorted({*self.environments.values()})))
        return rf"^{re.escape(self.system)}[^a-z0-9]({names})[^a-z0-9]"

    @property
    def _titles(self) -> list[str]:
        names = "|".join(map(re.escape, sorted({*self.environments.values()})))
        return [rf'"title": "{re.escape(self.system)} ({names})"']

    def parameters(self) -> Iterator[Parameter]:
        """Yield the name of the environment, which is in alerts and in the variables of every component with a
        prefix.
        """
        maps, secrets = Match(kinds=("ConfigMap",)), Match(kinds=("ExternalSecret",))
        labels = ("spec", "groups", EACH, "rules", EACH, "labels", "environment")
        told = [
            At(on=maps, path=("data", f"{self.prefix}ENVIRONMENT"), style="text"),
            Derived(on=maps, path=("data", f"{self.prefix}VERSION"), make=lambda _, __: Insert(self.version)),
        ]
        yield Parameter(
            path="environment",
            description="Name of the environment, as metrics and traces show it.",
            schema={"type": "string", "pattern": r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"},
            known=self.environments,
            insertions=[
                At(on=Match(kinds=("PrometheusRule",)), path=labels),
                Part(on=secrets, path=("spec", "data", EACH, "remoteRef", "key"), pattern=self._stored),
                *(Part(on=maps, path=("data", EACH), pattern=pattern) for pattern in self._titles),
                self.dashboards,
                *(told if self.prefix else ()),
            ],
            reason="it is the name of the environment",
        )


def overridden(subject: Subject, variables: Mapping[str, Mapping[str, str]]) -> Iterator[Parameter]:
    """Yield a parameter for each variable that an environment sets for a component.

    Empty leaves the variable out, unless an environment sets it to an empty text.
    """
    maps = Match(kinds=("ConfigMap",), components=(subject.name,), names=(subject.name,))
    for name in sorted({name for found in variables.values() for name in found}):
        optional = all(found.get(name) != "" for found in variables.values())
        yield Parameter(
            path=f"{subject.values}.config.{entry_key(name)}",
            description=f"Environment variable `{name}`{'; empty to leave it out' if optional else ''}.",
            schema={"type": "string"},
            insertions=[At(on=maps, path=("data", name), style="text", empty="" if optional else ABSENT)],
            reason="environments set it",
        )


@dataclass(frozen=True, kw_only=True)
class ShareOf:
    """A number in a text that is a fraction of a size in bytes, such as the usable part of a volume.

    The fraction is computed from the size in the base environment, and verified with the others.
    """

    on: Match
    path: Path
    pattern: str
    """Pattern with the number as its only group."""
    sizes: Mapping[str, str]
    """Size in each environment."""
    template: str
    """Name of the template that converts a size to bytes."""

    def insert(self, spot: Spot) -> list[Any]:
        """Replace the number by the computation."""
        size = self.sizes.get(spot.environment)

        def computed(number: str) -> Expression | None:
            share = share_of(int(number), int(parse_quantity(size or "1")))
            return bytes_of(spot.parameter.expression, share, self.template) if share else None

        for container, key in places(spot.tree, self.path) if size else ():
            container[key] = replaced(container[key], self.pattern, computed, [])
        return []


def share_of(part: int, whole: int) -> Fraction | None:
    """Return the simplest fraction of ``whole`` that, rounded down, is ``part``; None if there is none."""
    for denominator in range(1, 1001):
        numerator = -(-part * denominator // whole)
        if numerator <= denominator and whole * numerator // denominator == part:
            return Fraction(numerator, denominator)
    return None


UNITS = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", start=1)},
}


def bytes_of(size: Expression, share: Fraction, template: str) -> Expression:
    """Return a fraction of a size (``10Gi``) in bytes."""

    def compute(scope: Scope) -> int:
        return int(parse_quantity(str(size.compute(scope))) * share.numerator // share.denominator)

    whole = f'(include "{template}" {size.helm} | int64)'
    return Expression(f"div (mul {whole} {share.numerator}) {share.denominator}", compute)


def bytes_template(name: str) -> str:
    """Return the named template that converts a size to bytes."""
    units = " ".join(f'"{unit}" {factor}' for unit, factor in UNITS.items())
    return f"""\
{{{{/* A size such as 10Gi in bytes. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $units := dict {units} -}}}}
{{{{- $text := toString . -}}}}
{{{{- $number := regexFind "^[0-9.]+([eE][+]?[0-9]+)?" $text | float64 -}}}}
{{{{- mulf $number (get $units (regexFind "[kKMGTPE]i?$" $text)) | int64 -}}}}
{{{{- end -}}}}
"""
