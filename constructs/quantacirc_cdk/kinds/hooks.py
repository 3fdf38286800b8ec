"""The hooks of a kind, and the functions in a project's kinds that look like one but are not."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.errors import Problem, alike, nearest

CLOUD_MODULES = ("cloud.aws", "cloud.gcp", "cloud.azure", "cloud.stack")


@dataclass(frozen=True)
class Signature:
    """What a hook takes and returns."""

    parameters: str
    """Its positional parameters."""
    returns: str = ""
    """Class of what it returns, None as well; empty for a hook whose result is not checked."""
    several: bool = False
    """Whether it returns any number of them."""

    @property
    def expected(self) -> str:
        """What it returns, in words."""
        return f"any number of `{self.returns}`" if self.several else f"a `{self.returns}`"


HOOKS: Mapping[str, Signature] = {
    "backup.build": Signature("scope, context, job, name"),
    "backup.target": Signature("context, name, prefix", "BackupTarget"),
    "chart.insertions": Signature("subject, project, chart"),
    "chart.rules": Signature("subject, manifests"),
    "cloud.managed": Signature("site, name", "Managed"),
    **{f"{module}.create": Signature("stack, managed") for module in CLOUD_MODULES},
    **{f"{module}.grant": Signature("made, identity, managed, client") for module in CLOUD_MODULES},
    **{f"{module}.outputs": Signature("made, managed") for module in CLOUD_MODULES},
    "delivery.release": Signature("site, name", "ChartRelease"),
    "diff.risks": Signature("before, after, name"),
    "diff.rules": Signature(""),
    "health.look": Signature("seen, name", "Part", several=True),
    "kubernetes.beside": Signature("scope, context, name"),
    "kubernetes.build": Signature("scope, context, name"),
    "kubernetes.helpers": Signature("context, name", "Helper", several=True),
    "monitoring.dashboards": Signature("context, names", "DashboardProps", several=True),
    "monitoring.monitors": Signature("context, name", "ServiceMonitorProps", several=True),
    "monitoring.rules": Signature("context, names", "RuleGroup", several=True),
    "offers.backlogs": Signature("context, name, client", "Backlog", several=True),
    "offers.certificates": Signature("context, name", "GeneratedCertificate", several=True),
    "offers.endpoints": Signature("context, name", "Endpoint", several=True),
    "offers.incoming": Signature("context, name", "Edge", several=True),
    "offers.secrets": Signature("context, name", "GeneratedSecret", several=True),
    "offers.told": Signature("context, name, client", "Told"),
}
"""All hooks, by the path of a module and a function; ``docs/kinds.md`` describes them."""

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
    """Yield the functions of a kind of a project that look like hooks but are not, and hooks with other arguments.

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
            yield from _miscalled(path, f"{shown}/{module}.py", {name: HOOKS[f"{module}.{name}"] for name in hooks})
            names = names_in(path)
            for name, line in names.items():
                meant = alike(name, hooks - names.keys())
                if meant and name not in hooks and not name.startswith("_"):
                    yield _problem(f"{shown}/{module}.py", line, name, f'"{meant}"')


def _in_file(path: Path, shown: str) -> Iterator[Problem]:
    hooks = {hook.replace(".", "_") for hook in HOOKS}
    names = names_in(path)
    yield from _miscalled(path, shown, {hook.replace(".", "_"): signature for hook, signature in HOOKS.items()})
    for name, line in names.items():
        if name in hooks or name.startswith("_"):
            continue
        module = name.partition("_")[0]
        if (meant := alike(name, hooks - names.keys())) is not None:
            yield _problem(shown, line, name, f'"{meant}"')
        elif "_" in name and module in _MODULES:
            yield _problem(shown, line, name, nearest(name, [one for one in hooks if one.startswith(f"{module}_")]))


def _miscalled(path: Path, shown: str, hooks: Mapping[str, Signature]) -> Iterator[Problem]:
    """Yield the functions that cannot be called with the arguments of their hook."""
    for function in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(function, ast.FunctionDef) and function.name in hooks:
            wanted, arguments = hooks[function.name].parameters, function.args
            given = len(wanted.split(", ")) if wanted else 0
            most = len(arguments.posonlyargs) + len(arguments.args)
            least = most - len(arguments.defaults)
            if given < least or (given > most and arguments.vararg is None) or None in arguments.kw_defaults:
                what = f'the function "{function.name}" does not take the arguments of its hook'
                yield Problem(file=shown, line=function.lineno, what=what, expected=f"({wanted})")


def _problem(file: str, line: int, name: str, expected: str) -> Problem:
    own = f'{expected}, or "_{name}" for a helper'
    return Problem(file=file, line=line, what=f'the function "{name}" is no hook of a kind', expected=own)
