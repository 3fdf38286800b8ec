"""What an environment's file may say otherwise has a parameter in the chart; where it has none, synthesis says so."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.helm import SystemChart, system_chart
from quantacirc_cdk.helm.parity import parity
from quantacirc_cdk.helm.yaml_text import document
from quantacirc_cdk.model import load_project
from support.kubernetes.synthesis import render
from support.made import chart_differences, synthesize
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.slow

CHANGED = "prod"
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "ingress namespace": ({"cluster": {"ingress_namespace": "edge"}}, "networkPolicy.namespaces.ingress"),
    "monitoring namespace": ({"cluster": {"monitoring_namespace": "seen"}}, "networkPolicy.namespaces.monitoring"),
    "KEDA's namespace": ({"cluster": {"keda_namespace": "scaling"}}, "networkPolicy.namespaces.keda"),
    "storage class": ({"cluster": {"storage_class": "fast"}}, "global.storageClass"),
    "ingress": (
        {
            "cluster": {"ingress_class": "traefik", "ingress_namespace": "envoy-gateway-system"},
            "traffic": {"requests_per_second": None, "body_size": None},
        },
        "addons.gatewayApi",
    ),
    "gateway": ({"cluster": {"gateway": "edge"}}, "orchestrator.ingress.gateway.name"),
    "issuer": ({"cluster": {"cluster_issuer": "zerossl"}}, "orchestrator.ingress.issuer"),
    "timeout": ({"traffic": {"timeout_seconds": 9}}, "orchestrator.ingress.timeout"),
    "no KEDA": ({"cluster": {"addons": {"keda": False}}}, "addons.keda"),
    "Cilium": ({"cluster": {"addons": {"cilium": True}}}, "addons.cilium"),
    "no Kyverno": ({"cluster": {"addons": {"kyverno": False}}}, "addons.kyverno"),
    "limits": (
        {"traffic": {"requests_per_second": 100, "body_size": "16Mi"}},
        "orchestrator.ingress.limits.requestsPerSecond",
    ),
    "group": ({"teams": {"support": {"group": "others"}}}, "access.teamSupport.group"),
    "rights": ({"teams": {"support": {"role": "deploy"}}}, "access.teamSupport.rules"),
    "host": ({"components": {"orchestrator": {"host": "api.example"}}}, "orchestrator.ingress.host"),
    "variable": ({"components": {"orchestrator": {"environment": {"LEVEL": "x"}}}}, "orchestrator.config.LEVEL"),
    "volume": ({"components": {"bus": {"storage": "33Gi"}}}, "bus.persistence.size"),
    "version": ({"release": {"version": "0.2.0"}}, "image.tag"),
    "embedded ledger": ({"components": {"ledger": {"provider": "embedded"}}}, "ledger.enabled"),
    "embedded store": (
        {"components": {"artifacts": {"provider": "embedded", "cool_after_days": None}}},
        "artifacts.enabled",
    ),
}


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the manifests of all environments as they are."""
    folder = tmp_path_factory.mktemp("manifests")
    render(ROOT, folder)
    return folder


def changed(manifests: Path, folder: Path, change: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of parity after a change of one environment's file."""
    return parity(chart_after(manifests, folder, change).derived())


def chart_after(manifests: Path, folder: Path, change: Mapping[str, Any]) -> SystemChart:
    """Return the chart after a change of one environment's file."""
    root = folder / "project"
    shutil.copytree(ROOT / "apps", root / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    file = root / "apps" / "environments" / f"{CHANGED}.yaml"
    file.write_text(yaml.safe_dump(_merged(yaml.safe_load(file.read_text()), change)))
    shutil.copytree(manifests, folder / "kubernetes")
    shutil.rmtree(folder / "kubernetes" / CHANGED)
    render(root, folder / "kubernetes", only=[CHANGED])
    return system_chart(load_project(root), folder / "kubernetes")


def _merged(base: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    for key, item in more.items():
        inner = base.get(key)
        base[key] = _merged(inner, item) if isinstance(inner, dict) and isinstance(item, dict) else item
    return base


@pytest.mark.parametrize("name", CHANGES)
def test_a_difference_is_a_parameter(manifests: Path, tmp_path: Path, name: str) -> None:
    change, path = CHANGES[name]
    found = {row["path"]: row for row in changed(manifests, tmp_path, change)["parameters"]}
    values = found[path]["values"]
    assert values[CHANGED] != values["staging"]
    assert found[path]["reason"]


def test_a_path_in_one_environment_is_a_parameter_that_names_its_line(manifests: Path, tmp_path: Path) -> None:
    found = changed(manifests, tmp_path, {"components": {"orchestrator": {"path": "/api"}}})["parameters"]
    reasons = {row["path"]: row["reason"] for row in found if row["path"].startswith("orchestrator.httpRoute.rules")}
    assert reasons
    assert all(re.fullmatch(rf"set in apps/environments/{CHANGED}\.yaml:\d+", reason) for reason in reasons.values())
    assert not any(row["undeclared"] for row in found)


def test_namespaces_of_other_names_are_one_chart(manifests: Path, tmp_path: Path) -> None:
    found = changed(manifests, tmp_path, {"namespace": "elsewhere"})["parameters"]
    assert not [row["path"] for row in found if row["path"].startswith("elsewhere")]


def test_an_empty_variable_of_one_environment_costs_no_other_value(manifests: Path, tmp_path: Path) -> None:
    change = {"components": {"orchestrator": {"environment": {"LEVEL": ""}}}}
    derived = chart_after(manifests, tmp_path, change).derived()
    texts = {str(each.key): document(each.node, ()) for each in derived.templates}
    assert ".Values.commonLabels" in texts["ConfigMap/orchestrator"]
    assert ".Values.global.extraEnv" in texts["Deployment/orchestrator"]
    assert ".Values.orchestrator.config.LEVEL" in texts["ConfigMap/orchestrator"]


def test_a_text_without_a_line_end_stays_so_beside_the_lines_of_another_environment(
    tmp_path: Path,
) -> None:
    made = Project.small(tmp_path)
    home = made.environment_file("home").read_text()
    away = home.replace("bakery.example\nreg", "away.example\nreg").replace("kind-bakery", "away")
    made.write_environment("home", f"{home}components: {{ shop: {{ environment: {{ NOTE: it's }} }} }}\n")
    made.write_environment("away", f'{away}components: {{ shop: {{ environment: {{ NOTE: "a\\nb\\n" }} }} }}\n')
    synthesize(made)
    assert chart_differences(made) == []


def test_a_path_of_a_route_may_hold_escapes(tmp_path: Path) -> None:
    made = Project.small(tmp_path)
    made.replace_in_system("    exposed: true\n", "    routes: { site: { paths: [/a.b/%20] } }\n")
    made.replace_in_environment("home", "  context:", "  ingress_class: nginx\n  context:")
    synthesize(made)
    assert chart_differences(made) == []
