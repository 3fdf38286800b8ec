"""A managed database starts from backups once: what `qcdk diff` says of a later change, with the real stacks."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.diff import Impact, compare_stacks
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.project import Project
from support.unseen import CLOUD

pytestmark = pytest.mark.slow

SERVER = (
    "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/old"
    "/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
)
BACKUPS = "projects/plant-north/instances/old/backupRuns/"
TIME = {"restore_time": "2026-01-14T01:17:00Z"}
ARN = "arn:aws:rds:eu-north-1:444455556666:"
RESTORES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "aws": ({"restore_from": f"{ARN}snapshot:a"}, {"restore_from": f"{ARN}auto-backup:ab-1"}),
    "gcp": ({"restore_from": f"{BACKUPS}1"}, {"restore_from": f"{BACKUPS}2"}),
    "azure": (
        {"restore_from": f"{SERVER}old", **TIME},
        {"restore_from": f"{SERVER}older", "restore_time": "2025-12-31T23:59:59Z"},
    ),
}


def stack(folder: Path, target: str, **said: str) -> dict[str, Any]:
    """Return the stack of an environment with two managed databases, of which one is restored."""
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "pg": {"registry": "docker.io", "repository": "pg", "tag": "17"}},
        "components": {
            name: {"kind": "postgresql", "image": "pg", "storage": {"size": "20Gi", "path": "/pg"}}
            for name in ("books", "loans")
        }
        | {"shop": {"kind": "service", "image": "app", "reaches": ["books"]}},
    }
    environment = yaml.safe_load(CLOUD) | {"target": target, "components": {"books": {**said}, "loans": {**said}}}
    project = Project(folder / "project")
    project.write_system(yaml.safe_dump(system))
    project.write_environment("north", yaml.safe_dump(environment))
    loaded = load_project(project.root)
    app = App(outdir=folder / "out")
    EnvironmentStack(app, "north", system=loaded.system, environment=loaded.environments["north"])
    app.synth()
    return dict(json.loads((folder / "out" / "stacks" / "north" / "cdk.tf.json").read_text()))


@pytest.mark.parametrize("target", RESTORES)
def test_another_source_and_a_source_for_a_running_database_change_no_data(target: str, tmp_path: Path) -> None:
    first, other = RESTORES[target]
    plain, restored, again = (
        stack(tmp_path / str(index), target, **said) for index, said in enumerate(({}, first, other))
    )
    assert {finding.impact for findings in compare_stacks(restored, again).values() for finding in findings} == {
        Impact.NO_OP
    }
    # Also the database, which is no longer in the stack: it is in the backups of a restored instance.
    late = compare_stacks(plain, restored)
    forgotten = [address for address, findings in late.items() if [one.rule.id for one in findings] == ["forgotten"]]
    databases = [] if target == "aws" else ["books", "loans"]
    assert [str(address).rpartition(".")[2] for address in forgotten] == databases
    assert max(finding.impact for findings in late.values() for finding in findings) <= Impact.IN_PLACE
