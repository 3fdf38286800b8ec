"""Problems with values that environments inherit: from the environment that they extend, or from the system."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.problems import place_of, placed
from quantacirc_cdk.text.english import listed


def of_environments(found: Mapping[str, Iterable[Problem]]) -> list[Problem]:
    """Return the problems of environments, given by name, each once.

    A problem in a file of none of these environments names those that have it. A bad value of a base is a problem of
    the base itself, and is not repeated for the environments that extend it.
    """
    about: dict[Problem, dict[str, None]] = {}
    for name, problems in found.items():
        for problem in problems:
            about.setdefault(problem, {})[name] = None
    return [_named(problem, list(names)) for problem, names in about.items()]


def where_declared(problem: Problem, source: Node | None, environment: str) -> Problem:
    """Give a problem whose key begins with the file of the environment the file and line that set the rest of it.

    ``source`` is the merged document of the environment.
    """
    file, _, key = problem.key.partition(": ")
    if source is None or file != environment_file(environment):
        return problem
    return placed(replace(problem, key=key), source, place_of(key))


def _named(problem: Problem, environments: list[str]) -> Problem:
    is_own = problem.file in ("", *map(environment_file, environments))
    if is_own or any(f" in {name}" in problem.what for name in environments):  # A message about a patch names it.
        return problem
    return replace(problem, what=f"{problem.what} in {listed(environments)}")
