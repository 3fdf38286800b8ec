"""``qcdk promote``: what one environment runs goes into the file of the next, and nothing else there changes."""

import difflib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import Environment, System, load_project
from quantacirc_cdk.operations.kubectl import UnreachableError
from quantacirc_cdk.operations.report import Report, Workload
from support.diff.objects import an
from support.project import Project

pytestmark = pytest.mark.integration

Make = Callable[[], Project]

ONE, TWO = ("sha256:" + character * 64 for character in "12")
NEXT = """\
# The shop everybody sees.
extends: home
shares: [home]
domain: shop.example  # bought in May
release:
  version: 1.0.0 # the first
  images:
    oven: { tag: 1.0.0, digest: DIGEST } # baked
""".replace("DIGEST", ONE)


@pytest.fixture
def bakery(project: Make) -> Project:
    """Return a project where ``home`` runs a newer release than ``street``, which extends it."""
    made = project()
    made.replace_in_environment(
        "home",
        "release: { version: 1.0.0 }",
        f"release: {{ version: 1.1.0, images: {{ oven: {{ tag: 1.1.0, digest: '{TWO}' }} }} }}",
    )
    made.write_environment("street", NEXT)
    return made


Say = Callable[..., None]


@pytest.fixture(autouse=True)
def health(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Let every cluster be healthy, until a test says otherwise; tests/operations asks a real one."""
    reasons: tuple[str, ...] = ()
    failure: Exception | None = None

    def check(system: System, environment: Environment, _: Path) -> Report:
        assert (system.name, environment.name) == ("bakery", "home")
        if failure is not None:
            raise failure
        part = Workload(name="baker", kind="Deployment", reasons=reasons)
        return Report(environment="home", context="kind-bakery", namespace="bakery", parts=[part])

    def say(*why: str, error: Exception | None = None) -> None:
        nonlocal reasons, failure
        reasons, failure = why, error

    monkeypatch.setattr("quantacirc_cdk.operations.health.check", check)
    return say


def promote(project: Project, *arguments: str) -> int:
    return main(["promote", *arguments, "--project", str(project.root)])


def changed(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_version_and_digests_move_and_comments_stay(bakery: Project) -> None:
    before = bakery.environment_file("street").read_text()
    source = bakery.environment_file("home").read_text()
    assert promote(bakery, "home", "street") == 0
    assert changed(before, bakery.environment_file("street").read_text()) == [
        "-   version: 1.0.0 # the first",
        "+   version: 1.1.0 # the first",
        f"-     oven: {{ tag: 1.0.0, digest: {ONE} }} # baked",
        f"+     oven: {{ tag: 1.1.0, digest: {TWO} }} # baked",
    ]
    assert bakery.environment_file("home").read_text() == source
    environments = load_project(bakery.root).environments
    assert environments["street"].release == environments["home"].release


def test_it_shows_what_changes_and_what_restarts(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    promote(bakery, "home", "street")
    assert capsys.readouterr().out.splitlines() == [
        "street: version: 1.0.0 -> 1.1.0",
        "street: oven: 1.0.0 sha256:111111111111 -> 1.1.0 sha256:222222222222",
        "street: restarts baker, shop",
        "street: home was healthy.",
    ]


def test_the_commit_message_says_the_same(bakery: Project, tmp_path: Path) -> None:
    message = tmp_path / "message.txt"
    assert promote(bakery, "home", "street", "--message", str(message)) == 0
    assert message.read_text() == (
        "Promote 1.1.0 from home to street\n\n"
        "version: 1.0.0 -> 1.1.0\n"
        "oven: 1.0.0 sha256:111111111111 -> 1.1.0 sha256:222222222222\n\n"
        "Restarts baker, shop.\n"
        "home was healthy.\n"
    )


def test_a_degraded_source_is_refused_and_nothing_is_written(
    bakery: Project, health: Say, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = bakery.environment_file("street").read_text()
    health("0 of 2 replicas are ready", "restarts")
    assert promote(bakery, "home", "street", "--message", str(tmp_path / "message.txt")) == 1
    assert capsys.readouterr().err == (
        "error: home: workload baker: 0 of 2 replicas are ready; restarts, "
        "expected a healthy source, or --no-health-check REASON\n"
    )
    assert bakery.environment_file("street").read_text() == before
    assert not (tmp_path / "message.txt").exists()
    assert promote(bakery, "home", "street", "--check") == 1  # which asks nobody


def test_a_source_that_does_not_answer_is_refused(
    bakery: Project, health: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bakery.environment_file("street").read_text()
    health(error=UnreachableError('the cluster of context "kind-bakery" does not answer'))
    assert promote(bakery, "home", "street") == 2
    assert 'context "kind-bakery" does not answer, expected a healthy source, or' in capsys.readouterr().err
    assert bakery.environment_file("street").read_text() == before


def test_whoever_does_not_ask_says_why_and_the_message_repeats_it(bakery: Project, health: Say, tmp_path: Path) -> None:
    health("0 of 2 replicas are ready")
    message = tmp_path / "message.txt"
    arguments = ("--no-health-check", "its cluster moves", "--message", str(message))
    assert promote(bakery, "home", "street", *arguments) == 0
    assert message.read_text().endswith("The health of home was not checked: its cluster moves\n")
    assert load_project(bakery.root).environments["street"].release.version == "1.1.0"


def manifests(project: Project, *objects: dict[str, object]) -> None:
    folder = project.root / "dist" / "kubernetes" / "street"
    folder.mkdir(parents=True)
    for item in objects:
        (folder / f"{item['kind']}.yaml").write_text(yaml.safe_dump(item))


OVEN = [{"name": "oven", "image": f"registry.bakery.example/oven:1.0.0@{ONE}"}]


def test_it_says_what_is_interrupted(bakery: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    alone = an("StatefulSet", {"spec.replicas": 1, "spec.template.spec.containers": OVEN})
    rolling = an("Deployment", {"spec.template.spec.containers": OVEN})
    others = an("DaemonSet")  # another image
    manifests(bakery, alone, rolling, others, an("Job", {"spec.template.spec.containers": OVEN}))
    message = tmp_path / "message.txt"
    assert promote(bakery, "home", "street", "--message", str(message)) == 0
    assert "street: brief unavailability: StatefulSet web\n" in capsys.readouterr().out
    assert "Restarts baker, shop.\nbrief unavailability: StatefulSet web\n" in message.read_text()


def test_another_version_alone_restarts_what_is_built_with_the_system(
    bakery: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    same = f"{{ tag: 1.0.0, digest: '{ONE}' }}"
    bakery.replace_in_environment("home", f"{{ tag: 1.1.0, digest: '{TWO}' }}", same)
    manifests(bakery, an("StatefulSet", {"spec.replicas": 1, "spec.template.spec.containers": OVEN}))
    assert promote(bakery, "home", "street") == 0
    assert "street: brief unavailability: StatefulSet web\n" in capsys.readouterr().out


def test_a_second_time_changes_nothing(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    promote(bakery, "home", "street")
    capsys.readouterr()
    after = bakery.environment_file("street").read_text()
    assert promote(bakery, "home", "street") == 0
    assert capsys.readouterr().out == "street: already has the release of home\n"
    assert bakery.environment_file("street").read_text() == after


def test_check_writes_nothing_and_says_with_its_status(bakery: Project) -> None:
    before = bakery.environment_file("street").read_text()
    assert promote(bakery, "home", "street", "--check") == 1
    assert bakery.environment_file("street").read_text() == before
    promote(bakery, "home", "street")
    assert promote(bakery, "home", "street", "--check") == 0


def test_a_source_that_was_never_released_is_refused(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    bakery.replace_in_environment("home", f", digest: '{TWO}'", "")
    before = bakery.environment_file("street").read_text()
    assert promote(bakery, "home", "street") == 2
    said = capsys.readouterr().err
    assert "apps/environments/home.yaml:4: release.images.oven: home runs no released oven" in said
    assert "run `qcdk release home` first" in said
    assert bakery.environment_file("street").read_text() == before


def test_another_registry_is_refused(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    bakery.replace_in_environment("street", "release:", "registry: elsewhere.example\nrelease:")
    assert promote(bakery, "home", "street") == 2
    assert 'pulls from "elsewhere.example", expected "registry.bakery.example"' in capsys.readouterr().err


def test_no_environment_is_passed_over_by_mistake(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    bakery.write_environment("fair", "extends: street\nshares: [street]\ndomain: fair.example\n")
    assert promote(bakery, "home", "fair") == 2
    assert 'fair gets its releases from street, not from home, expected "street"' in capsys.readouterr().err
    assert promote(bakery, "home", "fair", "--skip") == 0
    environments = load_project(bakery.root).environments
    assert environments["fair"].release == environments["home"].release


def test_who_inherits_the_version_is_told(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    bakery.write_environment("fair", "extends: street\nshares: [street]\ndomain: fair.example\n")
    assert promote(bakery, "home", "street") == 0
    assert "fair: also changes" in capsys.readouterr().out


@pytest.mark.parametrize(("names", "said"), [(("home", "hom"), '"home"'), (("home", "home"), "two environments")])
def test_bad_names_are_refused(
    bakery: Project, names: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote(bakery, *names) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_empty_reason_is_none(bakery: Project, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    before = bakery.environment_file("street").read_text()
    assert promote(bakery, "home", "street", "--no-health-check", reason) == 2
    assert '--no-health-check: found "", expected the reason' in capsys.readouterr().err
    assert bakery.environment_file("street").read_text() == before


def commit(bakery: Project, message: str) -> None:
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", message]):
        identity = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", *identity, *command], cwd=bakery.root, check=True)


@pytest.mark.parametrize("committed", [True, False])
def test_the_last_promotion_is_taken_back(
    bakery: Project, committed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(bakery, "Start")
    before = bakery.environment_file("street").read_text()
    assert promote(bakery, "home", "street") == 0
    if committed:
        commit(bakery, "Promote")
    capsys.readouterr()
    assert promote(bakery, "--undo", "street", "--check") == 1
    assert bakery.environment_file("street").read_text() != before
    assert promote(bakery, "--undo", "street", "--message", str(tmp_path / "message")) == 0
    assert bakery.environment_file("street").read_text() == before
    assert "street: version: 1.1.0 -> 1.0.0\nstreet: oven: 1.1.0" in capsys.readouterr().out
    message = (tmp_path / "message").read_text()
    assert message.startswith("Take back 1.1.0 in street: 1.0.0 again\n\nversion: 1.1.0 -> 1.0.0\n")


@pytest.mark.parametrize("committed", [True, False])
def test_an_undo_is_not_undone(bakery: Project, committed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    commit(bakery, "Start")
    assert promote(bakery, "home", "street") == 0
    commit(bakery, "Promote")
    assert promote(bakery, "--undo", "street") == 0
    if committed:
        commit(bakery, "Take it back")
    before = bakery.environment_file("street").read_text()
    capsys.readouterr()
    assert promote(bakery, "--undo", "street") == 2
    said = capsys.readouterr().err
    assert "took 1.1.0 back already, and --undo would deploy it again" in said
    assert "to deploy it on purpose: `qcdk promote home street`" in said
    assert ('"Take it back"' in said) == committed
    assert bakery.environment_file("street").read_text() == before
    # A later promotion can be taken back again.
    if not committed:
        commit(bakery, "Take it back")
    assert promote(bakery, "home", "street") == 0
    commit(bakery, "Promote it on purpose")
    bakery.replace_in_environment("home", "version: 1.1.0", "version: 1.2.0")
    assert promote(bakery, "home", "street") == 0
    assert promote(bakery, "--undo", "street", "--check") == 1


def test_a_first_release_is_taken_back_to_none(bakery: Project) -> None:
    text = NEXT[: NEXT.index("  images:")]
    bakery.write_environment("street", text)
    commit(bakery, "Start")
    assert promote(bakery, "home", "street") == 0
    assert promote(bakery, "--undo", "street") == 0
    assert bakery.environment_file("street").read_text() == text


@pytest.mark.parametrize("committed", [True, False])
def test_a_file_that_has_changed_since_is_refused_and_stays(
    bakery: Project, committed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(bakery, "Start")
    assert promote(bakery, "home", "street") == 0
    if committed:
        commit(bakery, "Promote")
    bakery.replace_in_environment("street", "domain: shop.example", "domain: store.example")
    if committed:
        commit(bakery, "Move")
    before = bakery.environment_file("street").read_text()
    capsys.readouterr()
    assert promote(bakery, "--undo", "street") == 2
    said = capsys.readouterr().err
    assert "apps/environments/street.yaml" in said
    assert "is no promotion: it changes domain" in said
    assert ('"Move"' in said) == committed
    assert bakery.environment_file("street").read_text() == before


def test_nothing_to_take_back_is_said(bakery: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert promote(bakery, "--undo", "street") == 2
    assert "no commit has this file" in capsys.readouterr().err
    commit(bakery, "Start")
    assert promote(bakery, "--undo", "street") == 2
    assert '"Start"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["home"], "expected SRC and DST"),
        (["--undo", "home", "street"], "--undo takes one environment, found home and street"),
        (["--undo", "street", "--skip"], "--skip has no effect with --undo"),
        (["--undo", "street", "--no-health-check", "why"], "--no-health-check has no effect with --undo"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    bakery: Project, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote(bakery, *arguments) == 2
    assert said in capsys.readouterr().err
