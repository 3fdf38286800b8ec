"""``qcdk watch`` keeps the output current while somebody edits, and says what each change does."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from quantacirc_cdk.cli.main import main
from support.command import QCDK, environment
from support.project import ENVIRONMENT, Project

pytestmark = pytest.mark.slow

READY = "waiting for changes"
CAFE = "extends: home\ndomain: cafe.example\ncluster: { kubernetes_version: '1.34', context: kind-cafe }\n"
APP = """\
def synthesize(root, out, environments):
    out.mkdir(exist_ok=True)
    (out / "{name}").touch()
"""


class Watching:
    """A running ``qcdk watch`` and what it prints."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self.project = project
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*QCDK, "watch", "--project", str(project.root), *arguments],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)
        self.lines.append("ended")

    def until_ready(self, times: int = 1, seconds: float = 60) -> list[str]:
        """Return what was printed until it waits, once for each change."""
        deadline = time.monotonic() + seconds
        while sum(line.startswith(READY) for line in self.lines) < times:
            assert time.monotonic() < deadline, self.lines
            assert "ended" not in self.lines, self.lines
            time.sleep(0.01)
        ends = [index for index, line in enumerate(self.lines) if line.startswith(READY)]
        begins = [0, *(index + 1 for index in ends)]
        return self.lines[begins[times - 1] : ends[times - 1]]

    def stop(self, signals: int = 1) -> int:
        for _ in range(signals):
            self.process.send_signal(signal.SIGINT)
            time.sleep(0.003)
        return self.process.wait(30)


@pytest.fixture
def shop(project: Callable[[], Project]) -> Project:
    made = project()
    made.write_environment("cafe", CAFE)
    made.write_environment("bar", ENVIRONMENT.replace("kind-bakery", "kind-bar").replace("bakery.example", "b.example"))
    return made


@pytest.fixture
def watch(shop: Project) -> Iterator[Callable[..., Watching]]:
    """Return a starter of ``qcdk watch`` with some arguments."""
    made: list[Watching] = []

    def start(*arguments: str) -> Watching:
        made.append(Watching(shop, *arguments))
        return made[-1]

    yield start
    for watching in made:
        watching.process.kill()
        watching.process.wait()


def clean(project: Project, out: Path, *arguments: str) -> dict[str, bytes]:
    """Return the output of a clean run."""
    assert main(["synth", "--project", str(project.root), "--out", str(out), "--no-cache", *arguments]) == 0
    return files(out)


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items()}


def test_a_saved_file_gives_its_environments_manifests_then_the_rest_and_the_effect(
    watch: Callable[..., Watching], shop: Project, tmp_path: Path
) -> None:
    watching = watch()
    watching.until_ready()
    shop.replace_in_environment("home", "version: 1.0.0", "version: 1.0.1")
    said = watching.until_ready(2)
    first, second = (index for index, line in enumerate(said) if line.startswith("dist/:"))
    assert "changed in kubernetes/cafe, kubernetes/home," in said[first]
    assert "kubernetes/bar" not in said[first]
    assert any(line.strip() == "in cafe, home" for line in said[first:second])
    assert any("rolling restart" in line for line in said[first:second])
    assert "helm/bakery" in said[second]
    assert files(shop.root / "dist") == clean(shop, tmp_path / "clean")


MANIFESTS = ("--only", "kubernetes")


def test_another_file_changes_every_environment(watch: Callable[..., Watching], shop: Project, tmp_path: Path) -> None:
    watching = watch(*MANIFESTS)
    watching.until_ready()
    shop.replace_in_system("memory_limit: 256Mi", "memory_limit: 512Mi")
    said = [line for line in watching.until_ready(2) if line.startswith("dist/:")]
    assert len(said) == 1
    assert "changed in kubernetes/bar, kubernetes/cafe, kubernetes/home," in said[0]
    assert files(shop.root / "dist") == clean(shop, tmp_path / "clean", *MANIFESTS)


def test_an_error_is_told_and_changes_nothing_until_it_is_mended(
    watch: Callable[..., Watching], shop: Project, tmp_path: Path
) -> None:
    watching = watch(*MANIFESTS)
    watching.until_ready()
    before = files(shop.root / "dist")
    shop.replace_in_environment("bar", "target: local", "target: mars")
    said = watching.until_ready(2)
    assert [line for line in said if line.startswith("error: apps/environments/bar.yaml:1: target")]
    assert files(shop.root / "dist") == before
    shop.replace_in_environment("bar", "target: mars", "target: local\ntags: { team: bread }")
    watching.until_ready(3)
    assert files(shop.root / "dist") == clean(shop, tmp_path / "clean", *MANIFESTS)


def test_a_project_that_is_wrong_at_first_is_waited_for(watch: Callable[..., Watching], shop: Project) -> None:
    shop.replace_in_environment("bar", "target: local", "target: mars")
    watching = watch("--only", "operations")
    watching.until_ready()
    assert not (shop.root / "dist").exists()
    shop.replace_in_environment("bar", "target: mars", "target: local")
    watching.until_ready(2)
    assert (shop.root / "dist" / "operations" / "bar.env").exists()


def test_changed_python_is_imported_anew(watch: Callable[..., Watching], shop: Project) -> None:
    app = shop.root / "apps" / "operations.py"
    app.write_text(APP.format(name="one"))
    watching = watch("--only", "operations")
    watching.until_ready()
    app.write_text(APP.format(name="two"))
    watching.until_ready(2)
    assert [*files(shop.root / "dist" / "operations")] == ["two"]


@pytest.mark.parametrize("signals", [1, 2, 3])  # `timeout` sends two.
def test_ctrl_c_ends_it_and_all_that_it_started(watch: Callable[..., Watching], signals: int) -> None:
    watching = watch(*MANIFESTS)
    watching.until_ready()
    started = psutil.Process(watching.process.pid).children(recursive=True)
    assert started
    assert watching.stop(signals) == 0
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_an_output_that_cannot_be_written_ends_it_with_2(watch: Callable[..., Watching], shop: Project) -> None:
    (shop.root / "dist").mkdir()
    (shop.root / "dist" / "mine.txt").write_text("mine")
    assert watch().process.wait(60) == 2
