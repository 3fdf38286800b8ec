"""``qcdk diff``: revisions, folders, formats and the exit status."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from support.diff.objects import an
from support.project import ENVIRONMENT, SYSTEM, Project

pytestmark = pytest.mark.integration


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose committed output has a claim that its sources no longer have; `dist/` is stale."""
    project = Project(tmp_path)
    project.write_system(SYSTEM)
    project.write_environment("prod", ENVIRONMENT)
    for app, part in (("workloads", "kubernetes"), ("infrastructure", "terraform")):
        (tmp_path / "apps" / f"{app}.py").write_text(APP.replace("PART", part))
    (tmp_path / "wanted" / "terraform").mkdir(parents=True)
    folder = tmp_path / "wanted" / "kubernetes" / "prod"
    folder.mkdir(parents=True)
    for kind in ("Deployment", "PersistentVolumeClaim"):
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump(an(kind)))
    shutil.copytree(tmp_path / "wanted", tmp_path / "dist")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    commit(tmp_path)
    (folder / "PersistentVolumeClaim.yaml").unlink()
    return tmp_path


APP = """\
import shutil

def synthesize(root, out, environments):
    shutil.copytree(root / "wanted" / "PART", out, dirs_exist_ok=True)
"""


def commit(project: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["add", "--all"], [*identity, "commit", "--quiet", "--message", "a"]):
        subprocess.run(["git", *command], cwd=project, check=True)


def diff(project: Path, *arguments: str) -> int:
    return main(["diff", "--project", str(project), *arguments])


def test_what_the_sources_say_is_compared_with_the_last_commit(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(project) == 0
    assert "- PersistentVolumeClaim web: data loss possible" in capsys.readouterr().out
    assert (project / "dist" / "kubernetes" / "prod" / "PersistentVolumeClaim.yaml").exists()
    assert not list(project.glob(".dist*"))


def test_a_stale_output_hides_no_loss_of_data(project: Path) -> None:
    assert diff(project, "--fail-on", "data-loss") == 1
    assert diff(project, "--fail-on", "data-loss", "prod") == 1
    assert diff(project, "--fail-on", "data-loss", "--out", str(project / "dist")) == 0


def test_sources_that_are_wrong_are_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    system = project / "apps" / "system.yaml"
    system.write_text(system.read_text().replace("kind: worker", "kind: wroker"))
    assert diff(project) == 2
    assert "apps/system.yaml:11: components.baker.kind" in capsys.readouterr().err


def test_an_environment_that_is_gone_is_compared_with_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments = project / "apps" / "environments"
    (environments / "prod.yaml").rename(environments / "home.yaml")
    assert diff(project, "prod") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "- Environment prod: weaker delivery" in said
    assert "without its file, nothing updates or deletes what runs" in said
    assert diff(project, "prod", "--fail-on", "weaker-delivery") == 1


def test_a_class_that_is_refused_fails_and_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(project, "--fail-on", "recreate") == 0
    assert diff(project, "--fail-on", "recreate,data-loss", "--format", "json") == 1
    said = capsys.readouterr()
    assert "refused: kubernetes prod: PersistentVolumeClaim web: data loss possible" in said.err
    assert diff(project, "--fail-on", "data-los") == 2
    assert '--fail-on: no class "data-los", expected "data-loss"' in capsys.readouterr().err


def test_a_bucket_that_terraform_destroys_is_a_loss_of_data(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = project / "wanted" / "kubernetes" / "prod" / "PersistentVolumeClaim.yaml"
    claim.write_text(yaml.safe_dump(an("PersistentVolumeClaim")))
    bucket = {"resource": {"aws_s3_bucket": {"a": {"bucket": "a"}}}}
    for folder, document in (("dist", bucket), ("wanted", {})):
        stack = project / folder / "terraform" / "stacks" / "prod-aws"
        stack.mkdir(parents=True)
        (stack / "cdk.tf.json").write_text(json.dumps(document))
    commit(project)
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


def test_a_lock_file_on_disk_belongs_to_the_sources(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = project / "wanted" / "terraform" / "stacks" / "prod-aws"
    stack.mkdir(parents=True)
    required = {"queue": {"source": "registry.example/acme/queue"}}
    (stack / "cdk.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    lock = project / "dist" / "terraform" / "stacks" / "prod-aws" / ".terraform.lock.hcl"
    shutil.copytree(stack, lock.parent)
    text = 'provider "registry.example/acme/queue" {\n  version = "1.4.0"\n}\n'
    lock.write_text(text)
    commit(project)
    assert diff(project) == 0
    assert "acme/queue" not in capsys.readouterr().out
    lock.write_text(text.replace("1.4.0", "1.5.0"))
    assert diff(project) == 0
    assert "acme/queue" in capsys.readouterr().out
