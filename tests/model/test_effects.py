"""Whatever the model takes is tried: every field is in the rich project, and what a kind has no use for is refused.

The fields are found by walking the model and the registry of kinds: a new one must be in `support.rich`.
"""

import copy
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model import load_project
from support.fields import sections
from support.rich import NORTH, SYSTEM, Json, scenarios, write

Place = tuple[Any, ...]


def leaves(section: BaseModel, place: Place = ()) -> Iterator[tuple[Place, Any, tuple[type[BaseModel], str]]]:
    """Yield each value that a section was given, with its place in the document and the field it belongs to."""
    for name in sorted(section.model_fields_set):
        yield from _leaves(getattr(section, name), (*place, name), (type(section), name))


def _leaves(value: Any, place: Place, field: tuple[type[BaseModel], str]) -> Iterator[tuple[Place, Any, Any]]:
    if isinstance(value, BaseModel):
        yield place, None, field
        yield from leaves(value, place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key), field)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*place, index), field)
    else:
        yield place, value, field


def with_value(document: Json, place: Place, value: Any) -> Json:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return changed


def _rich(tmp: Any) -> Iterator[tuple[str, Place, Any, tuple[type[BaseModel], str]]]:
    for number, (system, environment) in enumerate(scenarios().values()):
        project = load_project(write(tmp / str(number), system, environment).root)
        for side, model in (("system", project.system), ("environment", project.environments["north"])):
            for place, value, field in leaves(model):
                if not (side == "environment" and place == ("name",)):
                    yield side, place, value, field


def _owner(section: type[BaseModel], name: str) -> tuple[type[BaseModel], str]:
    """Return a field with the class that says what it is: kinds share fields."""
    return next(base for base in section.__mro__ if name in inspect.get_annotations(base)), name


def test_every_field_is_in_the_rich_project(tmp_path: Any) -> None:
    given = {_owner(*field) for _, _, _, field in _rich(tmp_path)}
    fields = {_owner(section, name) for section in sections() for name in section.model_fields if name != "kind"}
    missing = {f"{section.__name__}.{name}" for section, name in fields - given}
    assert missing <= {"Environment.name", "Environment.extends", "Environment.shares"}, "about other files"


def test_every_kind_is_in_the_rich_project() -> None:
    assert set(KINDS) == set(Registry().all())


KINDS = {component["kind"]: name for name, component in reversed(SYSTEM["components"].items())}
"""A component of each kind."""
SETTINGS = {
    "size": "medium",
    "replicas": {"min": 5, "max": 5},
    "storage": "33Gi",
    "host": "other.plant.example",
    "path": "/other",
}
"""What an environment may say of a component besides what its system says of it."""


def _values(field: str, own: Any) -> Iterator[Any]:
    """Yield the values that components of the rich project have for a field, other than `own`."""
    parts = (*NORTH["components"].values(), SYSTEM["components"]["edge"], *SYSTEM["components"].values())
    found = [*([SETTINGS[field]] if field in SETTINGS else []), *(part[field] for part in parts if field in part)]
    yield from (value for value in found if value != own)


@pytest.mark.parametrize("name", SYSTEM["components"])
def test_keys_that_a_kind_has_no_use_for_are_refused_each_with_its_line(name: str, tmp_path: Any) -> None:
    component = load_project(write(tmp_path / "good", SYSTEM, NORTH).root).system.components[name]
    unused = {key: next(_values(key, None)) for key in sorted(getattr(component, "unused_keys", ()))}
    here = {key: value for key, value in unused.items() if key in component.settings.model_fields}
    for side, system, environment in (
        ("system", with_value(SYSTEM, ("components", name), {**SYSTEM["components"][name], **unused}), NORTH),
        ("environment", SYSTEM, with_value(NORTH, ("components", name), here)),
    ):
        assert _placed(tmp_path / side, system, environment) >= {
            f"components.{name}.{key}" for key in (unused if side == "system" else here)
        }


def _placed(root: Any, system: Json, environment: Json) -> set[str]:
    """Return the keys that are refused with file and line."""
    try:
        load_project(write(root, system, environment).root)
    except ModelError as error:
        return {problem.key for problem in error.problems if problem.file and problem.line}
    return set()
