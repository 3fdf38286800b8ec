"""Wrong and right values for the fields of any props, found by walking their annotations."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from support.limits import REFUSED, TAKEN, examples, rule_of

_OTHERS: tuple[Any, ...] = ("text", 7, 1.5, True, b"bytes", {"a": 1}, [{}], object(), None)
"""Values of many types."""


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of the type that a hint describes, whatever its rules say."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return fits(value, inner[0])
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return value in inner
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return isinstance(value, list) and all(fits(item, inner[0]) for item in value)
    return hint is object or type(value) is hint or (value is None and hint is types.NoneType)


def wrong(hint: Any) -> Iterator[Any]:
    """Yield values that ``hint`` does not describe: of other types, and those that its rules refuse."""
    for value in _OTHERS:
        if not fits(value, hint):
            yield value
    if rule_of(hint):
        yield from examples(REFUSED, hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated and get_origin(inner[0]) is not None:
        yield from wrong(inner[0])
    elif origin in (Union, types.UnionType):
        rules = [one for one in inner if one is not types.NoneType]
        if len(rules) == 1:
            yield from (value for value in wrong(rules[0]) if value is not None)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        key = next(iter(right_ones(inner[0])))
        yield from ({key: value} for value in wrong(inner[1]))
        if rule_of(inner[0]):
            value = next(iter(right_ones(inner[1])), "")
            yield from ({bad: value} for bad in examples(REFUSED, inner[0]))
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        yield from ([value] for value in wrong(inner[0]))


def right_ones(hint: Any) -> list[Any]:
    """Return some values that a hint describes; none for other hints than text, numbers and rules about them."""
    if rule_of(hint):
        return examples(TAKEN, hint)
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return ["text"] if hint is str else [7] if hint is int else []


def changed(props: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each field, a wrong value and the props with it; fields of props in props as well."""
    hints = typing.get_type_hints(type(props), include_extras=True)
    for field in dataclasses.fields(props):
        absent = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        for value in [*wrong(hints[field.name]), *([""] if absent and hints[field.name] is str else [])]:
            yield field.name, value, dataclasses.replace(props, **{field.name: value})
        inside = getattr(props, field.name)
        if dataclasses.is_dataclass(inside):
            for name, value, other in changed(inside):
                yield f"{field.name}.{name}", value, dataclasses.replace(props, **{field.name: other})


_FREE: Mapping[tuple[str, str], st.SearchStrategy[Any]] = {
    ("PodOptions", "affinity"): st.sampled_from(
        [{}, {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}]
    ),
    ("Volume", "source"): st.sampled_from([{"emptyDir": {}}, {"configMap": {"name": "a"}}]),
}
"""What the API takes where the props pass on what they are given."""


def right(hint: Any, place: tuple[str, str] = ("", "")) -> st.SearchStrategy[Any]:
    """Return values that ``hint`` describes."""
    if place in _FREE:
        return _FREE[place]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated and get_origin(inner[0]) is not None:
        return right(inner[0])
    if origin is Annotated:
        return st.sampled_from(examples(TAKEN, hint))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(right, inner))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(right(inner[0]), right(inner[1]), max_size=2)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return st.lists(right(inner[0]), max_size=2)
    if dataclasses.is_dataclass(hint):
        return right_props(hint)
    plain = {
        str: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
        int: st.integers(0, 1000),
        float: st.floats(0.1, 99.9),
        bool: st.booleans(),
        types.NoneType: st.none(),
    }
    return plain[hint]


def right_props(kind: Any) -> st.SearchStrategy[Any]:
    """Return props of this class, with any of their optional fields."""
    needed, optional = {}, {}
    for field, strategy in fields_of(kind):
        free = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        (needed if free else optional)[field.name] = strategy
    return st.fixed_dictionaries(needed, optional=optional).map(lambda given: kind(**given))


def fields_of(kind: Any) -> Iterator[tuple["dataclasses.Field[Any]", st.SearchStrategy[Any]]]:
    """Yield the fields of props with values for each."""
    hints = typing.get_type_hints(kind, include_extras=True)
    owner = {name: one.__name__ for one in reversed(kind.__mro__) for name in getattr(one, "__annotations__", {})}
    for field in dataclasses.fields(kind):
        yield field, st.deferred(lambda f=field: right(hints[f.name], (owner[f.name], f.name)))
