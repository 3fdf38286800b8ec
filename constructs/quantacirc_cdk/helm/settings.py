"""Nested mappings of values, with Helm's merge rules."""

import re
from collections.abc import Mapping
from typing import Any

Values = dict[str, Any]


def put(values: Values, path: str, item: Any) -> None:
    """Set the value at a dotted path."""
    *outer, last = path.split(".")
    for step in outer:
        values = values.setdefault(step, {})
    values[last] = item


def nested(flat: Mapping[str, Any]) -> Values:
    """Return values by dotted path as nested mappings."""
    found: Values = {}
    sections = {"": found}
    for path, item in flat.items():
        outer, _, last = path.rpartition(".")
        section = sections.get(outer)
        if section is None:
            section = found
            for step in outer.split("."):
                section = section.setdefault(step, {})
            sections[outer] = section
        section[last] = item
    return found


def coalesced(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Values:
    """Return the defaults merged with the given values: mappings merge, and null removes a key."""
    found: Values = {}
    for key in (*defaults, *(key for key in given if key not in defaults)):
        if key not in given:
            found[key] = defaults[key]
        elif isinstance(given[key], Mapping) and isinstance(defaults.get(key), Mapping):
            found[key] = coalesced(defaults[key], given[key])
        elif given[key] is not None:
            found[key] = given[key]
    return found


def override(default: Any, wanted: Any) -> Any:
    """Return the value that ``coalesced`` needs to turn the default into the wanted value."""
    if isinstance(default, Mapping) and isinstance(wanted, Mapping):
        removed = {key: None for key in default if key not in wanted}
        changed = {
            key: override(default[key], item) if key in default else item
            for key, item in wanted.items()
            if key not in default or default[key] != item
        }
        return {**removed, **changed}
    return wanted


def with_sections(path: str) -> list[str]:
    """Return a dotted path and those of the sections it is in."""
    steps = path.split(".")
    return [".".join(steps[: count + 1]) for count in range(len(steps))]


GENERAL = frozenset(
    """access addons commonAnnotations commonLabels enabled environment extraObjects fullnameOverride global healthTest
    image imagePullSecrets limitRange nameOverride namespace namespaceOverride networkPolicy preview priorityClasses
    resourceQuota storageClass target tests zones""".split()
)
"""Keys of ``values.yaml`` for the whole chart."""


_COMPONENT = "Component"
"""What follows a name that is a key of the whole chart, with or without it: ``global``, and ``global-component``."""


def section(name: str) -> str:
    """Return the section of ``values.yaml`` for a component or object; different names have different sections."""
    key = stem = entry(name)
    while stem.endswith(_COMPONENT):
        stem = stem.removesuffix(_COMPONENT)
    return f"{key}{_COMPONENT}" if stem in GENERAL else key


def entry(name: str) -> str:
    """Return a name as a key of ``values.yaml``; different names of objects or containers have different keys."""
    first, *rest = (camel(part) for part in re.split(r"-(?=[0-9])|--", name))
    return "_".join([first, *(part.removeprefix("_") for part in rest)])


def entry_key(name: str) -> str:
    """Return the name of a variable or entry as a key of ``values.yaml`` without dots and dashes.

    A name without other characters is written with the hexadecimal codes of its bytes: ``--`` is ``_2d2d``.
    """
    return name if name.isidentifier() else camel(name) or f"_{name.encode().hex()}"


def kind_key(kind: str) -> str:
    """Return a kind as a key of ``values.yaml``: ``configMap``, ``httpRoute``."""
    return re.sub(r"^([A-Z]+(?=[A-Z][a-z])|[A-Z])", lambda found: found[0].lower(), kind)


def camel(name: str) -> str:
    """Return a name as a key of ``values.yaml`` that templates can read.

    ``web-server`` becomes ``webServer``, and ``1st`` becomes ``_1st``, because a name in Go templates cannot begin with
    a digit.
    """
    first, *rest = re.split(r"[^A-Za-z0-9]+", name)
    key = first + "".join(word.capitalize() for word in rest)
    return f"_{key}" if key[:1].isdigit() else key
