"""Sections with a short form, and sections with exactly one of several keys."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError, core_schema

from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.model.base import Section


class Short:
    """Lets a section be written as the value of one of its keys: ``tcp: 6379`` for ``tcp: { port: 6379 }``."""

    def __init__(self, key: str, *types: type) -> None:
        self.key, self.types = key, types or (str,)

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Expand the short form before validation."""

        def expand(value: Any) -> Any:
            if isinstance(value, self.types) and not (isinstance(value, bool) and bool not in self.types):
                return {self.key: value}
            if isinstance(value, int | float) and str in self.types:
                raise PydanticCustomError("expected", "{expected}", {"expected": "text; put it in quotes"})
            return value

        return core_schema.no_info_before_validator_function(expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Return a JSON Schema that accepts both forms."""
        names = {str: "string", int: "integer", list: "array", bool: "boolean"}
        short = [{"type": names[one]} for one in self.types]
        return {"anyOf": [*short, handler(schema)]}


def expected(text: str) -> PydanticCustomError:
    """Return the error of a section with contradictory keys."""
    return PydanticCustomError("expected", "{expected}", {"expected": text})


class Choice(Section):
    """A section in which exactly one of ``choices`` is set. When merged, it replaces the inherited section as a
    whole.
    """

    choices: ClassVar[tuple[str, ...]]
    only_with: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Keys that have an effect with some choices only, each with these choices."""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        exactly_one(self, self.choices)
        for key, choices in self.only_with.items():
            if key in self.model_fields_set and all(getattr(self, choice) is None for choice in choices):
                raise expected(f"{key} only with {' or '.join(choices)}")
        return self


def _number_or_text(number: TypeAdapter[Any], text: TypeAdapter[Any], expected: str) -> PlainValidator:
    """Return a validator for a number or a text that reports one error instead of one for each type."""

    def check(value: Any) -> Any:
        try:
            return (text if isinstance(value, str) else number).validate_python(value, strict=True)
        except ValidationError:
            raise PydanticCustomError("expected", "{expected}", {"expected": expected}) from None

    return PlainValidator(check)


PortRef = Annotated[
    int | str,
    _number_or_text(
        TypeAdapter(formats.PortNumber), TypeAdapter(kubernetes.PortName), "the number or the name of a port"
    ),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string"}]}),
]
"""Number or name of a port."""
PodCount = Annotated[
    int | str,
    _number_or_text(
        TypeAdapter(Annotated[int, Field(ge=0, le=1000)]),
        TypeAdapter(Annotated[str, Field(pattern=r"^(100|[0-9]{1,2})%$")]),
        "a number of pods, or a percentage such as 25%",
    ),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]{1,3}%$"}]}),
]
"""A number of pods, or a percentage of them."""


def exactly_one(section: Section, keys: tuple[str, ...]) -> None:
    """Raise ``ValueError`` unless exactly one of ``keys`` is set."""
    given = [key for key in keys if getattr(section, key) is not None]
    if len(given) != 1:
        said = f"only one of {', '.join(given)}" if given else f"{'one of ' if len(keys) > 1 else ''}{', '.join(keys)}"
        raise expected(said)
