"""Names of the hooks of a kind, and the functions in a project's kinds that look like one but are not."""

import ast
from collections.abc import Iterator
from pathlib import Path

from quantacirc_cdk.errors import Problem, alike, nearest

CLOUD_MODULES = ("cloud.aws", "cloud.gcp", "cloud.azure", "cloud.stack")
HOOKS = (
    "backup.build",
    "backup.target",
    "chart.insertions",
    "chart.rules",
    "cloud.managed",
    *(f"{module}.{function}" for module in CLOUD_MODULES for function in ("create", "grant", "outputs")),
    "delivery.release",
    "diff.risks",
    "diff.rules",
    "health.look",
    "kubernetes.beside",
    "kubernetes.build",
    "kubernetes.helpers",
    "monitoring.dashboards",
    "monitoring.monitors",
    "monitoring.rules",
    "offers.backlogs",
    "offers.certificates",
    "offers.endpoints",
    "offers.incoming",
    "offers.secrets",
    "offers.told",
)
"""All hooks, as the path of a module and a function; ``docs/kinds.md`` describes them."""

_MODULES = tuple(sorted({path.partition(".")[0] for path in HOOKS}))


def names_in(path: Path) -> dict[str, int]:
    """Return the names that a file of Python defines or imports, each with its line."""
    found: dict[str, int] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found[statement.name] = statement.lineno
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {one.asname or one.name: statement.lineno for one in statement.names}
        elif isinstance(statement, ast.Assign):
            found |= {one.id: statement.lineno for one in statement.targets if isinstance(one, ast.Name)}
    return found


def misnamed(place: Path, shown: str) -> Iterator[Problem]:
    """Yield the functions of a kind of a project that look like hooks but are not.

    ``place`` is its folder or its file, without ``.py``, and ``shown`` the name of that for messages. In a kind of one
    file, every public function that starts with the name of a module of hooks must be a hook. In a folder, a function
    of such a module can be any helper, except a misspelling of a hook that the module does not have.
    """
    if not place.is_dir():
        yield from _in_file(place.with_suffix(".py"), f"{shown}.py")
        return
    for module in _MODULES:
        path = place / f"{module}.py"
        if path.is_file():
            hooks = {hook.rpartition(".")[2] for hook in HOOKS if hook.rpartition(".")[0] == module}
            names = names_in(path)
            for name, line in names.items():
                meant = alike(name, hooks - names.keys())
                if meant and name not in hooks and not name.startswith("_"):
                    yield _problem(f"{shown}/{module}.py", line, name, f'"{meant}"')


def _in_file(path: Path, shown: str) -> Iterator[Problem]:
    hooks = {hook.replace(".", "_") for hook in HOOKS}
    names = names_in(path)
    for name, line in names.items():
        if name in hooks or name.startswith("_"):
            continue
        module = name.partition("_")[0]
        if (meant := alike(name, hooks - names.keys())) is not None:
            yield _problem(shown, line, name, f'"{meant}"')
        elif "_" in name and module in _MODULES:
            yield _problem(shown, line, name, nearest(name, [one for one in hooks if one.startswith(f"{module}_")]))


def _problem(file: str, line: int, name: str, expected: str) -> Problem:
    own = f'{expected}, or "_{name}" for a helper'
    return Problem(file=file, line=line, what=f'the function "{name}" is no hook of a kind', expected=own)
