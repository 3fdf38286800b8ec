"""Every field of the model, found by walking its sections: a new one is covered at once."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System


def sections() -> list[type[BaseModel]]:
    """Return every section of a system, of an environment and of all kinds of component, each once."""
    found: dict[type[BaseModel], None] = {}
    kinds = Registry().all().values()
    waiting: list[type[BaseModel]] = [System, Environment, *kinds, *(kind.settings for kind in kinds)]
    while waiting:
        section = waiting.pop(0)
        if section not in found:
            found[section] = None
            waiting += [inner for field in section.model_fields.values() for inner in sections_in(field.annotation)]
    return list(found)


def sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from sections_in(inner)
