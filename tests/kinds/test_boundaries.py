"""Nothing outside a kind's folder asks which kind a component is: a new kind is one folder."""

import ast
from pathlib import Path

from quantacirc_cdk.kinds.registry import BUILT_IN
from support.tools import ROOT

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
        if "quantacirc_cdk.kinds." in line and "quantacirc_cdk.kinds.registry" not in line
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
