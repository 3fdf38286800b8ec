"""Every place of a model that holds text, found by walking the models: a new field is there at once."""

import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.component import Component, Settings
from quantacirc_cdk.model.needs.short import Short
from support.fields import sections

EACH = "*"
ITEM = "[]"
KEY = "(key)"
ABOUT_OTHER_FILES = {"Environment.extends", "Environment.name"}
OF_PATCHES = ("Patch.", "SystemPatch.", "Operation.", "System.patches", "Environment.patches")
"""They name objects, and places in them."""
OF_A_LIST = {
    "Component.kind",
    "DaemonUpdate.max_surge",
    "DaemonUpdate.max_unavailable",
    "UpdateSpec.max_surge",
}
"""Text of a closed list, or in which only digits and a percent sign may stand."""
Step = str | int
Kinds = Mapping[str, type[Component]]


@dataclass(frozen=True)
class Field:
    """A place for text in a document."""

    name: str
    """Field of the model, which has several places: ``Environment.tags.*``."""
    document: str
    steps: tuple[Step, ...]
    """Where the text is; for the key of a mapping, where its value is."""
    annotation: Any

    @property
    def is_key(self) -> bool:
        return self.name.endswith(KEY)

    def takes(self, text: str) -> bool:
        """Whether the field's own type takes a text."""
        try:
            _adapter(self.annotation).validate_python(text)
        except ValidationError:
            return False
        return True


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def names() -> set[str]:
    """Return the fields for text of every section of the model and of all kinds of component."""
    found: set[str] = set()
    for section in sections():
        for name in section.model_fields:
            found |= set(_texts(_named(section, name), _annotation(section, name)))
    return found


def wanted() -> set[str]:
    """Return the fields for text that the project of the property has a value for."""
    of_objects = {name for name in names() if name.startswith(OF_PATCHES)}
    return names() - of_objects - ABOUT_OTHER_FILES - OF_A_LIST


def _texts(name: str, kind: Any) -> Iterator[str]:
    """Yield where an annotation holds text, not looking into other sections."""
    origin = get_origin(kind)
    if kind is str:
        yield name
    elif origin is dict:
        key, value = get_args(kind)
        yield from _texts(f"{name}.{KEY}", key)
        yield from _texts(f"{name}.{EACH}", value)
    elif origin in (list, tuple):
        yield from _texts(f"{name}.{ITEM}", get_args(kind)[0])
    elif origin is Annotated:
        yield from _texts(name, get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for option in get_args(kind):
            yield from _texts(name, option)


def _named(section: type[BaseModel], name: str) -> str:
    """Return a field with the class that says what it is: kinds share fields."""
    owner = next(base for base in section.__mro__ if name in inspect.get_annotations(base))
    return f"{owner.__name__}.{name}"


def _annotation(section: type[BaseModel], name: str) -> Any:
    field = section.model_fields[name]
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def places(document: str, model: type[BaseModel], data: Mapping[str, Any], kinds: Kinds) -> Iterator[Field]:
    """Yield each text that stands in a document; ``kinds`` are those of the system's components."""
    yield from _Walk(document, kinds).section(model, data, ())


def kinds_in(system: Mapping[str, Any]) -> Kinds:
    """Return the kind of each component of a system's document."""
    registry = Registry()
    return {name: kind for name, part in system["components"].items() if (kind := registry.find(part["kind"]))}


@dataclass(frozen=True)
class _Walk:
    document: str
    kinds: Kinds

    def section(self, model: type[BaseModel], data: Mapping[str, Any], steps: tuple[Step, ...]) -> Iterator[Field]:
        if issubclass(model, Component):
            model = self.kinds[str(steps[-1])]
        elif issubclass(model, Settings):
            model = self.kinds[str(steps[-1])].settings
        for name, field in model.model_fields.items():
            key = field.alias or name
            if key in data:
                yield from self.below(_named(model, name), _annotation(model, name), data[key], (*steps, key))

    def below(self, name: str, kind: Any, data: Any, steps: tuple[Step, ...]) -> Iterator[Field]:
        origin = get_origin(kind)
        if origin is Annotated:
            inner, *rest = get_args(kind)
            short = next((one for one in rest if isinstance(one, Short)), None)
            if short and isinstance(data, short.types):
                yield from self.below(_named(inner, short.key), _annotation(inner, short.key), data, steps)
            elif isinstance(data, str) and list(_texts("", inner)) == [""]:
                yield Field(name, self.document, steps, kind)
            else:
                yield from self.below(name, inner, data, steps)
        elif origin in (Union, types.UnionType):
            for option in get_args(kind):
                yield from self.below(name, option, data, steps)
        elif origin is dict and isinstance(data, dict):
            key, value = get_args(kind)
            for one, item in data.items():
                yield from self.below(f"{name}.{KEY}", key, one, (*steps, one))
                yield from self.below(f"{name}.{EACH}", value, item, (*steps, one))
        elif origin in (list, tuple) and isinstance(data, list):
            for index, item in enumerate(data):
                yield from self.below(f"{name}.{ITEM}", get_args(kind)[0], item, (*steps, index))
        elif kind is str and isinstance(data, str):
            yield Field(name, self.document, steps, kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(data, dict):
            yield from self.section(kind, data, steps)
