"""Sums of requests minimum and maximum, and the cost estimate, against numbers worked out by hand."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.capacity import monthly_cost, requests, unpriced
from quantacirc_cdk.report.prices import PRICES_FILE, load_prices
from quantacirc_cdk.report.waivers import accepted

GIB = 1024**3

PRICES = """\
currency: EUR
as_of: 2026-01-01
hours_per_month: 100
clouds:
  aws:
    region: here
    source: a contract
    cluster_hour: 1
    node: { cpu_hour: 0.5, gib_hour: 0.25 }
    volume: { gib_month: 0.1 }
    database: { cpu_hour: 2, gib_hour: 1, disk_gib_month: 0.5 }
    nat_hour: 3
"""


def workload(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": name, "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}
    template = {"spec": {"containers": [container]}}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": template, **spec}}


def prices(root: Path, text: str = PRICES) -> Path:
    (root / PRICES_FILE).parent.mkdir(exist_ok=True)
    (root / PRICES_FILE).write_text(text)
    return root


def test_at_the_minimum_autoscalers_run_their_minimum_and_no_job_runs(project: Project) -> None:
    claim = {"spec": {"resources": {"requests": {"storage": "10Gi"}}}}
    job = workload("Job", "migrate")
    objects = [
        workload("Deployment", "web", strategy={"rollingUpdate": {"maxSurge": 1}}),
        {
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web"},
            "spec": {"scaleTargetRef": {"name": "web"}, "minReplicas": 2, "maxReplicas": 6},
        },
        workload("StatefulSet", "db", replicas=3, volumeClaimTemplates=[claim]),
        job,
    ]
    rest, most = requests(Site(project.system, project.environments["prod"]), objects)
    assert (rest.pods, rest.cpu, rest.memory, rest.storage) == (2 + 3, 2500, 5 * GIB, 30 * GIB)
    assert (most.pods, most.cpu, most.memory, most.storage) == (6 + 1 + 3 + 1, 5500, 11 * GIB, 30 * GIB)


def test_the_estimate_multiplies_what_the_environment_declares_by_the_prices(project: Project, tmp_path: Path) -> None:
    site = Site(project.system, project.environments["prod"])
    pool, ledger = site.environment.cluster.node_pools["general"], site.settings("ledger")
    assert (pool.cpu, pool.memory, pool.min_nodes, pool.max_nodes, pool.disk) == (8, "32Gi", 3, 30, "50Gi")
    assert (ledger.cpu, ledger.memory, ledger.storage, ledger.max_storage) == (4, "16Gi", "200Gi", "2Ti")  # type: ignore[attr-defined]
    rest, most = requests(site, [])
    found = {one.what: (one.rest, one.most) for one in monthly_cost(site, load_prices(prices(tmp_path)), rest, most)}
    node = (8 * 0.5 + 32 * 0.25) * 100 + 50 * 0.1
    database = (4 * 2 + 16 * 1) * 100
    assert found == {
        "control plane": (100, 100),
        "nodes of general": (3 * node, 30 * node),
        "NAT gateways": (3 * 300, 3 * 300),
        "database ledger": (2 * (database + 200 * 0.5), 2 * (database + 2048 * 0.5)),
    }
    assert unpriced(site) == ["artifacts", "backups"]


def test_an_environment_without_a_cloud_costs_nothing(project: Project, tmp_path: Path) -> None:
    site = Site(project.system, project.environments["local"])
    assert monthly_cost(site, load_prices(prices(tmp_path)), *requests(site, [])) == []


def test_the_default_prices_have_every_cloud(tmp_path: Path) -> None:
    assert load_prices(tmp_path).clouds.keys() == {"aws", "gcp", "azure"}


def test_a_wrong_price_is_refused_with_file_and_line(tmp_path: Path) -> None:
    wrong = PRICES.replace("cluster_hour: 1", "cluster_hour: cheap").replace("nat_hour: 3", "nat_day: -3")
    with pytest.raises(ModelError) as raised:
        load_prices(prices(tmp_path, wrong))
    assert "apps/prices.yaml:8: clouds.aws.cluster_hour" in str(raised.value)
    assert "nat_day" in str(raised.value)


def test_a_wrong_waiver_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "waivers.yaml").write_text(
        "- check: A\n  resources: ['*']\n  reason: r\n  expires: 2026-01-01\n- check: B\n  resources: ['*']\n"
        "  reason: r\n  expires: soon\n"
    )
    (tmp_path / "policy" / "unpinned-images.yaml").write_text("image: a\n")
    with pytest.raises(ModelError) as raised:
        accepted(tmp_path)
    assert "policy/waivers.yaml:8: [1].expires" in str(raised.value)
    assert "policy/unpinned-images.yaml:1" in str(raised.value)
    assert "a list" in str(raised.value)


def test_a_project_without_waivers_has_none(tmp_path: Path) -> None:
    assert accepted(tmp_path) == []
