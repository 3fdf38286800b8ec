"""Refuse contradictory values and values without effect when Helm renders the chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope, all_of, more_than, negated, value
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A condition under which rendering fails."""

    when: Expression
    message: str


def refusals(parameters: Sequence[Parameter]) -> Iterator[Refusal]:
    """Yield the refused combinations of these parameters."""
    paths = {parameter.path for parameter in parameters}
    for path in sorted(paths):
        section, _, last = path.rpartition(".")
        component = path.partition(".")[0]
        if last == "existingClaim" and f"{component}.replicas" in paths:
            yield Refusal(
                when=all_of(value(path), more_than(value(f"{component}.replicas"), 1)),
                message=f"{path} is a single volume: set {component}.replicas to 1, or leave {path} empty",
            )
        if last == "metrics" and f"{section}.triggers" in paths and "addons.keda" in paths:
            yield Refusal(
                when=all_of(value(path), value("addons.keda")),
                message=f"{path} has no effect with addons.keda: set {section}.triggers",
            )
        if last == "triggers" and f"{section}.metrics" in paths and "addons.keda" in paths:
            yield Refusal(
                when=all_of(value(path), negated(value("addons.keda"))),
                message=f"{path} has no effect without addons.keda: set {section}.metrics",
            )
    more = {message: when for parameter in parameters for when, message in parameter.refused}
    yield from (Refusal(when=when, message=message) for message, when in more.items())
    yield from _equal_ports(parameters)


def _has_equal(ports: Expression, scope: Scope) -> bool:
    numbers = list(ports.compute(scope).values())
    return len(set(numbers)) < len(numbers)


def _equal_ports(parameters: Sequence[Parameter]) -> Iterator[Refusal]:
    """Yield the refusal of equal ports of a Service, which the API refuses for ports of one protocol."""
    found: dict[str, list[Any]] = {}
    for parameter in parameters:
        section, _, name = parameter.path.rpartition(".")
        if section.endswith(".service.ports") and name:
            found.setdefault(section, []).append(parameter.default)
    for section, defaults in found.items():
        if len(defaults) == len(set(defaults)) > 1:
            ports = value(section)
            equal = Expression(
                f'lt (len (values {ports.helm} | join " " | splitList " " | uniq)) (len {ports.helm})',
                partial(_has_equal, ports),
            )
            yield Refusal(when=equal, message=f"{section} has two ports with the same number")


def refusals_template(found: Sequence[Refusal], parameters: Sequence[Parameter]) -> str:
    """Return the template that fails for each refusal, and for unknown globals.

    As a subchart, it accepts unknown globals, because they may belong to another chart.
    """
    known = sorted(each.path.removeprefix("global.") for each in parameters if each.path.startswith("global."))
    lines = [
        "{{- if .Chart.IsRoot }}",
        "{{- range $key, $_ := .Values.global }}",
        f"{{{{- if not (has $key (list {' '.join(map(quoted, known))})) }}}}",
        '{{- fail (printf "global.%s has no effect" $key) }}',
        "{{- end }}",
        "{{- end }}",
        "{{- end }}",
    ]
    for each in found:
        lines += [f"{{{{- if {each.when.helm} }}}}", f"{{{{- fail {quoted(each.message)} }}}}", "{{- end }}"]
    return "\n".join(lines) + "\n"
