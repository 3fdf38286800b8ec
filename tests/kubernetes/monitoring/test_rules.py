"""Every alert fires on the series that should fire it and is silent on all others, as promtool evaluates them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from support.kubernetes.alert_cases import AGENT, CASES, OTHER, STALLED, healthy, pending
from support.kubernetes.manifests import ENVIRONMENTS, Object, find, of_kind
from support.kubernetes.prometheus import Case, check_cases, promtool, rule_file
from support.tools import ROOT

pytestmark = pytest.mark.integration

RUNBOOKS = ROOT / "docs" / "runbooks"


def alerts(objects: Sequence[Object]) -> list[Object]:
    groups = [group for item in of_kind(objects, "PrometheusRule") for group in item["spec"]["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


@pytest.fixture(scope="module")
def prod(rendered: Mapping[str, Sequence[Object]]) -> Sequence[Object]:
    return rendered["prod"]


def baseline(objects: Sequence[Object]) -> dict[str, str]:
    return healthy([AGENT, OTHER], [item["metadata"]["name"] for item in of_kind(objects, "ServiceMonitor")])


@pytest.mark.parametrize("environment", [name for name in ENVIRONMENTS if name != "local"])
def test_prometheus_accepts_the_rules(
    rendered: Mapping[str, Sequence[Object]], environment: str, tmp_path: Path
) -> None:
    said = promtool("check", "rules", rule_file(rendered[environment], tmp_path))
    assert int(re.findall(r"(\d+) rules found", said)[0]) > 30


@pytest.mark.slow
def test_each_alert_fires_when_it_should_and_only_then(prod: Sequence[Object], tmp_path: Path) -> None:
    check_cases(rule_file(prod, tmp_path), baseline(prod), CASES)


@pytest.mark.slow
def test_a_case_that_expects_something_else_is_refused(prod: Sequence[Object], tmp_path: Path) -> None:
    wrong = Case("silent", STALLED, {})
    with pytest.raises(AssertionError, match="NoProgress"):
        check_cases(rule_file(prod, tmp_path), baseline(prod), [wrong])


def test_there_is_a_case_for_every_alert(prod: Sequence[Object]) -> None:
    fired = {name for case in CASES for name, count in case.fires.items() if count}
    assert {rule["alert"] for rule in alerts(prod)} == fired


def test_every_alert_has_a_runbook_and_every_runbook_an_alert(prod: Sequence[Object]) -> None:
    base = load_project(ROOT).system.runbooks
    assert base is not None
    linked = {rule["annotations"]["runbook_url"].removeprefix(f"{base}/") for rule in alerts(prod)}
    assert linked == {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}


def test_an_alert_says_who_it_is_about(prod: Sequence[Object]) -> None:
    for rule in alerts(prod):
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert (rule["labels"]["system"], rule["labels"]["environment"]) == ("quantacirc", "prod")
        assert rule["annotations"]["summary"].endswith(".")


def test_metrics_of_the_application_are_those_it_serves(prod: Sequence[Object]) -> None:
    text = (ROOT / "tests" / "images" / "quantacirc" / "src" / "quantacirc" / "metrics.py").read_text()
    served = set()
    for kind, name in re.findall(r'(Counter|Gauge|Histogram)\("(\w+)"', text):
        served |= {f"{name}_total"} if kind == "Counter" else {name, f"{name}_bucket"}
    expressions = [rule["expr"] for rule in alerts(prod)]
    (board,) = find(prod, "ConfigMap", "quantacirc-dashboard")["data"].values()
    used = set(re.findall(r"\bquantacirc_\w+", " ".join([*expressions, board])))
    assert used - served == set()
    assert len(used) >= 5


def test_what_is_scraped_is_what_the_services_offer(prod: Sequence[Object]) -> None:
    services = {item["metadata"]["name"]: item for item in of_kind(prod, "Service")}
    monitors = of_kind(prod, "ServiceMonitor")
    assert len(monitors) > 10
    for monitor in monitors:
        service = services[monitor["metadata"]["name"]]
        selector = monitor["spec"]["selector"]["matchLabels"]
        assert selector.items() <= service["metadata"]["labels"].items()
        (endpoint,) = monitor["spec"]["endpoints"]
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
        (keep,) = endpoint["relabelings"]
        chosen = [name for name in services if re.fullmatch(keep["regex"], name)]
        assert chosen == [monitor["metadata"]["name"]]


def test_a_backlog_is_counted_once_however_many_servers_tell_it(prod: Sequence[Object], tmp_path: Path) -> None:
    series = {pending(AGENT, server): "15+0.2x{n}" for server in range(3)}
    check_cases(rule_file(prod, tmp_path), baseline(prod), [Case("three servers", series, {}, minutes=20)])


def test_without_the_operator_there_is_nothing_of_its(rendered: Mapping[str, Sequence[Object]]) -> None:
    assert of_kind(rendered["local"], "ServiceMonitor", "PrometheusRule") == []
