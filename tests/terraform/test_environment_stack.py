"""The stacks of the project's own environments: valid for the real provider, deterministic, with lasting addresses."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.terraform import STACK_NAMES
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.project import Project
from support.terraform.stacks import read_stack, resources
from support.terraform.switched import switch_project, synthesize
from support.terraform.terraform import Terraform
from support.tools import ROOT

pytestmark = pytest.mark.integration

AWS = [f"{name}-aws" for name in ("dev", "staging", "prod")]

PROGRAM = """
import runpy, sys
from pathlib import Path
runpy.run_path(sys.argv[1])["synthesize"](Path(sys.argv[2]), Path(sys.argv[3]))
"""
STATEFUL = {
    "aws_db_instance.ledger",
    "aws_ecr_repository.registry_agents",
    "aws_ecr_repository.registry_cli",
    "aws_ecr_repository.registry_monitoring",
    "aws_eks_cluster.cluster",
    "aws_kms_key.artifacts",
    "aws_kms_key.artifacts_recovery",
    "aws_kms_key.backups",
    "aws_kms_key.backups_recovery",
    "aws_kms_key.cluster",
    "aws_kms_key.ledger",
    "aws_kms_key.ledger_recovery",
    "aws_kms_key.logs",
    "aws_kms_key.registry",
    "aws_kms_key.secrets",
    "aws_kms_key.secrets_recovery",
    "aws_kms_key.volumes",
    "aws_route53_zone.zone",
    "aws_s3_bucket.artifacts",
    "aws_s3_bucket.artifacts_access_logs",
    "aws_s3_bucket.backups",
    "aws_s3_bucket.backups_access_logs",
    "aws_secretsmanager_secret.ledger_credentials",
    "aws_secretsmanager_secret.secrets_llm_providers",
    "aws_vpc.network",
}
"""A change of one of these addresses destroys data or cuts everything off. If it must change, use ``move_from_id``."""
ONLY_WITH_HIGH_AVAILABILITY = {
    f"aws_s3_bucket.{store}_recovery{logs}" for store in ("artifacts", "backups") for logs in ("", "_access_logs")
}


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("name", AWS)
def test_the_real_provider_accepts_the_stack(name: str, stacks: Path, tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_bytes((stacks / "stacks" / name / "cdk.tf.json").read_bytes())
    terraform = Terraform(tmp_path)
    terraform.init("-backend=false")
    assert terraform.validate() == []


@pytest.mark.parametrize("name", AWS)
def test_the_addresses_of_what_holds_state_never_change(name: str, stacks: Path) -> None:
    kinds = {address.partition(".")[0] for address in STATEFUL}
    found = {a for a in resources(read_stack(stacks, name)) if a.partition(".")[0] in kinds}
    assert found == STATEFUL | (set() if name == "dev-aws" else ONLY_WITH_HIGH_AVAILABILITY)


def test_no_environment_shares_a_state_an_account_or_a_key(stacks: Path) -> None:
    backends = [read_stack(stacks, name)["terraform"]["backend"]["s3"] for name in AWS]
    assert len({backend["bucket"] for backend in backends}) == len(AWS)
    assert len({tuple(backend["allowed_account_ids"]) for backend in backends}) == len(AWS)
    assert all(backend["encrypt"] and backend["use_lockfile"] for backend in backends)


def test_the_provider_refuses_every_other_account(stacks: Path) -> None:
    for name in AWS:
        stack = read_stack(stacks, name)
        accounts = {tuple(provider["allowed_account_ids"]) for provider in stack["provider"]["aws"]}
        assert accounts == {tuple(stack["terraform"]["backend"]["s3"]["allowed_account_ids"])}
        assert stack["terraform"]["required_providers"]["aws"] == {
            "source": "hashicorp/aws",
            "version": ">= 5.100.0, < 7.0.0",
        }


def test_a_local_environment_has_nothing_to_apply(stacks: Path, tmp_path: Path, project: Callable[[], Project]) -> None:
    assert not (stacks / "stacks" / "local-local").exists()
    loaded = load_project(project().root)
    with pytest.raises(PropsError, match=r"is local.*nothing in a cloud to apply"):
        EnvironmentStack(App(outdir=tmp_path), "x", system=loaded.system, environment=loaded.environments["home"])


def test_what_only_a_construct_knows_to_be_wrong_is_said_with_its_file(tmp_path: Path) -> None:
    days = "    backup_retention_days: "
    tier = {f"{days}7\n": f"{days}30\n    instance_type: db-custom-2-8192\n"}
    project = switch_project(tmp_path / "project", "gcp", tier)
    file = project / "apps/environments/dev.yaml"
    line = 1 + file.read_text(encoding="utf-8").splitlines().index("  ledger:")
    with pytest.raises(PropsError, match=f"^apps/environments/dev.yaml:{line}: .*30 days on db-custom-2-8192"):
        synthesize(project, tmp_path / "out")


@pytest.mark.slow
def test_the_output_depends_on_nothing_but_the_model(stacks: Path, tmp_path: Path) -> None:
    for seed, locale, folder in (("0", "C", "a"), ("4711", "C.UTF-8", "b")):
        outdir = tmp_path / folder
        command = [sys.executable, "-c", PROGRAM, str(ROOT / "apps" / "infrastructure.py"), str(ROOT), str(outdir)]
        environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": locale, "HOME": str(tmp_path), "TZ": "Asia/Tokyo"}
        subprocess.run(command, env=environment, cwd=tmp_path, check=True)
        for path in sorted(stacks.rglob("*.json")):
            written = (outdir / path.relative_to(stacks)).read_bytes()
            assert written == path.read_bytes()
            assert str(tmp_path).encode() not in written
            assert str(ROOT).encode() not in written


def test_a_component_can_have_the_name_of_another_construct(tmp_path: Path) -> None:
    """Only a managed store cannot, which the model refuses."""
    for name in sorted(STACK_NAMES):
        folder = tmp_path / name
        shutil.copytree(ROOT / "apps", folder / "apps")
        for file in folder.rglob("*.yaml"):
            file.write_text(re.sub(r"\borchestrator\b", name, file.read_text()))
        project = load_project(folder)
        app = App(outdir=folder / "out")
        stack = EnvironmentStack(app, "prod", system=project.system, environment=project.environments["prod"])
        app.synth()
        ids = {child.node.id for child in stack.node.children} - project.system.components.keys()
        assert {each for each in ids if each.isalpha() and each != "backend"} <= STACK_NAMES
        assert f"{name}-identity" in {child.node.id for child in stack.node.children}
