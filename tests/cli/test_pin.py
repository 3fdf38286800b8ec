"""``qcdk pin`` and ``qcdk add``: the digest of a chart is what its registry has, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from support.charts import push
from support.operations.registry import Registry
from support.ports import free_port
from support.project import Project
from support.registry import serve

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture(scope="module")
def pushed(registry: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of two versions of a chart, as helm printed them."""
    folder = tmp_path_factory.mktemp("charts")
    return {version: push(folder, registry, "keda", version=version) for version in ("2.20.2", "2.21.0")}


@pytest.fixture
def scaled(project: Callable[[], Project], registry: str, pushed: dict[str, str]) -> Project:
    """A project with an operator that has no digest yet."""
    made = project()
    add(made, f"oci://{registry}/charts/keda")
    return made


def add(project: Project, chart: str, version: str = "2.20.2") -> None:
    section = f"  scaling: {{ kind: operator, operator: keda, chart: '{chart}', version: {version} }}  # nodes\n"
    project.replace_in_system("components:\n", f"components:\n{section}")


def qcdk(project: Project, *words: str) -> int:
    return main([*words, "--project", str(project.root)])


def component(project: Project) -> tuple[str, str | None]:
    found = load_project(project.root).system.components["scaling"]
    return found.version, found.digest  # type: ignore[attr-defined]


def test_without_a_digest_nothing_is_written_and_the_message_says_how(
    scaled: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert qcdk(scaled, "synth") == 2
    said = capsys.readouterr().err
    assert (
        "components.scaling: no `digest`, expected the digest of version 2.20.2 in its registry: qcdk pin scal" in said
    )
    assert not (scaled.root / "dist").exists()


def test_a_missing_digest_is_asked_of_the_registry(
    scaled: Project, pushed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert qcdk(scaled, "pin", "--check") == 1
    assert "would change" in capsys.readouterr().out
    assert qcdk(scaled, "pin") == 0
    assert f"scaling: {pushed['2.20.2']}" in capsys.readouterr().out
    assert component(scaled) == ("2.20.2", pushed["2.20.2"])
    assert "  # nodes" in scaled.system_file.read_text()
    assert qcdk(scaled, "pin") == 0
    assert "unchanged" in capsys.readouterr().out


def test_a_new_version_comes_with_its_digest(scaled: Project, pushed: dict[str, str]) -> None:
    assert qcdk(scaled, "pin", "scaling", "--version", "2.21.0") == 0
    assert component(scaled) == ("2.21.0", pushed["2.21.0"])


def test_an_environment_can_be_first(scaled: Project, pushed: dict[str, str]) -> None:
    assert qcdk(scaled, "pin") == 0
    assert qcdk(scaled, "pin", "scaling", "--version", "2.21.0", "--env", "home") == 0
    here = load_project(scaled.root).environments["home"].components["scaling"]
    assert (here.version, here.digest) == ("2.21.0", pushed["2.21.0"])  # type: ignore[attr-defined]
    assert component(scaled) == ("2.20.2", pushed["2.20.2"])


def test_a_digest_that_is_not_the_registrys_is_found(
    scaled: Project, pushed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert qcdk(scaled, "pin") == 0
    scaled.replace_in_system(pushed["2.20.2"], f"sha256:{7:064x}")
    assert qcdk(scaled, "pin", "--check", "scaling") == 1
    assert component(scaled)[1] == f"sha256:{7:064x}"


def test_a_component_can_be_added_with_its_digest(
    project: Callable[[], Project], registry: str, pushed: dict[str, str]
) -> None:
    made = project()
    words = ["--set", "operator=keda", "--set", "version=2.20.2", "--set", f"chart=oci://{registry}/charts/keda"]
    assert qcdk(made, "add", "component", "scaling", "--kind", "operator", *words) == 0
    assert component(made) == ("2.20.2", pushed["2.20.2"])


def test_a_component_with_a_digest_asks_nobody(project: Callable[[], Project]) -> None:
    made, digest = project(), f"sha256:{8:064x}"
    chart = f"chart=oci://127.0.0.1:{free_port()}/keda"
    words = ["--set", "operator=keda", "--set", "version=2.20.2", "--set", chart, "--set", f"digest={digest}"]
    assert qcdk(made, "add", "component", "scaling", "--kind", "operator", *words) == 0
    assert component(made)[1] == digest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scalng"], 'no chart or operator "scalng", expected "scaling"'),
        (["shop"], 'no chart or operator "shop"'),
        (["--version", "2.21.0"], "--version: for 0 components, expected one NAME"),
        (["scaling", "--version", "9.9.9"], "has no such version"),
        (["scaling", "--version", "newest"], "components.scaling.version"),
        (["scaling", "--env", "home"], "components.scaling: no `version`, expected one, or --version"),
        (["--env", "hoem"], 'no environment "hoem", expected "home"'),
    ],
)
def test_what_has_no_answer_changes_nothing(
    scaled: Project, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = scaled.system_file.read_text()
    assert qcdk(scaled, "pin", *words) == 2
    assert said in capsys.readouterr().err
    assert scaled.system_file.read_text() == before


def test_a_registry_that_is_silent_or_has_an_image_there_gives_no_digest(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    silent, image = project(), Project.small(tmp_path / "other")
    add(silent, f"oci://127.0.0.1:{free_port()}/keda")
    assert qcdk(silent, "pin") == 2
    assert "does not respond" in capsys.readouterr().err
    with Registry({"keda": ["2.20.2"]}) as other:
        add(image, f"oci://{other.host}/keda")
        assert qcdk(image, "pin") == 2
    assert "no Helm chart" in capsys.readouterr().err
    assert "digest" not in image.system_file.read_text()
