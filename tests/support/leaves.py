"""The values of a project's documents, each with its place and its field."""

import copy
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from quantacirc_cdk.model import load_project
from support.rich import NORTH, SYSTEM, Json, scenarios, write

Place = tuple[Any, ...]
Owned = tuple[type[BaseModel], str]
"""A field, by its section."""


def leaves(section: BaseModel, place: Place = ()) -> Iterator[tuple[Place, Any, Owned]]:
    """Yield each value that a section was given, with its place in the document and the field it belongs to."""
    for name in sorted(section.model_fields_set):
        yield from _leaves(getattr(section, name), (*place, name), (type(section), name))


def _leaves(value: Any, place: Place, field: Owned) -> Iterator[tuple[Place, Any, Any]]:
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
    """Return a document with another value at a place."""
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return changed


def rich_values(folder: Path) -> Iterator[tuple[str, Place, Any, Owned]]:
    """Yield every value of the rich project, in each of its scenarios, with the document it stands in."""
    for number, (system, environment) in enumerate(scenarios().values()):
        project = load_project(write(folder / str(number), system, environment).root)
        for side, model in (("system", project.system), ("environment", project.environments["north"])):
            for place, value, field in leaves(model):
                if not (side == "environment" and place == ("name",)):
                    yield side, place, value, field


def owner(section: type[BaseModel], name: str) -> Owned:
    """Return a field with the class that says what it is: kinds share fields."""
    return next(base for base in section.__mro__ if name in inspect.get_annotations(base)), name


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


def other_values(field: str, own: Any) -> Iterator[Any]:
    """Yield the values that components of the rich project have for a field, other than `own`."""
    parts = (*NORTH["components"].values(), SYSTEM["components"]["edge"], *SYSTEM["components"].values())
    found = [*([SETTINGS[field]] if field in SETTINGS else []), *(part[field] for part in parts if field in part)]
    yield from (value for value in found if value != own)
