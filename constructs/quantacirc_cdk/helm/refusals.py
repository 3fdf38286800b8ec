"""Refuse contradictory values and values without effect when Helm renders the chart."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import (
    Expression,
    above,
    all_of,
    any_of,
    argument,
    more_than,
    negated,
    value,
)
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A condition under which rendering fails."""

    when: Expression
    message: str
    shown: Sequence[Expression] = ()
    """Numbers for each ``%d`` of the message."""


def refusals(parameters: Sequence[Parameter]) -> Iterator[Refusal]:
    """Yield the refused combinations of these parameters."""
    paths = {parameter.path for parameter in parameters}
    for path in sorted(paths):
        section, _, last = path.rpartition(".")
        component = path.partition(".")[0]
        if section == f"{component}.persistence" and last == "existingClaim" and f"{component}.replicas" in paths:
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
        if last == "minReplicas" and f"{section}.maxReplicas" in paths:
            least, most = value(path), value(f"{section}.maxReplicas")
            yield Refusal(
                when=all_of(*_switched_on(paths, component, section), above(least, most)),
                message=f"{path} is %d, above {section}.maxReplicas, which is %d",
                shown=(least, most),
            )
        if last == "minAvailable" and f"{component}.replicas" in paths:
            yield from _budget(paths, path)
    more = {message: when for parameter in parameters for when, message in parameter.refused}
    yield from (Refusal(when=when, message=message) for message, when in more.items())


def _switched_on(paths: Set[str], *sections: str) -> list[Expression]:
    """Return the switches of these sections that the chart has."""
    return [value(path) for path in dict.fromkeys(f"{section}.enabled" for section in sections) if path in paths]


def _budget(paths: Set[str], path: str) -> Iterator[Refusal]:
    """Yield the refusal of a disruption budget that never lets a drain evict a pod."""
    component, scaling = path.partition(".")[0], f"{path.partition('.')[0]}.autoscaling"
    fixed, least = value(f"{component}.replicas"), value(path)
    on = _switched_on(paths, component, path.rpartition(".")[0])
    numeric = Expression(
        f'regexMatch "^[0-9]+$" (toString {least.helm})', lambda scope: str(least.compute(scope)).isdecimal()
    )
    scaled = _switched_on(paths, scaling) if f"{scaling}.maxReplicas" in paths else []
    counts = [(fixed, "replicas", [negated(each) for each in scaled])]
    if scaled:
        counts.append((value(f"{scaling}.maxReplicas"), "autoscaling.maxReplicas", scaled))
    for count, name, only in counts:
        yield Refusal(
            when=all_of(*on, *only, numeric, more_than(count, 0), negated(above(count, least))),
            message=f"{path} is %d: with %d in {component}.{name}, no drain could ever evict a pod",
            shown=(least, count),
        )


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A component of the chart that others connect to."""

    section: str
    """Section of its values."""
    clients: Sequence[str]
    """Sections of the components that connect to it."""
    copied: bool
    """Whether External Secrets can copy its Secret from the cloud."""


def missing(needed: Sequence[Needed], parameters: Sequence[Parameter]) -> Iterator[Refusal]:
    """Yield the refusals of components that are switched off while others use them, without a store in their place."""
    paths = {parameter.path for parameter in parameters}
    for component in needed:
        section, switches = component.section, [f"{client}.enabled" for client in component.clients]
        if not switches or f"{section}.enabled" not in paths:
            continue
        other = next((f"{section}.{key}" for key in ("url", "existingSecret") if f"{section}.{key}" in paths), "")
        off = [negated(value(path)) for path in (f"{section}.enabled", *([other] if other else []))]
        if component.copied and "addons.externalSecrets" in paths:
            off.append(negated(value("addons.externalSecrets")))
        if paths.issuperset(switches):
            off.append(any_of(*map(value, switches)))
        advice = f"set {other}, or switch them off as well" if other else "switch them off as well"
        message = f"{section}.enabled is false, but in use by {', '.join(component.clients)}: {advice}"
        yield Refusal(when=all_of(*off), message=message)


def refusals_template(chart: str, found: Sequence[Refusal], parameters: Sequence[Parameter]) -> str:
    """Return the template that fails with all refusals at once, also of unknown globals, and else for each check.

    As a subchart, it accepts unknown globals, because they may belong to another chart.
    """
    known = sorted(each.path.removeprefix("global.") for each in parameters if each.path.startswith("global."))
    lines = [
        "{{- $refused := list }}",
        "{{- if .Chart.IsRoot }}",
        "{{- range $key, $_ := .Values.global }}",
        f"{{{{- if not (has $key (list {' '.join(map(quoted, known))})) }}}}",
        '{{- $refused = append $refused (printf "global.%s has no effect" $key) }}',
        "{{- end }}",
        "{{- end }}",
        "{{- end }}",
    ]
    for each in found:
        message = quoted(each.message)
        if each.shown:
            message = f"(printf {message} {' '.join(f'(int {argument(one)})' for one in each.shown)})"
        lines += [f"{{{{- if {each.when.helm} }}}}", f"{{{{- $refused = append $refused {message} }}}}", "{{- end }}"]
    lines += ["{{- with $refused }}", '{{- fail (join "\\n" .) }}', "{{- end }}"]
    lines += _checks(chart, parameters)
    return "\n".join(lines) + "\n"


def _checks(chart: str, parameters: Sequence[Parameter]) -> Iterator[str]:
    """Yield the checks of the parameters, after the named templates that they include."""
    found = [(each.path, check) for each in parameters for check in each.checks]
    yield from dict.fromkeys("\n".join(check.template(chart)) for _, check in found)
    for path, check in found:
        yield from check.lines(chart, path)
