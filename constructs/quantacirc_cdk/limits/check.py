"""Check the props of a construct against their annotations, and report all problems at once.

Checks types in addition to the rules in ``Annotated``, because a value of another type would only fail in JavaScript or
in the cluster. A dataclass checks rules for several fields in a method, which is called if each field is valid::

    def refusals(self) -> Iterator[Refusal]:
        if self.min_replicas > self.max_replicas:
            yield Refusal("min_replicas", f"{self.min_replicas}", f"at most max_replicas, {self.max_replicas}")
"""

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Union, get_args, get_origin

from quantacirc_cdk.errors import Problem, PropsError, alike
from quantacirc_cdk.limits.rule import Rule
from quantacirc_cdk.plain import path_of, plain_root


class Refusal(NamedTuple):
    """An invalid value."""

    place: str
    """Place below the checked object, such as ``ports[0].name``."""
    what: str
    """The invalid value."""
    expected: str

    def below(self, step: str) -> "Refusal":
        """Return the same problem with the place relative to the parent."""
        dot = "." if self.place and self.place[0] not in "[ " else ""
        return self._replace(place=f"{step}{dot}{self.place}")

    def problem(self, path: str) -> Problem:
        """Return the problem as reported to users; ``path`` is the construct's."""
        return Problem(key=path, what=f"{self.place} {self.what}".lstrip(), expected=self.expected)


Later = Callable[[Any], bool]
"""Whether a value is known only later, such as a Terraform expression, and must not be checked now."""
_Check = Callable[[Any], Collection[Refusal]]
_NONE: tuple[Refusal, ...] = ()


def describe(value: object) -> str:
    """Return a value for a message, shortened; text in quotes, to distinguish ``"1"`` from a number."""
    shown = f'"{value}"' if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."


def too_long(place: str, text: str, longest: int, condition: str = "") -> Refusal:
    """Return the refusal of a name of more than ``longest`` characters."""
    return Refusal(place, f"{describe(text)} of {len(text)} characters", f"at most {longest} characters{condition}")


def _refused(value: object, expected: str) -> Refusal:
    return Refusal("", describe(value), expected)


def check(props: object, later: Later | None = None) -> list[Refusal]:
    """Return all problems of a dataclass instance."""
    return list(_fields(props, later))


def check_call(
    function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any], later: Later | None = None
) -> list[Refusal]:
    """Return all problems of the arguments of a call, by the annotations of ``function``.

    Problems of an argument ``props`` name only its fields. Arguments that do not match the parameters are ignored,
    because Python reports them.
    """
    signature, checks = _parameters(function, later)
    try:
        bound = signature.bind(*arguments, **keywords).arguments
    except TypeError:
        return []
    found: list[Refusal] = []
    for name, one in checks:
        if name in bound:
            wrong = one(bound[name])
            found += [each if name == "props" and each.place else each.below(name) for each in wrong]
    return found


class _AbsentError(PropsError, AttributeError):
    """An attribute that the props of this object do not create; ``hasattr`` returns False."""


class Checked:
    """A construct that checks its arguments first, before anything reaches jsii.

    Raises ``PropsError`` with all problems, and the path of the construct. Subclasses are checked by their own
    ``__init__``.
    """

    _requirements: ClassVar[Mapping[str, str]] = {}
    """What each attribute requires that not every object of the class has."""

    if not TYPE_CHECKING:  # Pyright takes the parameters and the type of a new object from `__new__`, not `__init__`.

        def __new__(cls, scope, id, *arguments, **keywords):
            """Check the arguments by the annotations of ``__init__``."""
            if plain_root(scope) is None and not hasattr(type(scope), "node"):
                raise PropsError(Problem(key=f"{id}", what=f"scope {describe(scope)}", expected="a construct"))
            found = cls._refusals(scope, id, *arguments, **keywords)
            if id == "":
                found.append(Refusal("id", describe(id), "text, not empty"))
            if found:
                path = f"{path_of(scope)}/{id}".strip("/")
                raise PropsError(refusal.problem(path) for refusal in found)
            return super().__new__(cls)

        def __getattr__(self, name):
            """Raise ``PropsError`` for an attribute that requires other props, and ``AttributeError`` for others."""
            expected = type(self)._requirements.get(name)
            if expected is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            raise _AbsentError(Problem(key=path_of(self), what=f"it has no `{name}`", expected=expected))

    def __init__(self, scope: Any, id: str, *arguments: Any, **keywords: Any) -> None:
        """Create the construct. Raises ``PropsError`` if its scope has another one with the same id."""
        try:
            super().__init__(scope, id, *arguments, **keywords)  # type: ignore[call-arg] # of the construct
        except RuntimeError as error:
            raise_same_id(scope, id, error)
            raise

    @classmethod
    def _refusals(cls, scope: Any, id: str, *arguments: Any, **keywords: Any) -> list[Refusal]:
        return check_call(cls.__init__, (None, scope, id, *arguments), keywords)


def raise_same_id(scope: Any, id: str, error: RuntimeError) -> None:
    """Raise ``PropsError`` if jsii refused a construct because its scope has another one with the same id."""
    if "There is already a Construct with name" in str(error):
        path = f"{path_of(scope)}/{id}".lstrip("/")
        raise PropsError(Problem(key=path, what="a second construct with this id", expected="another id")) from None


@cache
def _parameters(
    function: Callable[..., Any], later: Later | None
) -> tuple[inspect.Signature, list[tuple[str, _Check]]]:
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function, include_extras=True)
    named = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) and name in hints and name != "scope"
    ]
    return signature, [(name, check_of(hints[name], later)) for name in named]


def _fields(value: Any, later: Later | None) -> Collection[Refusal]:
    kind: Any = type(value)
    return _dataclass(kind, later)(value)


@cache
def _dataclass(kind: Any, later: Later | None) -> _Check:
    """Return the check of a dataclass: of its fields, and then of its rules."""
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [
        (field.name, field.default, _required(check_of(hints[field.name], later), field, hints[field.name]))
        for field in dataclasses.fields(kind)
    ]
    own: Callable[[Any], Iterable[Refusal]] | None = getattr(kind, "refusals", None)

    def run(value: Any) -> Collection[Refusal]:
        found = []
        for name, default, one in fields:
            given = getattr(value, name)
            if given is not default:  # Most fields of most props keep their default, which is valid.
                found += [wrong.below(name) for wrong in one(given)]
        return found if found or own is None else list(own(value))

    return run


def _required(found: _Check, field: "dataclasses.Field[Any]", hint: Any) -> _Check:
    """Return the check of a field, which also refuses empty text where there must be one, or None."""
    absent = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    words = {(str,): "text", (str, types.NoneType): "text or None"}.get(get_args(hint) or (hint,))
    if words is None or not (absent or words != "text"):
        return found
    return lambda value: (_refused(value, f"{words}, not empty"),) if value == "" else found(value)


@cache
def check_of(hint: Any, later: Later | None = None) -> _Check:
    """Return the check of values that a type hint describes."""
    found = _check_of(hint, later)
    return found if later is None else lambda value: _NONE if later(value) else found(value)


def _check_of(hint: Any, later: Later | None) -> _Check:
    if hint is Any or hint is object or isinstance(hint, typing.TypeVar):
        return lambda _: _NONE
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _with_rules(check_of(arguments[0], later), [one for one in arguments[1:] if isinstance(one, Rule)])
    if origin in (Union, types.UnionType):
        return _union(arguments, later)
    if origin is Literal:
        return _literal(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*(check_of(one, later) for one in arguments))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _items(check_of(arguments[0], later))
    return _instance(origin or hint, later)


_WORDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    types.NoneType: "None",
}


def _instance(kind: type, later: Later | None) -> _Check:
    if getattr(kind, "_is_protocol", False):
        return _protocol(kind)
    word = _WORDS.get(kind) or f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"
    nested = dataclasses.is_dataclass(kind)

    def run(value: Any) -> Collection[Refusal]:
        if type(value) is kind and kind is not str:
            return _fields(value, later) if nested else _NONE
        number = kind in (int, float)
        fits = isinstance(value, int | float if kind is float else kind) and not (number and isinstance(value, bool))
        if not fits:
            return (_refused(value, word),)
        if kind in _PLAIN and isinstance(value, _PLAIN) and type(value) not in _PLAIN:
            return (_not_plain(value, kind),)
        if kind is str and (wrong := text_refusal(value)):
            return (_refused(value, wrong),)
        return _fields(value, later) if nested else _NONE

    return run


_PLAIN = (str, int, float)


def _not_plain(value: Any, kind: type) -> Refusal:
    """Return the refusal of a value whose class may print and write it as something else, such as a ``StrEnum``."""
    own = type(value)
    conversion = "its `.value`" if isinstance(value, Enum) else f"{kind.__name__}(…) of it"
    return Refusal("", f"{value!r} of the class {own.__module__}.{own.__qualname__}", conversion)


def text_refusal(value: str) -> str | None:
    """Return what was expected in place of text that is invalid in JSON or in a process environment."""
    if "\0" in value:
        return "text without the character NUL"
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        return "text without half of a surrogate pair, which is no character"
    return None


def _protocol(kind: type) -> _Check:
    members = [name for name in vars(kind) if not name.startswith("_")]

    def run(value: Any) -> Collection[Refusal]:
        known = {*dir(type(value)), *getattr(value, "__dict__", ())}
        return _NONE if known.issuperset(members) else (_refused(value, f"something with {', '.join(members)}"),)

    return run


def _with_rules(inner: _Check, rules: Sequence[Rule]) -> _Check:
    valid: set[str] = set()  # Many objects have the same names, labels and images.

    def run(value: Any) -> Collection[Refusal]:
        is_text = type(value) is str
        if is_text and value in valid:
            return _NONE
        wrong = inner(value)
        if wrong:
            return wrong
        found = [_refused(value, expected) for rule in rules if (expected := rule.refusal(value)) is not None]
        if is_text and not found:
            valid.add(value)
        return found

    return run


def _union(options: Sequence[Any], later: Later | None) -> _Check:
    checks = [(_outer(option), check_of(option, later)) for option in options]
    optional = types.NoneType in options

    def run(value: Any) -> Collection[Refusal]:
        """Accept what one of the options accepts; otherwise report the problems of the option with the value's type."""
        if value is None and optional:
            return _NONE
        every = []
        for kind, one in checks:
            wrong = one(value)
            if not wrong:
                return _NONE
            every.append((kind, wrong))
        number = not isinstance(value, bool)
        near = [wrong for kind, wrong in every if isinstance(value, kind) and (number or kind is bool)]
        if near:
            return near[0]
        words = dict.fromkeys(refusal.expected for _, wrong in every for refusal in wrong)
        return (_refused(value, " or ".join(words)),)

    return run


def _outer(hint: Any) -> type:
    """Return the class of the values of a hint."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _outer(arguments[0])
    if origin is Literal:
        return type(arguments[0])
    found = origin or hint
    return found if isinstance(found, type) else object


def _literal(options: Sequence[Any]) -> _Check:
    def run(value: Any) -> Collection[Refusal]:
        if any(type(option) is type(value) and option == value for option in options):
            return _NONE
        if any(option == value and isinstance(value, type(option)) for option in options if type(option) in _PLAIN):
            return (_not_plain(value, next(kind for kind in _PLAIN if isinstance(value, kind))),)
        words = [option for option in options if isinstance(option, str)]
        meant = alike(value, words) if isinstance(value, str) else None
        return (_refused(value, f'"{meant}"' if meant else f"one of {', '.join(map(str, options))}"),)

    return run


def _items(inner: _Check) -> _Check:
    def run(value: Any) -> Collection[Refusal]:
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            return (_refused(value, "a list"),)
        return [wrong.below(f"[{index}]") for index, item in enumerate(value) for wrong in inner(item)]

    return run


def _mapping(keys: _Check, values: _Check) -> _Check:
    def run(value: Any) -> Collection[Refusal]:
        if not isinstance(value, Mapping):
            return (_refused(value, "a mapping"),)
        bad = [wrong._replace(place=" key") for key in value for wrong in keys(key)]
        return bad or [wrong.below(str(key)) for key, item in value.items() for wrong in values(item)]

    return run


def repeated(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield each item that has occurred before, with its index.

    >>> list(repeated(["a", "b", "a"]))
    [(2, 'a')]
    """
    seen = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index, item
        seen.add(item)
