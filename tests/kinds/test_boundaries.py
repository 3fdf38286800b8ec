"""Nothing outside a kind's folder asks which kind a component is: a new kind is one folder."""

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.kinds.registry import BUILT_IN, Registry
from quantacirc_cdk.model import component
from support.tools import ROOT

PLAIN = frozenset({"chart", "job", "operator", "service"})
"""Kinds whose names are also words of Kubernetes and of pipelines: a text alone does not show which one is meant."""
ALLOWED = {
    "kubernetes/__init__.py": "names of modules of this library",
    "terraform/modules/shape.py": "names of Terraform modules",
}
"""Files in which a mapping has keys like the names of kinds, and what these are."""
SOURCES = ROOT / "constructs" / "quantacirc_cdk"
NAMES = frozenset(BUILT_IN)


def outside() -> list[Path]:
    return [path for path in SOURCES.rglob("*.py") if "kinds" not in path.relative_to(SOURCES).parts]


def asked(tree: ast.Module) -> list[int]:
    """Return the lines that compare or match something called ``kind`` with the name of a kind of component."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            about = any(isinstance(side, ast.Attribute) and side.attr == "kind" for side in sides)
        elif isinstance(node, ast.Match):
            sides = [node]
            about = isinstance(node.subject, ast.Attribute) and node.subject.attr == "kind"
        else:
            continue
        texts = {one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)}
        if about and texts & NAMES:
            found.append(node.lineno)
    return found


def named(tree: ast.Module) -> list[int]:
    """Return the lines that compare anything with the name of a kind, match it, or look something up by it."""
    found = set()
    for node in ast.walk(tree):
        texts: list[ast.AST | None] = []
        if isinstance(node, ast.Compare):
            texts = [one for side in (node.left, *node.comparators) for one in ast.walk(side)]
        elif isinstance(node, ast.MatchValue):
            texts = [node.value]
        elif isinstance(node, ast.Dict):
            texts = [*node.keys, *node.values] if _of_kinds(node.values) else [*node.keys]
        elif isinstance(node, ast.Subscript):
            texts = [node.slice]
        if _of_kinds(texts):
            found.add(node.lineno)  # type: ignore[attr-defined]
    return sorted(found)


def _of_kinds(texts: Sequence[ast.AST | None]) -> bool:
    """Return whether one of the texts is the name of a kind, and not also another word."""
    constants = {one.value for one in texts if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return bool(constants & (NAMES - PLAIN))


@pytest.mark.slow
def test_nothing_outside_tells_components_apart_by_the_names_of_kinds() -> None:
    found = {
        str(path.relative_to(SOURCES)): lines for path in outside() if (lines := named(ast.parse(path.read_text())))
    }
    assert {file: lines for file, lines in found.items() if file not in ALLOWED} == {}
    assert found.keys() == ALLOWED.keys(), "a file in ALLOWED needs no exception"


@pytest.mark.parametrize(
    "text",
    ['x = role in ("valkey", "a")', 'X = {"stateful": 1}', 'X = {"StatefulSet": "stateful"}', 'x = y["worker"]'],
)
def test_the_name_of_a_kind_would_be_found(text: str) -> None:
    assert named(ast.parse(text)) == [1]


@pytest.mark.slow
def test_classes_are_told_apart_by_what_the_model_defines_for_all_kinds() -> None:
    """``isinstance(component, Serving)`` asks for a trait, which a kind of a team can have as well."""
    traits = set(vars(component))
    own = {kind.__name__ for kind in Registry().all().values()}
    assert {"Valkey", "Daemon", "WebService"} <= own
    found = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for path in outside()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _asks(node) & (own - traits)
    ]
    assert found == []


def _asks(call: ast.Call) -> set[str]:
    """Return the classes that a call of isinstance, or of a query of the model, asks for."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in ("isinstance", "issubclass", "having", "component", "settings_as"):
        return set()
    return {one.id for argument in call.args for one in ast.walk(argument) if isinstance(one, ast.Name)}


@pytest.mark.slow
def test_nothing_outside_asks_which_kind_a_component_is() -> None:
    assert len(outside()) > 200
    found = [f"{path.relative_to(SOURCES)}:{line}" for path in outside() for line in asked(ast.parse(path.read_text()))]
    assert found == []


def test_a_question_would_be_found() -> None:
    assert asked(ast.parse('if part.kind == "worker":\n    pass\n')) == [1]
    assert asked(ast.parse('match part.kind:\n    case "nats" | "x":\n        pass\n')) == [1]
    assert asked(ast.parse('if part.kind in ("x", "job"):\n    pass\n')) == [1]


def test_nothing_outside_imports_a_kind() -> None:
    found = [
        f"{path.relative_to(SOURCES)}: {line.strip()}"
        for path in outside()
        for line in path.read_text().splitlines()
        if ("quantacirc_cdk.kinds." in line and "quantacirc_cdk.kinds.registry" not in line)
        or "quantacirc_cdk import kinds" in line
        or "quantacirc_cdk.kinds import" in line
    ]
    assert found == []


def test_no_name_of_a_component_of_ours_is_a_word_of_the_library() -> None:
    """Pipelines have artifacts: GitLab's and Jenkins' keyword, and what GitHub calls the files that a job leaves."""
    texts = {path: path.read_text().lower() for path in SOURCES.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    words = {
        path.relative_to(SOURCES).parts[0] for path, text in texts.items() if "ledger" in text or "artifacts" in text
    }
    assert words <= {"pipelines"}
    assert not [path for path, text in texts.items() if "ledger" in text]
