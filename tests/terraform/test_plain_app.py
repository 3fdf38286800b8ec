"""Without Node.js, an app writes and passes on what CDKTF does, byte for byte, and refuses the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.apps import infrastructure
from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.handover import FOLDER
from quantacirc_cdk.terraform import App, Resource, Stack
from quantacirc_cdk.terraform.declarations import output, variable
from quantacirc_cdk.terraform.plain_app import PlainApp
from quantacirc_cdk.text.javascript import UnusualError
from support.project import Project
from support.rich import scenarios, write
from support.tools import ROOT

SCENARIOS = {name: one for name, one in scenarios().items() if name != "local"}


def written(root: Path, out: Path) -> dict[str, bytes]:
    """Return the files of all stacks, and what other parts read."""
    (out / FOLDER).mkdir(parents=True)
    infrastructure.synthesize(root, out / "terraform")
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def both(root: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Return what is written without CDKTF and with it, which any option of it in the environment needs."""
    with monkeypatch.context() as patch:
        patch.setattr(App, "synth", None)
        plain = written(root, out / "plain")
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", "{}")
    monkeypatch.setattr(PlainApp, "synth", None)
    return plain, written(root, out / "cdktf")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_stacks_of_every_field_have_the_bytes_of_cdktf(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, real = both(write(tmp_path / "project", *SCENARIOS[scenario]).root, tmp_path, monkeypatch)
    assert plain == real


@pytest.mark.slow
def test_the_stacks_of_this_repository_have_the_bytes_of_cdktf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, real = both(ROOT, tmp_path, monkeypatch)
    assert len(plain) > 20
    assert plain == real


@pytest.mark.integration
def test_a_project_without_a_cloud_has_an_empty_manifest(
    project: Callable[[], Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, real = both(project().root, tmp_path, monkeypatch)
    assert "terraform/manifest.json" in plain
    assert plain == real


@pytest.fixture
def stack(tmp_path: Path) -> Any:
    return Stack(PlainApp(outdir=tmp_path, version="0"), "a")  # type: ignore[arg-type] # is no construct of jsii


def test_a_stack_with_a_problem_is_not_written(tmp_path: Path) -> None:
    app: Any = PlainApp(outdir=tmp_path / "out", version="0")
    for name in ("a", "b"):
        Resource(Stack(app, name), "aws_s3_bucket", "x", nonsense="y")
    with pytest.raises(SchemaError, match=r"a/aws_s3_bucket.x: nonsense(.|\n)*b/aws_s3_bucket.x: nonsense"):
        app.synth()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["${TfToken[TOKEN.0]}", -0.0])
def test_what_only_the_engine_can_write_is_refused(stack: Any, value: object) -> None:
    stack.output("x", value, description="x")
    Resource(stack, "aws_s3_bucket", "x", bucket=str(value))
    with pytest.raises(UnusualError):
        declared_text(stack)


def declared_text(stack: Stack) -> str:
    stack.declare()
    return stack.text("0")


def test_a_second_variable_or_output_with_an_id_is_refused(stack: Any) -> None:
    variable(stack, "one", "one", type="string", description="x")
    with pytest.raises(RuntimeError, match="There is already a Construct with name 'one'"):
        output(stack, "one", "x", description="x", sensitive=False)
