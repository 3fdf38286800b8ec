"""Every place of a model that holds text, found by walking the models: a new field is there at once."""

import copy
import random
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

EACH = "*"
ITEM = "[]"
KEY = "(key)"


@dataclass(frozen=True)
class Field:
    """A field for text: a place that it has in a document, and what it takes."""

    name: str
    document: str
    steps: tuple[str, ...]
    annotation: Any

    def __str__(self) -> str:
        return ".".join((self.document, *self.steps))

    def takes(self, text: str) -> bool:
        """Whether the field's own type takes a text."""
        try:
            TypeAdapter(self.annotation).validate_python(text)
        except ValidationError:
            return False
        return True


def fields(documents: dict[str, type[BaseModel]], draw: random.Random) -> list[Field]:
    """Return the fields for text of the models, each in one of the places that it has."""
    found: dict[str, list[Field]] = {}
    for document, model in documents.items():
        for place in _in_model(document, (), model, ()):
            found.setdefault(place.name, []).append(place)
    return [draw.choice(places) for places in found.values()]


def _in_model(document: str, steps: tuple[str, ...], model: type[BaseModel], above: tuple[Any, ...]) -> Iterator[Field]:
    for name, field in model.model_fields.items():
        kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        yield from _below(f"{model.__name__}.{name}", document, (*steps, name), kind, (*above, model))


def _below(name: str, document: str, steps: tuple[str, ...], kind: Any, above: tuple[Any, ...]) -> Iterator[Field]:
    origin = get_origin(kind)
    if origin is Annotated and get_args(kind)[0] is str:
        yield Field(name, document, steps, kind)
    elif origin is Annotated:
        yield from _below(name, document, steps, get_args(kind)[0], above)
    elif origin in (Union, types.UnionType):
        for option in get_args(kind):
            yield from _below(name, document, steps, option, above)
    elif origin is dict:
        key, value = get_args(kind)
        yield from _below(f"{name}.{KEY}", document, (*steps, KEY), key, above)
        yield from _below(f"{name}.{EACH}", document, (*steps, EACH), value, above)
    elif origin in (list, tuple):
        yield from _below(f"{name}.{ITEM}", document, (*steps, ITEM), get_args(kind)[0], above)
    elif kind is str:
        yield Field(name, document, steps, kind)
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in above:
        yield from _in_model(document, steps, kind, above)


def put(data: Any, steps: tuple[str, ...], text: str) -> None:
    """Put a text at a place of a document; what leads to it is made where it is missing.

    Raises ``TypeError`` where something else than a section, a mapping or a list stands on the way.
    """
    step, *rest = steps
    if not isinstance(data, list if step == ITEM else dict):
        raise TypeError(f"{step} of {data!r}")
    if step == KEY:
        data[text] = copy.deepcopy(next(iter(data.values()), "text"))
        return
    found: Any = 0 if step == ITEM else next(iter(data), "some") if step == EACH else step
    if step == ITEM and not data:
        data.append(None)
    if not rest:
        data[found] = text
        return
    present = data[found] if step == ITEM else data.get(found)
    if present is None:
        data[found] = [] if rest[0] == ITEM else {}
    put(data[found], tuple(rest), text)
