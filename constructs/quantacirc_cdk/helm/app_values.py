"""The values of a chart for any cdk8s app: their places in its objects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.helm.insertions import At
from quantacirc_cdk.helm.json_schema import inlined, refusal, schema_problems
from quantacirc_cdk.helm.node import Style, data_style
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.permitted_differences import schema_of, style_of
from quantacirc_cdk.helm.places import EACH, Named, Step, places
from quantacirc_cdk.helm.places import Path as Steps
from quantacirc_cdk.helm.schemas import EXACT, INTEGER
from quantacirc_cdk.helm.trees import is_exact
from quantacirc_cdk.manifests import Data

_VALUE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_RESERVED = {
    "enabled": "a parent chart sets to leave this one out",
    "global": "Helm merges with the global values of a parent chart",
}
"""Paths that Helm reads itself."""
_STEP = re.compile(r"""\.?(?P<key>[A-Za-z0-9_-]+)|\[(?:(?P<number>[0-9]+)|"(?P<quoted>[^"]*)"|(?P<name>[^\]"]*))\]""")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in objects."""

    kind: str
    """Kind of the objects."""
    path: str
    """Path in the objects: ``spec.replicas``, ``spec.template.spec.containers[web].image`` (the item with that name),
    ``[0]``, ``[*]`` (each item or entry), ``metadata.annotations["example.com/team"]``.
    """
    name: str = ""
    """Name of a single object; all objects of the kind when empty."""

    def __str__(self) -> str:
        return f"{self.kind}{f'/{self.name}' if self.name else ''} {self.path}"

    @cached_property
    def steps(self) -> Steps:
        """The steps of the path. Raises ``ValueError`` with the rest of an invalid one."""
        return _steps(self.path)

    def found(self, objects: Sequence[Data]) -> Iterator[Any]:
        """Yield the values at this place in objects."""
        for item in objects:
            if item["kind"] == self.kind and self.name in ("", item["metadata"]["name"]):
                for container, key in places(item, self.steps):
                    if not isinstance(container, dict) or key in container:
                        yield container[key]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value that users can set. Its default is the value of the first variant."""

    path: str
    """Dotted path in ``values.yaml``: ``web.replicas``."""
    description: str
    """Meaning of the value, with its unit."""
    places: Sequence[Place]
    """Places of the value. Within a variant, all must have the same value."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema (draft 7) that accepts the value of every variant; derived from the default when absent. Regular
    expressions are RE2, and ``$ref`` leads to one among its ``definitions``.
    """


def parameter_of(value: Value, variants: Mapping[str, Sequence[Data]]) -> Parameter:
    """Return the parameter of a value, with the default of the first variant."""
    samples = [*_samples(value.places, variants)]
    schema, style = _schema(value, samples), _style(value, samples)
    insertions = [
        At(
            on=Match(kinds=(place.kind,), names=(place.name,) if place.name else ()),
            path=place.steps,
            style=style,
        )
        for place in value.places
    ]
    return Parameter(
        path=value.path, description=value.description, schema=schema, insertions=insertions, reason="declared"
    )


def _samples(at: Sequence[Place], variants: Mapping[str, Sequence[Data]]) -> Iterator[Any]:
    """Yield the values at places in all variants; those of the first variant come first."""
    for objects in variants.values():
        for place in at:
            yield from place.found(objects)


def _schema(value: Value, samples: Sequence[Any]) -> Mapping[str, Any]:
    """Return the schema of a value: the stated one, or that of its type in the variants. Whole numbers are those that
    Helm reads exactly.
    """
    if value.schema:
        schema: Mapping[str, Any] = inlined(value.schema)
        return {**INTEGER, **schema} if schema.get("type") == "integer" else schema
    first = next((sample for sample in samples if sample is not None), None)
    if any(isinstance(sample, float) for sample in samples) and isinstance(first, int | float):
        return {"type": "number"}
    return {} if first is None else schema_of(first)


def _style(value: Value, samples: Sequence[Any]) -> Style:
    """Return how a template renders a value: as text or a number only if users can set nothing else."""
    first = samples[0] if samples else None
    style = data_style(first) if isinstance(first, str) and "\n" in first else style_of(first)
    only = {"text": "string", "number": "integer", "boolean": "boolean"}.get(style)
    return "json" if only and _schema(value, samples).get("type") != only else style


def _steps(path: str) -> Steps:
    """Parse a path into steps. Raises ``ValueError`` for an invalid path."""
    found: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(path[at:])
        if match["number"] is not None:
            found.append(int(match["number"]))
        elif match["name"] is not None:
            found.append(EACH if match["name"] == "*" else Named(match["name"]))
        else:
            found.append(match["key"] if match["key"] is not None else match["quoted"])
        at = match.end()
    if not found:
        raise ValueError(path)
    return tuple(found)


def value_problems(values: Sequence[Value], variants: Mapping[str, Sequence[Data]]) -> Iterator[Problem]:
    """Yield why values cannot be inserted into the objects of the variants."""
    seen: set[str] = set()
    for value in values:
        at = f"values.{value.path}"
        if not _VALUE.fullmatch(value.path):
            yield Problem(key=at, what="not a path that templates can read", expected="names separated by dots")
        inside = [
            other
            for other in seen
            if f"{value.path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{value.path}.")
        ]
        if inside:
            yield Problem(key=at, what=f"a prefix of {', '.join(sorted(inside))}", expected="a different path")
        seen.add(value.path)
        readable = []
        for place in value.places:
            try:
                _ = place.steps
            except ValueError as error:
                what = f"the path {place.path!r} is invalid at {error}"
                yield Problem(key=at, what=what, expected="a path such as spec.replicas")
                continue
            readable.append(place)
            if not any(True for objects in variants.values() for _ in place.found(objects)):
                yield Problem(key=at, what=f"no variant has {place}", expected="an existing place")
        if too_large := [item for item in _samples(readable, variants) if not is_exact(item)]:
            what = f"{too_large[0]!r} contains a whole number above {EXACT}, which Helm rounds"
            yield Problem(key=at, what=what, expected="a smaller number, or a place without a value")
        if value.path in _RESERVED or value.path.startswith("enabled."):
            what = f"the path {value.path}, which {_RESERVED[value.path.partition('.')[0]]}"
            yield Problem(key=at, what=what, expected="another path, such as web.replicas")
        misshapen = [*schema_problems(value.schema)] if value.schema is not None else []
        for where, what, expected in misshapen:
            yield Problem(key=f"{at}.{where}", what=what, expected=expected)
        for variant, objects in variants.items():
            held = {repr(item) for place in readable for item in place.found(objects)}
            if len(held) > 1:
                what = f"{' and '.join(sorted(held))} in the variant {variant}"
                yield Problem(key=at, what=what, expected="places with equal values")
            wanted = {} if misshapen or too_large else _schema(value, [*_samples(readable, variants)])
            for item in (item for place in readable for item in place.found(objects)):
                if not misshapen and (said := refusal(wanted, item)):
                    what = f"the schema refuses {item!r}, the value in the variant {variant}: {said}"
                    yield Problem(key=at, what=what, expected="a schema that accepts the value of each variant")
                    break
        if not value.places:
            yield Problem(key=at, what="places is empty", expected="at least one Place, where the value is inserted")
