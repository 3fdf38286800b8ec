"""A rule for a value, as an annotation that both pydantic and ``check`` evaluate."""

import re
from collections.abc import Callable, Mapping
from typing import Any


class Rule:
    """A condition on a value in addition to its type.

    >>> Rule(lambda text: None if text.islower() else "lower case", source="…").refusal("A")
    'lower case'
    """

    def __init__(
        self,
        refusal: Callable[[Any], str | None],
        *,
        source: str,
        schema: dict[str, Any] | None = None,
        keywords: dict[str, Any] | None = None,
    ):
        self.refusal = refusal
        """Returns None for a valid value, else what was expected."""
        self.source = source
        """URL of the document, specification or code that defines the rule."""
        self._schema = schema or {}
        """Equivalent keywords of JSON Schema, if there are any, which the schema of the model has."""
        self.keywords = (schema or {}) if keywords is None else keywords
        """Keywords of JSON Schema (draft 7) for the values of a chart, as far as keywords can say the rule. Helm's
        regular expressions are RE2, which has no lookaround (https://github.com/google/re2/wiki/Syntax).
        """

    def __repr__(self) -> str:
        return f"Rule({self.source})"

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Check the value after pydantic has checked its type."""
        from pydantic_core import PydanticCustomError, core_schema

        def check(value: Any) -> Any:
            expected = self.refusal(value)
            if expected is not None:
                raise PydanticCustomError("expected", "{expected}", {"expected": expected})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Add the keywords of JSON Schema."""
        return handler(schema) | self._schema


INT32 = 2**31 - 1
"""Maximum value of most API fields. Messages do not mention it if the minimum is violated."""


class Range(Rule):
    """A number between inclusive bounds."""

    def __init__(self, low: int, high: int = INT32, unit: str = "", *, source: str):
        self.low, self.high = low, high
        self._unit = f" {unit}" if unit else ""
        super().__init__(self._refusal, source=source, schema={"minimum": low, "maximum": high})

    def _refusal(self, number: int) -> str | None:
        if self.low <= number <= self.high:
            return None
        if self.high != INT32:
            return f"{self.low} to {self.high}{self._unit}"
        return f"at least {self.low}{self._unit}" if number < self.low else f"at most {self.high}{self._unit}"


def matching_one(rules: Mapping[str, Rule], expected: str, *, source: str) -> Rule:
    """Return the rule that a text keeps one of ``rules`` from ``matching``. The rule with the prefix of a wrong text as
    its key says what is wrong; without one, ``expected`` does.
    """

    def refusal(text: str) -> str | None:
        found = [rule.refusal(text) for rule in rules.values()]
        if None in found:
            return None
        return next((why for prefix, why in zip(rules, found, strict=True) if text.startswith(prefix)), expected)

    pattern = "|".join(rule.keywords["pattern"][2:-2] for rule in rules.values())
    return Rule(refusal, source=source, schema={"pattern": f"^({pattern})$"})


def matching(pattern: str, expected: str, *, source: str, longest: int | None = None, schema: bool = False) -> Rule:
    """Return the rule that the whole text matches ``pattern`` and has at most ``longest`` characters.

    With ``schema``, the JSON Schema contains both.
    """
    compiled = re.compile(pattern)

    def refusal(text: str) -> str | None:
        fits = (longest is None or len(text) <= longest) and compiled.fullmatch(text) is not None
        return None if fits else expected

    keywords = {"pattern": f"^({pattern})$"} | ({} if longest is None else {"maxLength": longest})
    portable = not re.search(r"\(\?[=!<]", pattern)
    return Rule(refusal, source=source, schema=keywords if schema else None, keywords=keywords if portable else {})
