"""The mutation run finds the places where a change matters, and tells a test of behaviour from a comparison."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from support.tools import ROOT


@pytest.fixture(scope="module")
def mutate() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "tools"))
    import mutate

    yield mutate
    sys.path.remove(str(ROOT / "tools"))


def changes(mutate: ModuleType, source: str) -> set[str]:
    """Return the texts that a source is changed to."""
    return {mutant.apply(source.encode()).decode() for mutant in mutate.mutants("a.py", source.encode())}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a = b < c", "a = (b <= c)"),
        ("a = b not in c", "a = (b in c)"),
        ("a = b and c", "a = (b or c)"),
        ("a = not b", "a = (b)"),
        ("a = b - c", "a = (b + c)"),
        ("if b:\n    c()", "if (not (b)):\n    c()"),
        ("if b:\n    c()", "if b:\n    pass"),
        ("a = [b for b in c if d(b)]", "a = [b for b in c if True]"),
        ("a = 3", "a = 4"),
        ("a = True", "a = False"),
        ("a = 'x'", "a = 'xX'"),
        ("def f():\n    return g()", "def f():\n    return None"),
        ("for a in b:\n    break", "for a in b:\n    pass"),
        ("if b: raise c", "if b: pass"),
        ("a = [b, c]", "a = [c]"),
        ("a = [b, c]", "a = [b, ]"),
        ("a = {'x': b, **c}", "a = {'x': b, }"),
        ("a = {'x': b, **c}", "a = { **c}"),
        ("f(a, b=c, d=e)", "f(a, d=e)"),
        ("a = 'ä', b < c", "a = 'ä', (b <= c)"),
    ],
)
def test_a_change_replaces_one_place_and_leaves_the_rest(mutate: ModuleType, source: str, changed: str) -> None:
    assert changed in changes(mutate, source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A module."""',
        "a: 'B'",
        "def f(a: int) -> 'B': ...",
        "raise ValueError('x', 1)",
        "a = 'some words'",
        "a = f'{b < c}'",
        "Field(description='x')",
        "__all__ = ['a', 'b']",
        "@dataclass(frozen=True)\nclass A: ...",
        "if TYPE_CHECKING:\n    a = 1",
    ],
)
def test_what_only_people_read_stays(mutate: ModuleType, source: str) -> None:
    left = {text for text in changes(mutate, source) if not text.startswith(("pass", "Field()"))}
    assert left == set()


def test_a_change_keeps_the_name_of_the_function_around_it(mutate: ModuleType) -> None:
    source = b"class A:\n    def f(self):\n        return [g() for b in c]\n"
    assert {mutant.function for mutant in mutate.mutants("a.py", source)} == {"A.f"}


def test_nearly_every_change_of_a_file_of_this_project_is_python(mutate: ModuleType) -> None:
    path = ROOT / "constructs" / "quantacirc_cdk" / "operations" / "lock.py"
    drawn = mutate.drawn(mutate.mutants(str(path.relative_to(ROOT)), path.read_bytes()), 30, mutate.random.Random(1))
    assert len(drawn) == 30
    original = ast.dump(ast.parse(path.read_bytes()))
    assert all(ast.dump(ast.parse(mutant.apply(path.read_bytes()))) != original for mutant in drawn)


TESTS = {
    "tests/test_behaviour.py": "from quantacirc_cdk.sums import add\ndef test_add():\n    assert add(1, 2) == 3\n",
    "tests/project/test_output.py": "from quantacirc_cdk.sums import kept\ndef test_it():\n    assert kept() == 4\n",
}
SUMS = "def add(a, b):\n    return a + b\n\n\ndef kept():\n    return 4\n\n\ndef unseen():\n    return 5\n"


@pytest.fixture
def repository(tmp_path: Path, mutate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small repository with one module that a test, a comparison and nothing notices."""
    root = tmp_path / "small"
    package = root / "constructs" / "quantacirc_cdk"
    files = {"constructs/quantacirc_cdk/__init__.py": "", "constructs/quantacirc_cdk/sums.py": SUMS, **TESTS}
    files["constructs/quantacirc_cdk/startup.py"] = ""
    files["tests/project/test_api.py"] = "def test_nothing():\n    pass\n"
    files["pyproject.toml"] = (
        '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\npythonpath = ["constructs"]\n'
        'markers = ["slow: x"]\n'
    )
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".venv").symlink_to(ROOT / ".venv")
    for command in (["init", "-q"], ["add", "constructs", "tests", "pyproject.toml"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, "commit", "-qm", "All"], cwd=root, check=True)
    (root / ".git" / "info" / "exclude").write_text(".venv\nbuild\n")
    monkeypatch.setattr(mutate, "ROOT", root)
    monkeypatch.setattr(mutate, "MEASURED", root / "build" / "measured.jsonl")
    monkeypatch.setattr(mutate, "EQUIVALENT", root / "equivalent.yaml")
    assert package.is_dir()
    return root


def run(mutate: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mutate.py", "--jobs", "1", "--seed", "1", *arguments])
    return mutate.main()


@pytest.mark.slow
def test_each_change_has_its_outcome_and_the_repository_stays_as_it_is(
    repository: Path, mutate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(mutate, monkeypatch, "--number", "100") == 1
    said = capsys.readouterr().out
    changed = {line.split("  ")[0].strip(): [] for line in said.splitlines() if "→" in line}
    for line in said.splitlines():
        if "→" in line and ": constructs" not in line:
            changed[line.split("  ")[0].strip()].append(line)
    assert [len(changed[name]) for name in ("killed", "snapshot", "survived")] == [2, 2, 2]
    assert all(":2:" in line for line in changed["killed"])
    assert all(":6:" in line for line in changed["snapshot"])
    assert all(":10:" in line for line in changed["survived"])
    assert "survived: constructs/quantacirc_cdk/sums.py:10: 5  →  6" in said
    assert said.splitlines()[said.splitlines().index("") + 2].split() == ["(top)", "2", "2", "0", "2", "6", "33", "%"]
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_what_nobody_can_notice_is_not_drawn_and_must_be_there(
    repository: Path, mutate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = "{ file: sums.py, function: unseen, old: '5', new: '%s', reason: nobody calls it }\n"
    (repository / "equivalent.yaml").write_text(f"- {entry % '6'}- {entry % 'None'}")
    assert [mutant.function for mutant in mutate.packages([])["(top)"]] == ["add", "add", "kept", "kept"]
    (repository / "equivalent.yaml").write_text(f"- {entry % '7'}")
    with pytest.raises(SystemExit, match="no longer there"):
        mutate.packages([])


@pytest.mark.slow
def test_enough_that_is_killed_is_a_success(
    repository: Path, mutate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = "- { file: sums.py, function: %s, old: '%s', new: '%s', reason: x }\n"
    left = [("unseen", "5", "6"), ("unseen", "5", "None"), ("kept", "4", "5"), ("kept", "4", "None")]
    (repository / "equivalent.yaml").write_text("".join(entry % one for one in left))
    assert run(mutate, monkeypatch) == 0
    assert "100 %" in capsys.readouterr().out
