"""Find the component whose name causes a duplicate object."""

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.manifest import DuplicateError
from quantacirc_cdk.kubernetes.system.context import Context


def duplicate_problem(context: Context, chart: str, error: DuplicateError) -> Problem:
    """Return the problem at the component with the name of both objects, or at a component of one of the objects.

    ``chart`` is the path of the chart, so that the problem is the same in all environments.
    """

    def construct(path: str, part: str) -> str:
        whose = f"component {part}" if part in context.system.components else "the system itself"
        return f"{path.removeprefix(f'{chart}/')} ({whose})"

    parts = sorted(error.parts, key=lambda part: part != error.name)
    name = next((part for part in parts if part in context.system.components), "")
    mine, other = map(construct, error.paths, error.parts)
    what = f'{error.kind} "{error.name}" of {mine} is also that of {other}'
    problem = Problem(key=f"components.{name}" if name else chart, what=what, expected="names that differ")
    return context.problem_of_component(name, problem)
