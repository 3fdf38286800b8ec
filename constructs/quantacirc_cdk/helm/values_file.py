"""``values.yaml`` with a description of each value, and the values of each environment."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.plain_yaml import dump, entry
from quantacirc_cdk.helm.schemas import EXACT
from quantacirc_cdk.helm.settings import Values, override
from quantacirc_cdk.text.terminal import printable
from quantacirc_cdk.text.yaml import scalar

WIDTH = 116

Section = dict[str, "Section | Parameter"]


def sections(parameters: Sequence[Parameter]) -> Section:
    """Return the parameters as nested in ``values.yaml``: general ones first, then those of components."""
    found: Section = {}
    for parameter in sorted(parameters, key=lambda each: each.path.count(".") > 0 and _rank(each.path)):
        *outer, last = parameter.path.split(".")
        section = found
        for step in outer:
            inner = section.setdefault(step, {})
            assert isinstance(inner, dict)  # noqa: S101 (paths were checked)
            section = inner
        section[last] = parameter
    return found


def _rank(path: str) -> int:
    return 1 if path.startswith("global.") else 2


def values_file(title: str, parameters: Sequence[Parameter], described: Mapping[str, str]) -> str:
    """Return ``values.yaml``; ``described`` contains a description of sections, by path."""
    head = [
        f"# Values of the chart {title}.",
        "# The comment above each value describes it; values.schema.json refuses invalid values.",
    ]
    return "\n".join([*head, "", *_lines(sections(parameters), "", 0, described)]) + "\n"


def _lines(section: Section, path: str, depth: int, described: Mapping[str, str]) -> Iterator[str]:
    for index, (key, item) in enumerate(section.items()):
        inner = f"{path}.{key}".lstrip(".")
        if depth == 0 and index:
            yield ""
        if isinstance(item, Parameter):
            yield from _comment(explanation(item), depth)
            yield from entry(key, item.default, depth)
        else:
            if inner in described:
                yield from _comment(described[inner], depth)
            yield f"{'  ' * depth}{scalar(key)}:"
            yield from _lines(item, inner, depth + 1, described)


def explanation(parameter: Parameter) -> str:
    """Return the meaning of a parameter, its allowed values and an example."""
    said = parameter.description
    allowed = allowed_values(parameter.schema)
    if allowed:
        said = f"{said}{'' if said.endswith(('.', '!', '?')) else '.'} Allowed: {allowed}."
    if parameter.example is not None:
        said += f" Example: {json.dumps(parameter.example, ensure_ascii=False)}"
    return said


def allowed_values(schema: Mapping[str, Any]) -> str:
    """Return the allowed values of a schema, if they can be described briefly."""
    if "enum" in schema:
        return ", ".join(str(item) for item in schema["enum"])
    if schema.get("type") == "boolean":
        return "true, false"
    if schema.get("type") != "integer":
        return ""
    least, most = schema.get("minimum", -EXACT), schema.get("maximum", EXACT)
    bounds = (f"at least {least}" if least > -EXACT else "", f"at most {most}" if most < EXACT else "")
    return f"{least} to {most}" if all(bounds) else "".join(bounds)


def _comment(text: str, depth: int) -> list[str]:
    pad = "  " * depth + "# "
    shown = printable(text, keep="\n\t")
    if len(pad + shown) <= WIDTH and shown == " ".join(shown.split()):
        return [pad + shown] if shown else []
    return textwrap.wrap(
        shown,
        WIDTH,
        initial_indent=pad,
        subsequent_indent=pad,
        break_long_words=False,
        break_on_hyphens=False,
    )


def environment_file(environment: str, chart: str, namespace: str, defaults: Values, wanted: Values) -> str:
    """Return the values in which an environment differs from the defaults."""
    head = [
        f"# Differences from values.yaml in the environment {environment}:",
        f"# helm template {chart} . --namespace {namespace} --skip-tests --values values-{environment}.yaml",
    ]
    return "\n".join([*head, *(dump(override(defaults, wanted)) or ["{}"])]) + "\n"
