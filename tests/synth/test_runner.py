"""Parts that read other parts: the order they run in, and what a partial run replaces."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.synth import runner
from quantacirc_cdk.synth.ownership import MARKER
from quantacirc_cdk.synth.runner import Part, synthesize
from support.plain_apps import with_plain_apps
from support.project import Project

pytestmark = pytest.mark.integration

PARTS = (
    Part(name="kubernetes", app="apps/workloads.py", by_environment=("{environment}",)),
    Part(name="index", app="apps/index.py", needs=("kubernetes",)),
)

INDEX = """\
def synthesize(root, out, environments):
    found = sorted(str(path.relative_to(out.parent)) for path in (out.parent / "kubernetes").rglob("*.yaml"))
    (out / "index.txt").write_text("".join(f"{name}\\n" for name in found))
"""

LEAVES = """\
from quantacirc_cdk.handover import leave, take

def synthesize(root, out, environments):
    leave(out.parent, "text", lambda: "early")
    take(out.parent, "index is done")
"""

TAKES = """\
from quantacirc_cdk.handover import leave, take

def synthesize(root, out, environments):
    (out / "index.txt").write_text(take(out.parent, "text"))
    leave(out.parent, "index is done", lambda: "")
"""


@pytest.fixture
def made(project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(runner, "PARTS", PARTS)
    made = with_plain_apps(project(), files=1)
    made.write_environment("away", "extends: home\nshares: [home]\n")
    (made.root / "apps" / "index.py").write_text(INDEX)
    return made


def index(made: Project) -> list[str]:
    return (made.root / "dist" / "index" / "index.txt").read_text().splitlines()


def test_a_part_runs_after_those_it_needs(made: Project) -> None:
    summary = synthesize(made.root, out=made.root / "dist")
    assert summary.files == {"index": 1, "kubernetes": 2}
    assert index(made) == ["kubernetes/away/000.yaml", "kubernetes/home/000.yaml"]


def test_a_part_alone_reads_fresh_input_that_is_not_published(made: Project) -> None:
    synthesize(made.root, out=made.root / "dist")
    made.write_environment("third", "extends: home\nshares: [home]\n")
    summary = synthesize(made.root, out=made.root / "dist", only=["index"])
    assert summary.files == {"index": 1}
    assert index(made)[-1] == "kubernetes/third/000.yaml"
    assert not (made.root / "dist" / "kubernetes" / "third").exists()
    assert (made.root / "dist" / "kubernetes" / "home" / "000.yaml").read_text() == "old\n"


def test_a_whole_part_sees_all_environments_in_a_run_for_one(made: Project) -> None:
    synthesize(made.root, out=made.root / "dist")
    (made.root / "content").write_text("new\n")
    synthesize(made.root, out=made.root / "dist", environments=["home"])
    assert index(made) == ["kubernetes/away/000.yaml", "kubernetes/home/000.yaml"]
    texts = {path.parent.name: path.read_text() for path in (made.root / "dist" / "kubernetes").rglob("*.yaml")}
    assert texts == {"home": "new\n", "away": "old\n"}


def test_a_part_without_an_app_of_the_project_is_written_by_the_packages(project: Callable[[], Project]) -> None:
    made = project()
    summary = synthesize(made.root, out=made.root / "dist", only=["operations"])
    assert summary.files == {"operations": 1}
    (made.root / "apps" / "operations.py").write_text(INDEX)
    synthesize(made.root, out=made.root / "dist", only=["operations"])
    assert [path.name for path in (made.root / "dist" / "operations").iterdir()] == ["index.txt"]


def test_an_own_app_that_cannot_be_read_is_not_replaced_by_the_packages(project: Callable[[], Project]) -> None:
    made = project()
    (made.root / "apps" / "operations.py").symlink_to("nowhere.py")
    with pytest.raises(QuantacircError, match=r"operations\.py failed: FileNotFoundError"):
        synthesize(made.root, out=made.root / "dist", only=["operations"])


def test_an_own_app_without_the_function_is_refused(project: Callable[[], Project]) -> None:
    made = project()
    (made.root / "apps" / "operations.py").write_text("def synthesise(*_):\n    pass\n")
    with pytest.raises(QuantacircError, match=r"^apps/operations.py: nothing to run, expected a function synthesize\("):
        synthesize(made.root, out=made.root / "dist", only=["operations"])


FAILURES = {
    "its own line": ("{}['lost']", "apps/operations.py:3: operations.py failed: KeyError: 'lost'"),
    "a line below a library's": (
        "from quantacirc_cdk.limits.quantity import parse_quantity; parse_quantity('much')",
        "apps/operations.py:3: operations.py failed: ValueError: ",
    ),
    "a module beside it": ("beside.broken()", "apps/beside.py:2: operations.py failed: ZeroDivisionError: "),
    "a file it cannot read": ("open('/nowhere')", "apps/operations.py:3: operations.py failed: FileNotFoundError: "),
    "a construct's arguments": (
        "from quantacirc_cdk.kubernetes.engine import cdk8s; cdk8s.App(outdir=42)",
        "apps/operations.py:3: operations.py failed: TypeError: ",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_names_the_line_of_the_projects_own_code(failure: str, project: Callable[[], Project]) -> None:
    line, expected = FAILURES[failure]
    made = project()
    (made.root / "apps" / "beside.py").write_text("def broken():\n    return 1 // 0\n")
    (made.root / "apps" / "operations.py").write_text(f"import beside\ndef synthesize(root, out, names):\n    {line}\n")
    with pytest.raises(QuantacircError, match=f"^{re.escape(expected)}"):
        synthesize(made.root, out=made.root / "dist", only=["operations"])


def test_an_app_that_is_no_python_names_the_line(project: Callable[[], Project]) -> None:
    made = project()
    (made.root / "apps" / "operations.py").write_text("\n\ndef synthesize(:\n")
    with pytest.raises(QuantacircError, match=r"^apps/operations.py:3: operations.py failed: SyntaxError: "):
        synthesize(made.root, out=made.root / "dist", only=["operations"])


def test_temporary_files_go_when_the_run_ends(made: Project) -> None:
    code = "import tempfile\nfolder = tempfile.mkdtemp()\nprint(folder, file=open(out / 'folder.txt', 'w'))\n"
    app = "def synthesize(root, out, environments):\n    " + code.replace("\n", "\n    ")
    (made.root / "apps" / "index.py").write_text(app)
    synthesize(made.root, out=made.root / "dist")
    folder = Path((made.root / "dist" / "index" / "folder.txt").read_text().strip())
    assert folder.is_relative_to(made.root)
    assert not folder.exists()
    assert sorted(path.name for path in made.root.iterdir() if path.name.startswith(".")) == []


def test_an_app_that_waits_is_loaded_meanwhile_and_its_failure_ends_the_run(made: Project) -> None:
    (made.root / "apps" / "index.py").write_text("raise ValueError('not an app')\n")
    with pytest.raises(QuantacircError, match=r"^apps/index.py:1: index.py failed: ValueError: not an app$"):
        synthesize(made.root, out=made.root / "dist")
    assert not (made.root / "dist").exists()


def test_a_part_takes_what_another_leaves_before_it_is_done(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PARTS", (PARTS[0], Part(name="index", app="apps/index.py", takes=("kubernetes",))))
    writes = '    [(out / one).mkdir() or (out / one / "x.yaml").write_text("") for one in ("away", "home")]\n'
    (made.root / "apps" / "workloads.py").write_text(LEAVES + writes)
    (made.root / "apps" / "index.py").write_text(TAKES)
    synthesize(made.root, out=made.root / "dist", only=["index"])
    assert index(made) == ["early"]
    assert sorted(path.name for path in (made.root / "dist").iterdir()) == [MARKER, "index"]


FAILS = """\
from quantacirc_cdk.errors import QuantacircError

def synthesize(root, out, environments):
    (out / "half.txt").write_text("half")
    raise QuantacircError("no luck")
"""


@pytest.mark.parametrize("reads", [{"needs": ("index",)}, {"takes": ("index",)}])
def test_a_part_that_fails_holds_up_only_those_that_need_it(
    made: Project, monkeypatch: pytest.MonkeyPatch, reads: dict[str, tuple[str, ...]]
) -> None:
    out = made.root / "dist"
    monkeypatch.setattr(runner, "PARTS", (*PARTS, Part(name="reader", app="apps/reader.py", **reads)))
    (made.root / "apps" / "reader.py").write_text(TAKES if "takes" in reads else INDEX)
    (made.root / "apps" / "index.py").write_text(FAILS)
    (made.root / "content").write_text("new")
    with pytest.raises(QuantacircError, match="no luck"):
        synthesize(made.root, out=out)
    assert not out.exists()

    summary = synthesize(made.root, out=out, keep_going=True)
    assert summary.files == {"kubernetes": 2}
    said = {name: str(error) for name, error in summary.failed.items()}
    assert said == {"index": "no luck", "reader": "reader: not written, because it needs index"}
    assert sorted(path.name for path in out.iterdir()) == [MARKER, "kubernetes"]
    assert "# Incomplete, could not be written: index, reader\n" in (out / MARKER).read_text()

    synthesize(made.root, out=out, only=["kubernetes"])
    assert "# Incomplete, could not be written: index, reader\n" in (out / MARKER).read_text()
    (made.root / "apps" / "index.py").write_text(INDEX if "needs" in reads else LEAVES)
    whole = synthesize(made.root, out=out, keep_going=True)
    assert (whole.failed, sorted(whole.files)) == ({}, ["index", "kubernetes", "reader"])
    assert "Incomplete" not in (out / MARKER).read_text()


def test_what_a_part_makes_of_one_that_fails_later_is_not_written(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PARTS", (*PARTS, Part(name="reader", app="apps/reader.py", takes=("index",))))
    (made.root / "apps" / "reader.py").write_text(TAKES.replace('"text"', '"index.text"'))
    text = LEAVES.replace('"text"', '"index.text"') + '    raise QuantacircError("no luck")\n'
    (made.root / "apps" / "index.py").write_text(f"from quantacirc_cdk.errors import QuantacircError\n{text}")
    (made.root / "content").write_text("new")
    summary = synthesize(made.root, out=made.root / "dist", keep_going=True)
    said = {name: str(error) for name, error in summary.failed.items()}
    assert said == {"index": "no luck", "reader": "reader: not written, because it needs index"}
    assert not (made.root / "dist" / "reader").exists()


@pytest.mark.timeout(120)
def test_parts_that_pass_on_more_than_a_pipe_holds_do_not_hold_each_other_up(
    made: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("index", "more")
    monkeypatch.setattr(runner, "PARTS", tuple(Part(name=name, app=f"apps/{name}.py") for name in names))
    for name in names:
        app = f'    [leave(out.parent, f"{name}.{{number}}", lambda: "") for number in range(1000)]\n'
        lines = LEAVES.splitlines(keepends=True)[:3]
        (made.root / "apps" / f"{name}.py").write_text("".join([*lines, app, '    (out / "x").write_text("")\n']))
    assert synthesize(made.root, out=made.root / "dist").files == {"index": 1, "more": 1}


def test_a_part_that_fails_leaves_what_an_earlier_run_wrote_of_it(made: Project) -> None:
    out = made.root / "dist"
    synthesize(made.root, out=out)
    (made.root / "apps" / "index.py").write_text(FAILS)
    (made.root / "content").write_text("new")
    assert synthesize(made.root, out=out, keep_going=True).failed
    assert index(made) == ["kubernetes/away/000.yaml", "kubernetes/home/000.yaml"]
    assert {path.read_text() for path in out.glob("kubernetes/*/*.yaml")} == {"new"}


@pytest.mark.slow
def test_an_environment_can_have_the_name_of_what_parts_pass_on(project: Callable[[], Project]) -> None:
    made = project()
    made.environment_file("home").rename(made.environment_file("parity"))
    synthesize(made.root, out=made.root / "dist", only=["report"])
    text = (made.root / "dist" / "report" / "parity.md").read_text()
    assert text.startswith("# Parity\n\nparity: the manifests differ in 0 of ")
