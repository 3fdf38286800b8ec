"""Explain a key of the model: its meaning, type, default, and its value in each file."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from quantacirc_cdk.documented import field_docs
from quantacirc_cdk.errors import ModelError, Problem, nearest
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.component import Component
from quantacirc_cdk.model.component_files import component_models
from quantacirc_cdk.model.document import Node, Place, Plain
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.loader import read_documents
from quantacirc_cdk.model.problems import dotted, place_of
from quantacirc_cdk.model.system import System

_DOCUMENTS: tuple[tuple[str, type[BaseModel]], ...] = (("system", System), ("environment", Environment))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A value of a key, and where it is set."""

    of: str
    """Name of the environment, or ``system``."""
    value: Plain
    origin: str
    """File and line."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Explanation of a key in one of the two documents."""

    document: str
    """``system`` or ``environment``."""
    key: str
    description: str
    type: str
    default: str
    """Default as YAML; ``required`` for a key without one."""
    keys: tuple[str, ...]
    """Keys below it, if it is a section."""
    settings: tuple[Setting, ...]


def explain(root: Path, key: str) -> list[Explanation]:
    """Return what a ``key`` means in the system and in environments of the project in ``root``.

    The key is written as error messages write it, such as ``components.web.ports[0].name``; an empty one is the whole
    file. The values of the model
    need not be valid. Raises ``ModelError`` for an unknown key, and for files that cannot be read.
    """
    place = place_of(key)
    system, environments = read_documents(root)
    components = component_models(system, Registry(root))
    found = []
    for (document, model), sources in zip(_DOCUMENTS, ({"system": system}, environments), strict=True):
        explained = _of(components, document, model, place)
        if explained is not None:
            found.append(_explanation(document, key, explained, tuple(_settings(sources, place)) if place else ()))
    if not found:
        wrong, expected = _meant(components, place)
        raise ModelError(Problem(key=dotted(wrong), what="no such key", expected=expected))
    return found


class _Meaning(NamedTuple):
    """What stands at a place of a document."""

    info: FieldInfo | None
    """The field; None for a component, or an entry of a mapping."""
    annotation: Any
    description: str


def _explanation(document: str, key: str, meaning: _Meaning, settings: tuple[Setting, ...]) -> Explanation:
    info, annotation, said = meaning
    choices = type_of(annotation, info.metadata if info else ())
    default = "none" if info is None else default_of(info)
    sections = list(sections_of(annotation))
    return Explanation(
        document=document,
        key=key,
        description=" ".join(said.split()),
        type=choices,
        default=default,
        keys=tuple(sorted({name for section in sections for name in section.model_fields})),
        settings=settings,
    )


def default_of(info: FieldInfo) -> str:
    """Return the default of a field as YAML; ``required`` for a field without one."""
    if info.is_required():
        return "required"
    choices = type_of(info.annotation, info.metadata)
    if info.get_default() is None and "none" in choices.removeprefix("one of ").split(", "):
        return "not set"  # One of the values is the text `none`.
    return _plain(info.get_default(call_default_factory=True))


def _plain(value: Any) -> str:
    from quantacirc_cdk.model.edit import inline

    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    return "none" if value is None else inline(value)


def _of(
    components: Mapping[str, type[Component]], document: str, model: type[BaseModel], place: Place
) -> _Meaning | None:
    """Return what stands at ``place``, or None if the document has no such key."""
    if len(place) >= 2 and place[0] == "components":
        component = components.get(str(place[1]))
        if component is None:
            return None
        section = component if document == "system" else component.settings
        return _Meaning(None, section, section.__doc__ or "") if len(place) == 2 else _field(section, place[2:])
    return _field(model, place) if place else _Meaning(None, model, model.__doc__ or "")


def _field(model: type[BaseModel], place: Place) -> _Meaning | None:
    name = str(place[0])
    info = model.model_fields.get(name)
    if info is None:
        return None
    described = field_docs(model).get(name, "")
    if len(place) == 1:
        return _Meaning(info, info.annotation, described)
    for annotation, rest in _inside(info.annotation, place[1:]):
        sections = list(sections_of(annotation))
        if not rest:
            return _Meaning(None, annotation, " ".join(one.__doc__ or "" for one in sections) or described)
        for section in sections:
            found = _field(section, rest)
            if found is not None:
                return found
    return None


def _inside(annotation: Any, place: Place) -> Iterator[tuple[Any, Place]]:
    """Yield the types inside a type, each with the remaining place. An entry of a mapping or list takes one step of
    the place.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        for option in inner:
            yield from _inside(option, place)
    elif origin is Annotated:
        yield from _inside(inner[0], place)
    elif origin is dict and place:
        # What contains nothing else has a key with dots, such as a label.
        yield inner[1], place[1:] if type_of(inner[1]).startswith(("section", "list", "mapping")) else ()
    elif origin is list and place and isinstance(place[0], int):
        yield inner[0], place[1:]
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, place


def sections_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections that a value of this type can be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, types.UnionType, Annotated):
        for option in get_args(annotation):
            yield from sections_of(option)


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than", "pattern": "like"}
_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}


def type_of(annotation: Any, metadata: Any = ()) -> str:
    """Return a type and its bounds in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_of(inner[0], inner[1:])
    if origin in (Union, types.UnionType):
        said = " or ".join(dict.fromkeys(type_of(option) for option in inner if option is not type(None)))
    elif origin is Literal:
        said = f"one of {', '.join(map(str, inner))}"
    elif origin is list:
        said = f"list of {type_of(inner[0])}"
    elif origin is dict:
        said = f"mapping of names to {type_of(inner[1])}"
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        said = "section"
    else:
        said = _NAMES.get(annotation, getattr(annotation, "__name__", "value"))
    limits = [
        f"{word} {getattr(one, name)}" for one in _flat(metadata) for name, word in _BOUNDS.items() if _has(one, name)
    ]
    return ", ".join([said, *dict.fromkeys(limits)])


def _flat(metadata: Any) -> Iterator[Any]:
    for one in metadata:
        yield one
        yield from getattr(one, "metadata", ())


def _has(one: object, name: str) -> bool:
    return getattr(one, name, None) is not None


def _settings(sources: "dict[str, Node]", place: Place) -> Iterator[Setting]:
    for name, node in sources.items():
        if (found := _at(node, place)) is not None:
            yield Setting(of=name, value=found.plain(), origin=f"{found.file}:{found.line}")


def _at(node: Node, place: Place) -> Node | None:
    """Return the node at ``place``, whose last key can contain dots; None if there is none."""
    if not place:
        return node
    inside, step = node.value, place[0]
    if isinstance(inside, list):
        return _at(inside[step], place[1:]) if isinstance(step, int) and step < len(inside) else None
    if not isinstance(inside, dict):
        return None
    whole = inside.get(".".join(map(str, place)))
    found = inside.get(str(step))
    return whole or (_at(found, place[1:]) if found is not None else None)


def _meant(components: Mapping[str, type[Component]], place: Place) -> tuple[Place, str]:
    """Return ``place`` up to the first unknown step, and the expected key."""
    valid = {*System.model_fields, *Environment.model_fields}
    for count, step in enumerate(place, 1):
        known = place[:count]
        if valid and step not in valid:
            return known, nearest(str(step), valid)
        found = [one for document, model in _DOCUMENTS if (one := _of(components, document, model, known))]
        if not found and known != ("components",):
            return known, f"nothing inside {dotted(known[:-1])}"
        sections = [section for one in found for section in sections_of(one.annotation)]
        valid = set(components) if known == ("components",) else {name for one in sections for name in one.model_fields}
    return place, "one of its parent keys"
