"""Find the component whose name causes a duplicate object."""

from collections.abc import Iterable
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.manifest import DuplicateError
from quantacirc_cdk.kubernetes.system.context import Context


def duplicate_problem(context: Context, chart: str, error: DuplicateError) -> Problem:
    """Return the problem at the component with the name of both objects, or at a component of one of the objects.

    ``chart`` is the path of the chart, so that the problem is the same in all environments.
    """
    components = context.system.components

    def construct(path: str, part: str) -> str:
        whose = f"component {part}" if part in components else "the system itself"
        return f"{path.removeprefix(f'{chart}/')} ({whose})"

    mine, other = error.parts
    if mine == other and mine in components:  # The name of an object of another component, and its label.
        other = max((one for one in components if mine.startswith(f"{one}-")), key=len, default=mine)
    parts = sorted(error.parts, key=lambda part: part != error.name)
    name = next((part for part in parts if part in components), "")
    paths = [construct(path, part) for path, part in zip(error.paths, (mine, other), strict=True)]
    what = f'{error.kind} "{error.name}" of {paths[0]} is also that of {paths[1]}'
    problem = Problem(key=f"components.{name}" if name else chart, what=what, expected="names that differ")
    return context.problem_of_component(name, problem)


def duplicate_secrets(context: Context, made: Iterable[tuple[str, Any]]) -> list[Problem]:
    """Return the problems of generated Secrets and certificates, each with its component, that have one name."""
    owners: dict[str, str] = {}
    found = []
    for component, one in made:
        other = owners.setdefault(one.name, component)
        if other != component:
            shorter, name = sorted((other, component), key=len)
            what = f'Secret "{one.name}", which the component {shorter} also has'
            problem = Problem(key=f"components.{name}", what=what, expected="names that differ")
            found.append(context.problem_of_component(name, problem))
    return found
