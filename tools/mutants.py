"""Find what can be changed in a Python file so that a good test notices: the mutants of ``tools/mutate.py``.

A mutant replaces the text of one expression or statement and leaves every other character alone. What says something to
people is left out: docstrings, annotations, the arguments of ``raise``, texts with a blank in them, and descriptions.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
FOR_PEOPLE = {"description", "help", "title", "metavar", "epilog", "prog"}
"""Keyword arguments whose value only people read."""
DECORATORS_LEFT_OUT = ("dataclass", "cache", "lru_cache", "overload")
"""Decorators whose arguments change no result: ``frozen``, ``kw_only``, ``maxsize``."""


@dataclass(frozen=True, order=True)
class Mutant:
    """One change of one place of a file."""

    file: str
    line: int
    start: int
    """Offset of the replaced bytes."""
    end: int
    function: str
    """Qualified name of the function or class around it, empty at the level of the module."""
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {_short(self.old)}  →  {_short(self.new)}"

    def apply(self, source: bytes) -> bytes:
        """Return the file's text with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 90 else words[:60] + " … " + words[-25:]


def mutants(file: str, source: bytes) -> list[Mutant]:
    """Return every mutant of a file, in the order of its text."""
    return sorted(set(_Finder(file, source).all()))


class _Finder:
    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def all(self) -> Iterator[Mutant]:
        yield from self.visit(ast.parse(self.source), "")

    def at(self, node: ast.expr | ast.stmt | ast.keyword, function: str, new: str) -> Iterator[Mutant]:
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        old = self.source[start:end].decode()
        if old != new:
            yield Mutant(self.file, node.lineno, start, end, function, old, new)

    def without(
        self, item: ast.expr | ast.keyword, following: ast.expr | ast.keyword | None, function: str
    ) -> Iterator[Mutant]:
        """Yield the mutant without one item of a list, a call or a dictionary, and the comma after it."""
        start = self.starts[item.lineno - 1] + item.col_offset
        end = self.starts[(item.end_lineno or 0) - 1] + (item.end_col_offset or 0)
        shown = self.source[start:end].decode()
        if following is not None:
            end = self.starts[following.lineno - 1] + following.col_offset
        else:
            rest = self.source[end:]
            end += len(rest) - len(rest.lstrip(b", \t\r\n")) if rest.lstrip().startswith(b",") else 0
        yield Mutant(self.file, item.lineno, start, end, function, shown, "")

    def visit(self, node: ast.AST, function: str) -> Iterator[Mutant]:
        inside = function
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = f"{function}.{node.name}".lstrip(".")
        yield from self.changes(node, function)
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not self.left_out(node, name, child):
                    yield from self.visit(child, inside)

    def left_out(self, parent: ast.AST, field: str, child: ast.AST) -> bool:
        """Return whether nothing below a node is worth a change, or has a place of its own in the text."""
        if isinstance(child, ast.JoinedStr):  # Python 3.11 does not tell where its parts stand
            return True
        if field in ("annotation", "returns", "type_params", "exc", "cause", "msg", "ctx"):
            return True
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):  # a docstring
            return True
        if isinstance(child, ast.keyword) and child.arg in FOR_PEOPLE:
            return True
        if field == "decorator_list":
            name = child.func if isinstance(child, ast.Call) else child
            return ast.unparse(name).rpartition(".")[2] in DECORATORS_LEFT_OUT
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            return True
        if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "__all__":
            return True
        if isinstance(child, ast.Assign | ast.AnnAssign) and isinstance(child.value, ast.Call):
            return ast.unparse(child.value.func) in ("TypeVar", "ParamSpec", "NewType")
        if isinstance(child, ast.Subscript) and isinstance(parent, ast.Assign):  # an alias of a type
            return ast.unparse(child.value) in ("dict", "list", "tuple", "Literal", "Callable", "type", "set")
        return False

    def changes(self, node: ast.AST, function: str) -> Iterator[Mutant]:
        """Yield the changes of one node itself."""
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                changed = ast.Compare(left, [COMPARISONS[type(operator)]()], [right])
                yield from self.at(node, function, f"({ast.unparse(changed)})")
            case ast.BoolOp(op=operator, values=values):
                other = ast.Or() if isinstance(operator, ast.And) else ast.And()
                yield from self.at(node, function, f"({ast.unparse(ast.BoolOp(other, values))})")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from self.at(node, function, f"({ast.unparse(operand)})")
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                changed = ast.BinOp(left, OPERATORS[type(operator)](), right)
                yield from self.at(node, function, f"({ast.unparse(changed)})")
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                    yield from self.at(test, function, f"(not ({ast.unparse(test)}))")
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from self.at(test, function, "True")
            case ast.Constant(value=value):
                yield from self.constant(node, value, function)
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                yield from self.at(value, function, "None")
            case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign() | ast.Raise():
                if not (isinstance(node, ast.Raise) and "AssertionError" in ast.unparse(node)):
                    yield from self.at(node, function, "pass")
            case ast.Continue() | ast.Break():
                yield from self.at(node, function, "pass")
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) if len(items) > 1:
                if isinstance(getattr(node, "ctx", None), ast.Store) or not self.is_literal(node):
                    return
                for item, following in zip_longest(items, items[1:]):
                    yield from self.without(item, following, function)
            case ast.Dict(keys=keys, values=values):
                yield from self.without_entries(keys, values, function)
            case ast.Call(keywords=keywords):
                for keyword, following in zip_longest(keywords, keywords[1:]):
                    if keyword.arg not in FOR_PEOPLE:
                        yield from self.without(keyword, following, function)

    def is_literal(self, node: ast.List | ast.Tuple | ast.Set) -> bool:
        """Return whether a sequence is a table: all its items are constants, or stand for lines of their own."""
        if isinstance(node, ast.Tuple):
            return len(node.elts) > 2 and all(isinstance(item, ast.Constant) for item in node.elts)
        return True

    def without_entries(self, keys: list[ast.expr | None], values: list[ast.expr], function: str) -> Iterator[Mutant]:
        for index, (key, value) in enumerate(zip(keys, values, strict=True)):
            first = key if key is not None else value
            start = self.starts[first.lineno - 1] + first.col_offset
            if key is None:  # ``**others``: the stars stand before it
                start = self.source.rindex(b"**", 0, start)
            end = self.starts[(value.end_lineno or 0) - 1] + (value.end_col_offset or 0)
            old = self.source[start:end].decode()
            rest = self.source[end:]
            stripped = rest.lstrip()
            after = end + len(rest) - len(stripped) + 1 if stripped.startswith(b",") else end
            if index == len(keys) - 1 or after > end:
                yield Mutant(self.file, first.lineno, start, after, function, old, "")

    def constant(self, node: ast.Constant, value: object, function: str) -> Iterator[Mutant]:
        if isinstance(value, bool):
            yield from self.at(node, function, str(not value))
        elif isinstance(value, int | float):
            yield from self.at(node, function, repr(value + 1))
        elif isinstance(value, str) and value and not any(blank in value for blank in " \n"):
            yield from self.at(node, function, repr(value + "X"))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
