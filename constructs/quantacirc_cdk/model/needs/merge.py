"""Merge an environment's settings of a component into those of the system."""

from typing import Any, TypeVar

from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice

S = TypeVar("S", bound=Section)


def effective(component: S, override: Section, fields: type[Section]) -> S:
    """Return ``component`` with every key of ``fields`` that ``override`` sets.

    Sections and mappings merge by key, a null removes an entry of a mapping, any other value replaces.
    """
    stated = [name for name in fields.model_fields if name in override.model_fields_set]
    if not stated:
        return component
    return component.model_copy(
        update={name: merged(getattr(component, name), getattr(override, name)) for name in stated}
    )


def merged(base: Any, over: Any) -> Any:
    """Return ``base`` merged with ``over``, key by key."""
    if isinstance(base, Section) and type(over) is type(base) and not isinstance(base, Choice):
        update = {name: merged(getattr(base, name), getattr(over, name)) for name in over.model_fields_set}
        return base.model_copy(update=update)
    if isinstance(base, dict) and isinstance(over, dict):
        found = base | {
            key: merged(base[key], value) if key in base else value for key, value in over.items() if value is not None
        }
        return {key: value for key, value in found.items() if over.get(key, value) is not None}
    return over
