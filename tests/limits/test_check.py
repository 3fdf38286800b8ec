"""Props are checked by their annotations: a field is checked from the day it is written."""

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import Any, ClassVar, Literal, Protocol

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.limits.check import Checked, Refusal, check, repeated


@dataclass(frozen=True, kw_only=True)
class Door:
    name: kubernetes.PortName
    number: formats.PortNumber = 80


class Lock(Protocol):
    def turn(self) -> None: ...


class Bolt:
    def turn(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class HouseProps:
    name: kubernetes.DnsLabel = "home"
    doors: Sequence[Door] = ()
    colours: Mapping[kubernetes.LabelKey, kubernetes.LabelValue] = field(default_factory=dict)
    size: Literal["small", "large"] = "small"
    entrance: formats.PortNumber | kubernetes.PortName = "front"
    floors: kubernetes.Count | None = None
    heated: bool = True
    lock: Lock = field(default_factory=Bolt)
    anything: object = None

    def refusals(self) -> Iterator[Refusal]:
        for index, door in repeated(door.number for door in self.doors):
            yield Refusal(f"doors[{index}].number", f"{door}", "a number that no other door has")


class Node:
    path = "street"


class Street:
    node = Node()


class House(Checked):
    def __init__(self, scope: Any, id: str, props: HouseProps, *, since: kubernetes.Count = 0) -> None:
        self.props, self.since = props, since


class Text(StrEnum):
    LARGE = "large"


class Named(str, Enum):  # noqa: UP042 - its text is not its value
    LARGE = "large"
    OTHER = "other"


class Own(str):
    """Text of another class, like ``numpy.str_``."""

    __slots__ = ()


class Floors(IntEnum):
    TWO = 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "Home"}, 'name "Home", expected at most 63 lower-case letters, digits and dashes (RFC 1123)'),
    ({"name": 1}, "name 1, expected text"),
    ({"name": "a\0"}, r'name "a\x00", expected text without the character NUL'),
    ({"name": None}, "name None, expected text"),
    ({"doors": [Door(name="a", number="80")]}, 'doors[0].number "80", expected a whole number'),  # type: ignore[arg-type]
    ({"doors": [Door(name="a", number=True)]}, "doors[0].number True, expected a whole number"),
    ({"doors": [Door(name="a", number=0)]}, "doors[0].number 0, expected 1 to 65535"),
    ({"doors": "abc"}, 'doors "abc", expected a list'),
    ({"doors": ["a"]}, 'doors[0] "a", expected a Door'),
    ({"colours": {"a b": "red"}}, 'colours key "a b", expected a key such as team or example.com/team'),
    ({"colours": {"wall": 7}}, "colours.wall 7, expected text"),
    ({"colours": ["wall"]}, "colours ['wall'], expected a mapping"),
    ({"size": "larg"}, 'size "larg", expected "large"'),
    ({"size": 1}, "size 1, expected one of small, large"),
    ({"entrance": 0}, "entrance 0, expected 1 to 65535"),
    ({"entrance": "a--b"}, 'entrance "a--b", expected at most 15'),
    ({"entrance": None}, "entrance None, expected a whole number or text"),
    ({"floors": -1}, "floors -1, expected at least 0"),
    ({"size": Text.LARGE}, f"size <Text.LARGE: 'large'> of the class {__name__}.Text, expected its `.value`"),
    ({"size": Named.LARGE}, f"size <Named.LARGE: 'large'> of the class {__name__}.Named, expected its `.value`"),
    ({"size": Own("small")}, f"size 'small' of the class {__name__}.Own, expected str(…) of it"),
    ({"size": Named.OTHER}, 'size "Named.OTHER", expected one of small, large'),
    ({"name": Text.LARGE}, f"name <Text.LARGE: 'large'> of the class {__name__}.Text, expected its `.value`"),
    ({"colours": {"wall": Text.LARGE}}, f"colours.wall <Text.LARGE: 'large'> of the class {__name__}.Text, expected"),
    ({"floors": Floors.TWO}, f"floors <Floors.TWO: 2> of the class {__name__}.Floors, expected its `.value`"),
    ({"floors": 1.5}, "floors 1.5, expected a whole number or None"),
    ({"heated": "yes"}, 'heated "yes", expected True or False'),
    ({"heated": 1}, "heated 1, expected True or False"),
    ({"lock": "bolt"}, 'lock "bolt", expected something with turn'),
    ({"doors": [Door(name="a"), Door(name="b")]}, "doors[1].number 80, expected a number that no other door has"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_what_is_wrong_is_said_with_the_path_of_the_construct(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(PropsError) as caught:
        House(Street(), "house", HouseProps(**fields))
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"street/house: {said}")


def test_everything_wrong_is_said_at_once() -> None:
    doors = [Door(name="x" * 16, number=70000), Door(name="ok")]
    with pytest.raises(PropsError) as caught:
        House(Street(), "house", HouseProps(name="", doors=doors, floors=-1), since=-1)
    places = [problem.what.split(" ")[0] for problem in caught.value.problems]
    assert places == ["doors[0].name", "doors[0].number", "floors", "name", "since"]


def test_what_is_right_is_made() -> None:
    props = HouseProps(doors=(Door(name="a"), Door(name="b", number=81)), colours={"a.b/c": ""}, entrance=80, floors=2)
    assert check(props) == []
    assert House(Street(), "house", props).props is props


def test_something_else_than_props_is_named() -> None:
    with pytest.raises(PropsError, match=r"street/house: props \{'name': 'a'\}, expected a HouseProps"):
        House(Street(), "house", {"name": "a"})  # type: ignore[arg-type]


def test_a_scope_that_is_no_construct_is_named() -> None:
    with pytest.raises(PropsError, match='house: scope "street", expected a construct'):
        House("street", "house", HouseProps())


def test_a_wrong_call_is_said_by_python() -> None:
    with pytest.raises(TypeError, match="colour"):
        House(Street(), "house", HouseProps(), colour="red")  # type: ignore[call-arg]


def test_a_subclass_is_checked_too() -> None:
    class Villa(House):
        """A house whose ``__init__`` is inherited."""

    with pytest.raises(PropsError, match="street/house: floors -1"):
        Villa(Street(), "house", HouseProps(floors=-1))


def test_an_attribute_that_needs_other_props_says_which() -> None:
    class Garage(House):
        node = Node()
        _requirements: ClassVar[Mapping[str, str]] = {"car": "`cars` in its props"}

    garage: Any = Garage(Street(), "garage", HouseProps())
    with pytest.raises(PropsError, match="street: it has no `car`, expected `cars` in its props"):
        _ = garage.car
    assert not hasattr(garage, "car")
    with pytest.raises(AttributeError, match="'Garage' object has no attribute 'boat'"):
        _ = garage.boat


def test_type_checkers_see_no_new_and_take_the_type_of_a_construct_from_its_init() -> None:
    """Pyright ignores ``__init__`` where ``__new__`` returns another type than its class."""
    seen = list(ast.parse(inspect.getsource(Checked)).body[0].body)  # type: ignore[attr-defined]
    names = [statement.name for statement in seen if isinstance(statement, ast.FunctionDef)]
    assert "__init__" in names
    assert "__new__" not in names
    (hidden,) = [statement for statement in seen if isinstance(statement, ast.If)]
    assert ast.unparse(hidden.test) == "not TYPE_CHECKING"
    assert "__new__" in vars(Checked)
