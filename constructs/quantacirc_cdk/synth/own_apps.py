"""Tell the project's own apps from files that only pass on the package's app, as ``cdk8s.yaml`` and ``cdktf.json``
need them.
"""

import ast
from pathlib import Path

_HARMLESS = frozenset({"__future__", "pathlib", "sys"})


def passes_on(file: Path, app: str) -> bool:
    """Return whether a file's ``synthesize`` is that of ``quantacirc_cdk.apps.<app>``, and the file does nothing else.

    It may import that, import a few harmless modules, define ``__all__``, and run as a program.
    """
    try:
        statements = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    module = f"quantacirc_cdk.apps.{app}"
    return all(_does_nothing(one, module) for one in statements) and any(
        isinstance(one, ast.ImportFrom)
        and one.module == module
        and any(name.name == "synthesize" for name in one.names)
        for one in statements
    )


def _does_nothing(statement: ast.stmt, app: str) -> bool:
    """Return whether a statement at the top of a file changes nothing but the names of the file."""
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Import(names=names):
            return all(name.name in _HARMLESS and name.asname is None for name in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return all(name.asname is None for name in names) and (
                module == app or (module in _HARMLESS and all(name.name != "synthesize" for name in names))
            )
        case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple()):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]), orelse=[]) as one:
            return ast.unparse(one.test) == "__name__ == '__main__'"
    return False
