"""Read each component's section with the model of its kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.component import Component, Settings
from quantacirc_cdk.model.document import Node, Place, describe
from quantacirc_cdk.model.problems import dotted, problem_at, validate
from quantacirc_cdk.model.system import System
from quantacirc_cdk.text.english import listed, with_article


def read_components(document: Node, data: object, kinds: Registry) -> tuple[dict[str, Component], list[Problem]]:
    """Return the components of a system, and all problems in their sections."""
    found: dict[str, Component] = {}
    problems: list[Problem] = []
    for name, section in _sections(data):
        place: Place = ("components", name)
        # Keep the component in the system, so that its other problems are reported too.
        found[name] = Component.model_construct(kind="")
        if not isinstance(section, dict):
            problems.append(problem_at(document, place, f"found {describe(section)}", "a mapping of keys to values"))
            continue
        kind = section.get("kind")
        if kind is None:
            expected = f"a value for it: one of {', '.join(kinds.names())}"
            problems.append(problem_at(document, (*place, "kind"), "missing key", expected))
            continue
        model = kinds.find(kind) if isinstance(kind, str) else None
        if model is None:
            expected = nearest(str(kind), kinds.names())
            problems.append(problem_at(document, (*place, "kind"), f"found {describe(kind)}", expected))
            continue
        component, wrong = validate(model, document, section, place)
        elsewhere = _Elsewhere(f"under `components.{name}` in apps/environments/*.yaml", model.settings)
        problems += [_explained(problem, name, str(kind), elsewhere, kinds.all) for problem in wrong]
        found[name] = component or found[name]
    return found, problems


def component_models(system: Node, kinds: Registry) -> dict[str, type[Component]]:
    """Return the model of each component's section, for components whose kind is known."""
    stated = {name: section.get("kind") for name, section in _sections(system.plain()) if isinstance(section, dict)}
    found = {name: kinds.find(kind) for name, kind in stated.items() if isinstance(kind, str)}
    return {name: model for name, model in found.items() if model is not None}


def read_settings(
    document: Node, data: object, system: System | None, kinds: Registry
) -> tuple[dict[str, Settings], list[Problem]]:
    """Return an environment's settings of each component, and all problems in these sections."""
    found: dict[str, Settings] = {}
    problems: list[Problem] = []
    if system is None:
        return found, problems
    sections = dict(_sections(data))
    local = isinstance(data, dict) and data.get("target") == "local"
    for name, component in system.components.items():
        defaults = component.settings.local_defaults() if local else {}
        section = sections.pop(name, {})
        stated = {**defaults, **section} if isinstance(section, dict) else section
        settings, wrong = validate(component.settings, document, stated, ("components", name))
        elsewhere = _Elsewhere("in apps/system.yaml: all environments have the same", type(component))
        problems += [
            _explained(problem, name, component.kind, elsewhere, lambda: _settings(kinds)) for problem in wrong
        ]
        found[name] = settings or component.settings(**defaults)
    for name in sections:
        what, expected = f'no component "{name}"', nearest(name, system.components)
        problems.append(problem_at(document, ("components", name), what, expected))
    return found, problems


def _sections(data: object) -> list[tuple[str, Any]]:
    sections = data.get("components") if isinstance(data, dict) else None
    return list(sections.items()) if isinstance(sections, dict) else []


def _settings(kinds: Registry) -> dict[str, type[Settings]]:
    return {name: model.settings for name, model in kinds.all().items()}


@dataclass(frozen=True)
class _Elsewhere:
    """The section of a component in the other file: where it is, and its model."""

    where: str
    model: type[BaseModel]


def _explained(
    problem: Problem,
    component: str,
    kind: str,
    elsewhere: _Elsewhere,
    models: Callable[[], Mapping[str, type[BaseModel]]],
) -> Problem:
    """Say where a component's unknown key belongs: in the other file, or on components of other kinds."""
    place, _, key = problem.key.rpartition(".")
    if problem.what != "unknown key" or place != dotted(("components", component)):
        return problem
    if key in elsewhere.model.model_fields:
        return replace(problem, what="unknown key in this file", expected=f"it {elsewhere.where}")
    others = [name for name, model in models().items() if key in model.model_fields]
    if not others:
        return problem
    what = f"`{key}` on {with_article(kind)}, where it has no effect"
    return replace(problem, what=what, expected=f"it on {listed(others)} only")
