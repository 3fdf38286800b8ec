"""Turn pydantic errors into problems with a file and line."""

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from quantacirc_cdk.documented import field_docs
from quantacirc_cdk.errors import ModelError, Problem, nearest
from quantacirc_cdk.limits.kubernetes_fields import patchable
from quantacirc_cdk.model.document import Node, Place, describe
from quantacirc_cdk.model.synonyms import key_meant, slip_of
from quantacirc_cdk.model.values import Name

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], root: Node, data: object, at: Place = ()) -> tuple[M | None, list[Problem]]:
    """Validate ``data`` as a model. Return the model, or None and every problem with its place in the document
    ``root``.

    ``at`` is the place of ``data`` in the document.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = [_problem(model, root, dict(detail), at) for detail in error.errors(include_url=False)]
        return None, list(_joined(found))


def _joined(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Join what each type of a union expects of a value: pydantic reports one after the other."""
    for (file, line, key, what), alike in groupby(problems, lambda one: (one.file, one.line, one.key, one.what)):
        expected = dict.fromkeys(one.expected for one in alike)
        yield Problem(file=file, line=line, key=key, what=what, expected=" or ".join(expected))


def problem_at(root: Node, place: Place, what: str, expected: str = "") -> Problem:
    """Return a problem at a place of a document."""
    node = root.find(place)
    return Problem(file=node.file, line=node.line, key=dotted(place), what=what, expected=expected)


_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def place_of(key: str) -> Place:
    """Return the place that ``dotted`` writes as ``key``."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(key))


def where_set(problem: Problem, merged: Node, system: Node) -> Problem:
    """Give a problem of an environment the file and line of the system if its value is set only there."""
    place = place_of(problem.key)
    if merged.depth(place) < system.depth(place) == len(place):
        return placed(problem, system, place)
    return problem


def placed(problem: Problem, root: Node, place: Place) -> Problem:
    """Add the file and line of a place, or of the nearest existing parent, to a problem."""
    node = root.find(place)
    return replace(problem, file=node.file, line=node.line)


def check_name(name: str, key: str) -> None:
    """Raise ``ModelError`` if ``name`` is not a valid name of a system, a component or an environment. ``key`` says
    where it is.
    """
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        (detail,) = error.errors(include_url=False)
        what = f"found {describe(name)}"
        raise ModelError(Problem(key=key, what=what, expected=_expectation(detail["type"], dict(detail)))) from None


def dotted(place: Place) -> str:
    """Return a place in dotted form: ``components.bus.ports[0].name``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


_LINE = 100


def _problem(model: type[BaseModel], root: Node, detail: Mapping[str, Any], at: Place) -> Problem:
    kind, place = detail["type"], tuple(detail["loc"])
    # pydantic's mark for an invalid key. A file can also contain a key with this name.
    bad_key = bool(place) and place[-1] == "[key]" and kind != "extra_forbidden"
    if bad_key:
        place = place[:-1]
    shown = (*at, *place)
    while shown and not isinstance(root.find(shown[:-1]).value, dict | list):
        shown = shown[:-1]  # pydantic's name of a type of a union: nothing is below a value that is no collection
    if kind == "extra_forbidden":
        valid = _fields(model, place[:-1])
        return problem_at(root, shown, "unknown key", _meant(shown, valid))
    if kind == "missing":
        described = _description(model, place)
        expected = _mapping(model, place) or "a value"
        return problem_at(root, shown, "missing key", f"{expected}: {described}" if described else f"{expected} for it")
    found = f"the key {describe(shown[-1])}" if bad_key else f"found {describe(detail['input'])}"
    mapping = _mapping(model, place) if kind == "model_type" else ""
    return problem_at(root, shown, found, mapping or _expectation(kind, detail))


def _meant(place: Place, valid: list[str]) -> str:
    """Return what was expected in place of an unknown key: another key, or a patch if it is a field of Kubernetes."""
    key = str(place[-1])
    field = patchable(key) if place[0] == "components" else None
    if field is None or slip_of(key, valid) is not None:
        section = dotted(place[:-1])
        return key_meant(key, valid) or f"one of the keys that `{f'qcdk explain {section}'.strip()}` lists"
    return f"a patch: the model has no key for {field}, but `patches` can set it (docs/patches.md)"


def _expectation(kind: str, detail: Mapping[str, Any]) -> str:
    context = detail.get("ctx", {})
    match kind:
        case "expected":
            return str(context["expected"])
        case "literal_error" if isinstance(detail["input"], str):
            options = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            return nearest(detail["input"], options)
        case "string_type":
            quoted = isinstance(detail["input"], int | float)
            return "text; put it in quotes" if quoted else "text"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "a mapping of keys to values"
        case "list_type":
            return "a list"
        case "bool_type":
            return "true or false"
        case "int_type":
            octal = re.fullmatch(r"0([0-7]+)", str(detail["input"]))
            return f"a whole number, in octal 0o{octal[1]}" if octal else "a whole number"
        case "string_too_short" | "string_too_long":
            return str(detail["msg"]).removeprefix("String should have ")
        case "too_short" | "too_long":
            bound = "at least" if kind == "too_short" else "at most"
            count = context.get("min_length", context.get("max_length"))
            return f"{bound} {count} {'entry' if count == 1 else 'entries'}"
        case _:
            return str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    return sorted({name for section in _sections(model, place) for name in section.model_fields})


def _description(model: type[BaseModel], place: Place) -> str:
    """Return the docstring of a field: as many whole sentences as fit into a line."""
    for section in _sections(model, place[:-1]):
        if text := field_docs(section).get(str(place[-1])):
            text = f"{' '.join(text.split())} "
            end = text.rfind(". ", 0, _LINE)
            return text[: end if end > 0 else text.find(". ")]
    return ""


def _mapping(model: type[BaseModel], place: Place) -> str:
    """Describe the mapping that belongs at ``place`` by the keys that it must have; an empty text for anything else."""
    for inner in _types(model, place):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            required = [name for name, one in inner.model_fields.items() if one.is_required()]
            return f"a mapping with {' and '.join(required)}" if required else "a mapping of keys to values"
    return ""


def _types(model: type[BaseModel], place: Place) -> Iterator[Any]:
    """Yield the type annotations of the value at ``place``."""
    if not place:
        yield model
        return
    for section in _sections(model, place[:-1]):
        if field := section.model_fields.get(str(place[-1])):
            yield field.annotation


def _sections(annotation: Any, place: Place) -> Iterator[type[BaseModel]]:
    """Yield the models at ``place`` below a model or type annotation."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        for option in get_args(annotation):
            yield from _sections(option, place)
    elif origin is Literal:
        return
    elif origin is dict:
        if place:
            yield from _sections(get_args(annotation)[1], place[1:])
    elif origin is not None:  # list[X], Annotated[X, ...]
        inner = get_args(annotation)[0]
        yield from _sections(inner, place[1:] if origin is list else place)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not place:
            yield annotation
        elif place[0] in annotation.model_fields:
            yield from _sections(annotation.model_fields[str(place[0])].annotation, place[1:])
