"""``qcdk diff``: revisions, folders, formats and the exit status."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from diff_support.objects import an
from quantacirc_cdk.cli.main import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose committed output has a claim that the working tree lacks."""
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "system.yaml").write_text("")
    folder = tmp_path / "dist" / "kubernetes" / "prod"
    folder.mkdir(parents=True)
    for kind in ("Deployment", "PersistentVolumeClaim"):
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump(an(kind)))
    for command in ("init --quiet", "add --all", "-c user.name=a -c user.email=a@b.example commit --quiet -m a"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    (folder / "PersistentVolumeClaim.yaml").unlink()
    return tmp_path


def diff(project: Path, *arguments: str) -> int:
    return main(["diff", "--project", str(project), *arguments])


def test_the_working_tree_is_compared_with_the_last_commit(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project) == 0
    assert "- PersistentVolumeClaim web: data loss possible" in capsys.readouterr().out


def test_a_class_that_is_refused_fails_and_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project, "--fail-on", "recreate") == 0
    assert diff(project, "--fail-on", "recreate,data-loss", "--format", "json") == 1
    said = capsys.readouterr()
    assert "refused: kubernetes prod: PersistentVolumeClaim web: data loss possible" in said.err
    assert diff(project, "--fail-on", "data-los") == 2
    assert '--fail-on: no class "data-los", expected "data-loss"' in capsys.readouterr().err


def test_a_bucket_that_terraform_destroys_is_a_loss_of_data(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = project / "dist" / "kubernetes" / "prod" / "PersistentVolumeClaim.yaml"
    claim.write_text(yaml.safe_dump(an("PersistentVolumeClaim")))
    stack = project / "dist" / "terraform" / "stacks" / "prod-aws"
    stack.mkdir(parents=True)
    (stack / "cdk.tf.json").write_text(json.dumps({"resource": {"aws_s3_bucket": {"a": {"bucket": "a"}}}}))
    commit = ["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "b"]
    for command in (["add", "--all"], commit):
        subprocess.run(["git", *command], cwd=project, check=True)
    (stack / "cdk.tf.json").write_text("{}")
    assert diff(project, "--fail-on", "data-loss") == 1
    assert "refused: terraform prod-aws: aws_s3_bucket.a: destroys a stateful resource" in capsys.readouterr().err


def test_two_folders_need_no_repository(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    dist = str(project / "dist")
    assert main(["diff", "--against", dist, "--out", dist, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == []


def test_an_unknown_revision_or_environment_exits_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project, "--against", "nowhere") == 2
    assert 'no Git revision "nowhere"' in capsys.readouterr().err
    assert diff(project, "prd") == 2
    assert 'expected "prod"' in capsys.readouterr().err
