"""Production loses its region, and another environment takes over in the recovery region, as the runbook says.

The real Terraform and provider apply production to an account on loopback; then the emulator refuses every request to
the region, and the stack of the document's environment is applied to the same account.
"""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from aws.gaps import unexplained
from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.model import load_project
from support.terraform.switched import synthesize
from support.tools import ROOT

LEDGER = "aws_db_instance.ledger"
RESTORES = {
    "gcp": {"restore_from": "projects/quantacirc-prod/instances/quantacirc-prod-ledger-recovery/backupRuns/1"},
    "azure": {
        "restore_from": "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/quantacirc-prod"
        "/providers/Microsoft.DBforPostgreSQL/flexibleServers/quantacirc-prod-ledger",
        "restore_time": "2026-01-14T01:17:00Z",
        "restore_region": "westeurope",
    },
}
"""What the document says to restore on other clouds."""
DOCUMENT = ROOT / "docs" / "disaster-recovery.md"


def takeover() -> str:
    """Return the environment of the document."""
    (found,) = re.findall(r"```yaml\n(# apps/environments/takeover\.yaml\n.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return str(found)


def project(folder: Path, target: str = "aws") -> Path:
    """Return a copy of the project with that environment; on another cloud with what its ledger starts from."""
    shutil.copytree(ROOT / "apps", folder / "apps")
    environments = folder / "apps" / "environments"
    document = yaml.safe_load(takeover())
    if target != "aws":
        dev = environments / "dev.yaml"
        dev.write_text(dev.read_text().replace("target: aws", f"target: {target}"))
        document["components"]["ledger"] = RESTORES[target]
    if target == "azure":
        document["components"] |= {name: {"replicate": False} for name in ("artifacts", "backups")}
    (environments / "takeover.yaml").write_text(yaml.safe_dump(document))
    return folder


@pytest.mark.cloud
@pytest.mark.terraform
def test_another_region_takes_over_when_production_s_is_lost(tmp_path: Path) -> None:
    root = project(tmp_path / "project")
    stacks = synthesize(root, tmp_path / "out") / "stacks"
    lost = load_project(root).environments["prod"].clouds["aws"]
    with served(lost.account, lost.region, tmp_path) as aws:
        AppliedStack.first(tmp_path / "prod", stacks / "prod-aws", aws).apply()
        aws.lose(lost.region)
        stack = AppliedStack.first(tmp_path / "takeover", stacks / "takeover-aws", aws)
        stack.apply()
        # A restore takes fewer settings than a creation: the second apply changes the others, and nothing else.
        assert {address: actions for address, (actions, _) in stack.plan().items()} == {LEDGER: ["update"]}
        stack.apply()
        assert unexplained(stack.plan()) == []
        assert aws.refused() == 0
        region = load_project(root).environments["takeover"].clouds["aws"].region
        (answer,) = aws.ask_all([("rds", region, "describe_db_instances", {})])
        (found,) = answer["DBInstances"]
        assert (found["DBInstanceIdentifier"], found["MasterUsername"]) == ("quantacirc-takeover-ledger", "postgres")
