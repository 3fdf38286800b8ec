"""The committed chart, deployed and looked at as production does it."""

import json
import shutil
from pathlib import Path

import pytest

from cluster.resources import CUSTOM, RESOURCES, parse
from cluster.server import Cluster
from operations_support.bakery import Bakery
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.expectations import expectations
from support.tools import ROOT

pytestmark = pytest.mark.slow

NAMESPACES = ("argocd", "velero")


def test_production_is_deployed_and_healthy(tmp_path: Path):
    with Cluster(resources=RESOURCES + parse(CUSTOM)).running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        shutil.rmtree(bakery.project.root)
        for folder in ("apps", "dist/helm"):
            shutil.copytree(ROOT / folder, bakery.project.root / folder)
        cluster.kubeconfig(tmp_path / "kubeconfig", context="quantacirc-prod")
        refused = bakery.qcdk("deploy", "prod", "--yes")
        velero = 'namespaces "velero" not found (to accept: --accept rejected)'
        assert (refused.returncode, cluster.changes) == (2, [])
        assert velero in refused.stderr
        for name in NAMESPACES:
            cluster.put({"kind": "Namespace", "metadata": {"name": name}}, "")
        first = bakery.qcdk("deploy", "prod", "--yes", "--json")
        assert first.returncode == 0, first.stderr
        assert json.loads(first.stdout)["changed"] > 150
        report = json.loads(bakery.qcdk("health", "prod").stdout)
        project = load_project(ROOT)
        expected = expectations(project.system, project.environments["prod"])
        healthy = {one["name"] for one in report["workload"] if one["state"] == "healthy"}
        assert set(expected.components) <= healthy
        assert report["ledger"][0]["reached_by"] == list(expected.ledger_clients)
        # Nothing here issues certificates, and that is seen.
        assert {one["state"] for one in report["certificate"]} == {"degraded"}
