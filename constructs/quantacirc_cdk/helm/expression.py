"""Template expressions with an equivalent Python function, so that parity is checked without Helm."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Inputs of an expression: values and release."""

    values: dict[str, Any]
    release: str = ""
    """Name of the release."""
    namespace: str = ""
    app_version: str = ""
    """Version of the installed software."""
    managed_by: str = "Helm"

    def value(self, path: str) -> Any:
        """Return a value by its dotted path; None if it is not set."""
        return self.at(path.split("."))

    def at(self, steps: Sequence[str]) -> Any:
        """Return a value by the steps of its path; None if it is not set."""
        found: Any = self.values
        for step in steps:
            if not isinstance(found, dict) or step not in found:
                return None
            found = found[step]
        return found


@dataclass(frozen=True, slots=True)
class Expression:
    """A pipeline of Helm's template language, and a function that computes the same."""

    helm: str
    """The pipeline without braces (``.Values.web.replicas``)."""
    compute: Callable[[Scope], Any] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Numbered(Expression):
    """Numbered items in a text, or in a list."""

    count: Expression
    before: tuple[str | Expression, ...]
    """The parts of an item before its number."""
    after: tuple[str | Expression, ...]
    between: str
    template: str
    """Name of the template that joins the items."""
    split: bool = False
    """Whether the items are those of a list."""

    def between_these(self, before: tuple[str | Expression, ...], after: tuple[str | Expression, ...]) -> "Numbered":
        """Return the items with another text around their numbers."""
        return numbered(self.count, before, after, self.between, self.template, split=self.split)


def numbered(
    count: Expression,
    before: tuple[str | Expression, ...],
    after: tuple[str | Expression, ...],
    between: str,
    template: str,
    *,
    split: bool = False,
) -> Numbered:
    """Return numbered items, each with the same text before and after its number."""

    def compute(scope: Scope) -> Any:
        first, last = (
            "".join(part if isinstance(part, str) else str(part.compute(scope)) for part in parts)
            for parts in (before, after)
        )
        items = [f"{first}{index}{last}" for index in range(count.compute(scope))]
        return items if split else between.join(items)

    arguments = " ".join(printed(parts) for parts in (before, after, (between,)))
    helm = f'include "{template}" (list (int {count.helm}) {arguments})'
    if split:
        helm = f"splitList {quoted(between)} ({helm})"
    return Numbered(helm, compute, count, before, after, between, template, split)


def printed(parts: tuple[str | Expression, ...]) -> str:
    """Return a text of several parts as an argument of a template."""
    found = [quoted(part) if isinstance(part, str) else argument(part) for part in parts]
    return found[0] if len(found) == 1 else f"(print {' '.join(found)})" if found else quoted("")


@cache
def value(path: str) -> Expression:
    """Return the value at a dotted path of ``values.yaml``."""
    steps = path.split(".")
    return Expression(f".Values.{path}", lambda scope: scope.at(steps))


def negated(condition: Expression) -> Expression:
    """Return the opposite of a condition."""
    return Expression(f"not {argument(condition)}", lambda scope: not condition.compute(scope))


def has(mapping: Expression, key: str) -> Expression:
    """Return whether a mapping has a key, regardless of its value."""
    return Expression(f"hasKey {argument(mapping)} {quoted(key)}", lambda scope: key in (mapping.compute(scope) or {}))


def more_than(number: Expression, limit: int) -> Expression:
    """Return whether a number is greater than ``limit``."""
    return Expression(f"gt (int {argument(number)}) {limit}", lambda scope: number.compute(scope) > limit)


def above(number: Expression, other: Expression) -> Expression:
    """Return whether a number is greater than another one."""
    return Expression(
        f"gt (int {argument(number)}) (int {argument(other)})",
        lambda scope: int(number.compute(scope) or 0) > int(other.compute(scope) or 0),
    )


def equals(found: Expression, wanted: str) -> Expression:
    """Return whether a text equals ``wanted``."""
    return Expression(f"eq {argument(found)} {quoted(wanted)}", lambda scope: bool(found.compute(scope) == wanted))


def all_of(*conditions: Expression) -> Expression:
    """Return whether all conditions are true."""
    if len(conditions) == 1:
        return conditions[0]
    joined = " ".join(argument(condition) for condition in conditions)
    return Expression(f"and {joined}", lambda scope: all(condition.compute(scope) for condition in conditions))


def any_of(*conditions: Expression) -> Expression:
    """Return whether a condition is true."""
    if len(conditions) == 1:
        return conditions[0]
    joined = " ".join(argument(condition) for condition in conditions)
    return Expression(f"or {joined}", lambda scope: any(condition.compute(scope) for condition in conditions))


def some_of(conditions: Iterable[Expression]) -> Expression | None:
    """Return whether one of these conditions is true; None if one always is, because it is another one's opposite."""
    found = dict.fromkeys(conditions)
    return None if any(negated(condition) in found for condition in found) else any_of(*found)


def first_of(*found: Expression) -> Expression:
    """Return the first value that is not empty."""

    def compute(scope: Scope) -> Any:
        return next((item for each in found if (item := each.compute(scope))), None)

    return Expression(f"coalesce {' '.join(map(argument, found))}", compute)


def merged(*mappings: Expression) -> Expression:
    """Merge mappings; for a common key, the first mapping takes precedence."""
    if len(mappings) == 1:
        return mappings[0]

    def compute(scope: Scope) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for mapping in reversed(mappings):
            found |= mapping.compute(scope) or {}
        return found

    return Expression(f"merge (dict) {' '.join(map(argument, mappings))}", compute)


def without(mapping: Expression, keys: Sequence[str]) -> Expression:
    """Return a mapping without these keys."""

    def compute(scope: Scope) -> dict[str, Any]:
        return {key: item for key, item in mapping.compute(scope).items() if key not in keys}

    return Expression(f"omit {argument(mapping)} {' '.join(map(quoted, keys))}", compute)


RELEASE = Expression(".Release.Name", lambda scope: scope.release)
NAMESPACE = Expression(".Release.Namespace", lambda scope: scope.namespace)
MANAGED_BY = Expression(".Release.Service", lambda scope: scope.managed_by)
APP_VERSION = Expression(".Chart.AppVersion", lambda scope: scope.app_version)


def argument(expression: Expression) -> str:
    """Return an expression as an argument of another."""
    return f"({expression.helm})" if " " in expression.helm else expression.helm
