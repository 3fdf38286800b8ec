"""An edit runs only what it affects, and the output is always that of a clean run."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth import PARTS, Summary, synthesize
from quantacirc_cdk.synth.cache import Cache
from quantacirc_cdk.synth.ownership import MARKER
from quantacirc_cdk.synth.parts import Part
from quantacirc_cdk.synth.units import Relations
from support.command import QCDK, environment, qcdk
from support.drawn import first_seed
from support.project import ENVIRONMENT, Project

ROUNDS = int(os.environ.get("FUZZ_EDITS", "6"))
CAFE = "extends: home\ndomain: cafe.example\ncluster: { kubernetes_version: '1.34', context: kind-cafe }\n"
CLOUD = """\
target: aws
clouds:
  aws: { account: "123456789012", region: eu-central-1, recovery_region: eu-west-1, state: { bucket: bakery-state } }
network: { cidr: 10.0.0.0/16 }
"""
POOL = "{ cpu: 4, memory: 16Gi, min_nodes: 2, max_nodes: 6 }"
PROD = (
    ENVIRONMENT.replace("target: local\n", CLOUD)
    .replace("bakery.example", "prod.example")
    .replace("owners", "replicas: { min: 1, max: 3 }\nowners")
    .replace(
        "kind-bakery\n",
        f"prod\n  route_certificates: none\n  node_pools:\n    general: {POOL}\n",
    )
)
EU = """\
extends: prod
domain: eu.example
cluster: { context: eu }
clouds: { aws: { state: { bucket: bakery-eu } } }
network: { cidr: 10.1.0.0/16 }
"""
OWN = """\
from pathlib import Path
from quantacirc_cdk.apps.workloads import objects_in, synthesize as original

def synthesize(root, out, environments):
    original(root, out, environments, after=objects_in(root / "more"))
"""
NOTE = """\
from quantacirc_cdk.model import load_project

def synthesize(root, out, environments):
    out.mkdir(exist_ok=True)
    for name, one in load_project(root).environments.items():
        (out / f"{name}.txt").write_text(f"{one.domain} {one.release.version}")
"""
PASSED_ON = "from quantacirc_cdk.apps.{} import synthesize\n"
MORE = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more, namespace: bakery }\ndata: { number: '0' }\n"


@pytest.fixture
def shop(project: Callable[[], Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Local environments ``home`` and ``cafe``, which extends it; ``prod`` and ``eu``, which extends it, in a cloud."""
    monkeypatch.setenv("QCDK_CACHE_DIR", str(tmp_path / "cache"))
    made = project()
    for name, text in (("cafe", CAFE), ("prod", PROD), ("eu", EU)):
        made.write_environment(name, text)
    monkeypatch.chdir(made.root)
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(made: Project, *only: str, environments: tuple[str, ...] = ()) -> tuple[set[str], Summary]:
    """Return the parts that a run runs, and its result."""
    started: set[str] = set()
    cache = Cache(root=made.root, out=made.root / "dist", environments=environments, only=only)
    units = cache.units
    summary = synthesize(
        made.root,
        out=cache.out,
        environments=environments,
        only=only,
        listener=lambda event: started.add(event.part),
        units=units,
    )
    cache.keep(summary)
    return started, summary


def assert_clean(made: Project, *only: str) -> None:
    clean = made.root.parent / "clean"
    synthesize(made.root, out=clean, only=only)
    assert files(made.root / "dist") == files(clean)
    shutil.rmtree(clean)


def part(name: str) -> Part:
    return next(one for one in PARTS if one.name == name)


def related(made: Project, name: str, environment: str) -> str:
    """Return the environments that a unit depends on."""
    project = load_project(made.root)
    unrelated = Relations(project).unrelated(part(name), environment)
    return " ".join(one for one in project.environments if f"apps/environments/{one}.yaml" not in unrelated)


def test_a_unit_depends_on_its_environment_and_on_what_that_extends(shop: Project) -> None:
    assert related(shop, "kubernetes", "home") == "home"
    assert related(shop, "kubernetes", "cafe") == "cafe home"
    assert related(shop, "terraform", "eu") == "eu prod"
    assert related(shop, "terraform", "cafe") == "", "it has no stack"
    assert related(shop, "terraform", "") == "", "the manifest changes with the stacks"
    assert related(shop, "compose", "") == "cafe home"
    assert related(shop, "helm", "") == related(shop, "report", "") == "cafe eu home prod"


def test_an_app_of_the_project_depends_on_everything_and_so_does_what_reads_it(shop: Project) -> None:
    (shop.root / "apps" / "workloads.py").write_text(PASSED_ON.format("workloads"))
    assert related(shop, "kubernetes", "home") == "home"
    (shop.root / "apps" / "workloads.py").write_text(OWN)
    assert related(shop, "kubernetes", "home") == related(shop, "compose", "") == "cafe eu home prod"
    assert related(shop, "terraform", "eu") == "eu prod"


def test_a_kind_of_the_project_depends_on_everything(shop: Project) -> None:
    kinds = shop.root / "apps" / "kinds"
    kinds.mkdir()
    (kinds / "mill.py").write_text(
        "from quantacirc_cdk.kinds.worker.spec import Worker\n\n"
        "class Mill(Worker):\n    kind: str = 'mill'\n\nKIND = Mill\n"
    )
    assert related(shop, "kubernetes", "home") == "home", "no component has it"
    shop.replace_in_system("kind: worker", "kind: mill")
    assert related(shop, "kubernetes", "home") == "cafe eu home prod"


@pytest.mark.slow
def test_an_edit_of_an_environment_runs_what_depends_on_it(shop: Project) -> None:
    run(shop)
    assert run(shop)[0] == set()
    shop.replace_in_environment("eu", "eu.example", "europe.example")
    started, summary = run(shop)
    assert "compose" not in started
    assert {"kubernetes", "terraform", "helm", "report"} <= started
    assert {name.split("/")[1] for name in summary.changed if name.startswith("kubernetes/")} == {"eu"}
    assert summary.files["kubernetes"] == sum(1 for _ in (shop.root / "dist" / "kubernetes").rglob("*.yaml"))
    assert summary.files["terraform"] == sum(path.is_file() for path in (shop.root / "dist" / "terraform").rglob("*"))
    assert_clean(shop)
    shop.replace_in_environment("cafe", "cafe.example", "coffee.example")
    assert "terraform" not in run(shop)[0]
    assert_clean(shop)


@pytest.mark.slow
def test_what_does_not_run_is_not_written_again(shop: Project) -> None:
    (shop.root / "apps" / "operations.py").write_text(NOTE)
    run(shop, "kubernetes")
    (shop.root / "apps" / "workloads.py").write_text(PASSED_ON.format("workloads") + "import sys\n")
    assert run(shop, "kubernetes")[0] == set()
    (shop.root / "apps" / "workloads.py").write_text(OWN)
    (shop.root / "more").mkdir()
    (shop.root / "more" / "one.yaml").write_text(MORE)
    assert run(shop, "kubernetes")[0] == {"kubernetes"}
    (shop.root / "more" / "one.yaml").write_text(MORE.replace("'0'", "'1'"))
    assert len(run(shop, "kubernetes")[1].changed) == 4, "a file that the project's app has read"
    assert_clean(shop, "kubernetes")


@pytest.mark.slow
def test_an_environment_that_is_gone_leaves_nothing_behind(shop: Project) -> None:
    run(shop)
    shop.environment_file("eu").unlink()
    run(shop)
    assert not (shop.root / "dist" / "kubernetes" / "eu").exists()
    assert_clean(shop)
    shop.write_environment("eu", EU)
    run(shop)
    assert_clean(shop)


@pytest.mark.slow
def test_a_patch_that_has_lost_its_last_object_is_refused_as_in_a_clean_run(shop: Project) -> None:
    shop.environment_file("eu").unlink()
    shop.replace_in_environment("prod", "  context: prod\n", "  context: prod\n  ingress_class: nginx\n")
    patch = "{kind: Ingress, name: shop, reason: a test, merge: {metadata: {labels: {a: b}}}}"
    shop.replace_in_system("components:\n", f"patches: {{ way-in: {patch} }}\ncomponents:\n")
    run(shop, "kubernetes")
    shop.replace_in_environment("cafe", "cafe.example", "coffee.example")
    assert run(shop, "kubernetes")[0] == {"kubernetes"}
    shop.replace_in_environment("prod", "  ingress_class: nginx\n", "")
    with pytest.raises(QuantacircError) as clean:
        synthesize(shop.root, out=shop.root.parent / "clean", only=["kubernetes"])
    with pytest.raises(QuantacircError, match=r"patches\.way-in") as found:
        run(shop, "kubernetes")
    assert str(found.value) == str(clean.value)


@pytest.mark.slow
def test_a_run_for_one_environment_says_nothing_of_the_others(shop: Project) -> None:
    run(shop)
    shop.replace_in_system("memory_limit: 256Mi", "memory_limit: 512Mi")
    _, summary = run(shop, environments=("home",))
    assert {name.split("/")[1] for name in summary.changed if name.startswith("kubernetes/")} == {"home"}
    started, summary = run(shop)
    assert "kubernetes" in started
    assert "home" not in {name.split("/")[1] for name in summary.changed if name.startswith("kubernetes/")}
    assert_clean(shop)


@pytest.mark.slow
def test_the_output_after_any_edits_is_that_of_a_clean_run(shop: Project, tmp_path: Path) -> None:
    """Edits of the model, of Python, of mounted files, of the output and of records, and kills."""
    seed = first_seed()
    print(f"FUZZ_SEED={seed}")
    dice = random.Random(seed)
    (shop.root / "menu.txt").write_text("bread")
    (shop.root / "more").mkdir()
    (shop.root / "more" / "one.yaml").write_text(MORE)
    shop.replace_in_system("    exposed: true\n", "    exposed: true\n    files: { /etc/menu: menu.txt }\n")
    apps, dist, cache = shop.root / "apps", shop.root / "dist", tmp_path / "cache"
    texts = {path: path.read_text() for path in sorted(apps.rglob("*.yaml"))}
    edits = Edits(shop, texts, dice)
    for number in range(ROUNDS):
        said = [edits.one() for _ in range(dice.choice((1, 1, 2)))]
        print(number, *said)
        if dice.random() < 0.2:
            killed = subprocess.Popen(
                [*QCDK, "synth", "--project", str(shop.root)],
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            time.sleep(dice.uniform(0.2, 3))
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
        if dice.random() < 0.2 and (records := sorted(cache.rglob("*.json"))):
            data = (record := dice.choice(records)).read_bytes()
            record.write_bytes(data[: dice.randrange(len(data))])
        only = dice.choice(((), (), ("--only", "kubernetes"), ("--only", "report"), ("--only", "compose")))
        asked = () if only else dice.choice(((), ("home",), ("eu", "cafe")))
        more = [name for name in asked if shop.environment_file(name).exists()]
        ended = [qcdk("synth", "--project", shop.root, *only, *more)]
        if ended[0].returncode == 0 and (only or more):
            ended = [qcdk("synth", "--project", shop.root)]
        clean = tmp_path / "clean"
        ended.append(qcdk("synth", "--project", shop.root, "--out", clean, "--no-cache"))
        assert {one.returncode for one in ended} in ({0}, {2}), [one.stderr for one in ended]
        if ended[0].returncode == 0:
            assert files(dist) == files(clean), number
        else:
            errors = [sorted(line for line in one.stderr.splitlines() if "error" in line) for one in ended]
            assert errors[0] == errors[1]
            edits.undo()
        shutil.rmtree(clean, ignore_errors=True)


class Edits:
    """Changes of a project, drawn by dice."""

    def __init__(self, made: Project, texts: dict[Path, str], dice: random.Random) -> None:
        self.made, self.texts, self.dice = made, texts, dice

    def one(self) -> str:
        """Make an edit, and say which."""
        ways = (
            self.version,
            self.version,
            self.comment,
            self.limit,
            self.target,
            self.environment,
            self.python,
            self.mounted,
            self.added,
            self.lost,
            self.undo,
        )
        return f"{(way := self.dice.choice(ways)).__name__} {way()}"

    def undo(self) -> str:
        for path, text in self.texts.items():
            path.write_text(text)
        return ""

    def version(self) -> str:
        return self._replace(self._environment(), "version: 1.0.", f"version: 1.0.{self.dice.randrange(1, 9)}")

    def comment(self) -> str:
        path = self.dice.choice([path for path in self.texts if path.exists()])
        path.write_text(path.read_text() + f"# {self.dice.random()}\n")
        return path.stem

    def limit(self) -> str:
        limit = self.dice.randrange(200, 999)
        return self._replace(self.made.system_file, "memory_limit: 256Mi", f"memory_limit: {limit}Mi")

    def target(self) -> str:
        return self._replace(self.made.environment_file("eu"), "extends: prod", "extends: home\nshares: [home]")

    def environment(self) -> str:
        path = self._environment()
        if path.stem in ("home", "prod"):
            return "none"
        path.unlink() if path.exists() else path.write_text(self.texts[path])
        return path.stem

    def python(self) -> str:
        name = self.dice.choice(("workloads", "operations", "infrastructure"))
        texts = {"workloads": [OWN], "operations": [NOTE], "infrastructure": []}
        path = self.made.root / "apps" / f"{name}.py"
        text = self.dice.choice([*texts[name], PASSED_ON.format(name), ""])
        path.write_text(text) if text else path.unlink(missing_ok=True)
        return f"{name} {len(text)}"

    def mounted(self) -> str:
        (self.made.root / "menu.txt").write_text(f"bread {self.dice.random()}")
        return ""

    def added(self) -> str:
        (self.made.root / "more" / "one.yaml").write_text(MORE.replace("'0'", f"'{self.dice.randrange(9)}'"))
        return ""

    def lost(self) -> str:
        """Delete a file of the output, but not its marker: without it, the folder is no output (test_ownership.py)."""
        written = [path for path in sorted((self.made.root / "dist").rglob("*")) if path.is_file()]
        written = [path for path in written if path.name != MARKER]
        if not written:
            return "nothing"
        (path := self.dice.choice(written)).unlink()
        return path.name

    def _environment(self) -> Path:
        return self.dice.choice([path for path in self.texts if path.parent.name == "environments"])

    @staticmethod
    def _replace(path: Path, old: str, new: str) -> str:
        if path.exists() and old in (text := path.read_text()):
            path.write_text(text.replace(old, new, 1))
        return path.stem
