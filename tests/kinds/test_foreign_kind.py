"""A kind that this library does not have is one folder of a project, and nothing else changes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.diff.own_rules import own_rules
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.registry import Registry, called
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.schemas import schemas
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.look import Look
from support.kubernetes.manifests import Object, find, read_folder
from support.kubernetes.schemas import CORE, NEWEST, errors
from support.memcached import write_kind
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.integration

CACHE = """\
  sessions:
    kind: memcached
    image: memcached
    threads: 2
    storage: { size: 1Gi, path: /data }
"""
ADDONS = "  addons: { prometheus_operator: true }\n"


def bakery(project: Project) -> Project:
    """Return the small project with a cache that its shop uses, and a second environment."""
    write_kind(project.root)
    project.replace_in_system(
        "images:\n", "images:\n  memcached: { registry: docker.io, repository: library/memcached, tag: '1.6' }\n"
    )
    project.replace_in_system("images:\n", "toolbox: oven\nimages:\n")
    project.replace_in_system("components:\n", f"components:\n{CACHE}")
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [sessions]\n")
    project.replace_in_environment("home", "  context:", f"{ADDONS}  context:")
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose output is written, by the command that people use."""
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", project.root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return read_folder(made.root / "dist" / "kubernetes" / "home")


@pytest.mark.slow
def test_its_objects_are_valid(objects: list[Object]) -> None:
    assert find(objects, "StatefulSet", "sessions")["spec"]["template"]["spec"]["containers"][0]["args"][1] == "2"
    assert [error for item in objects if item["apiVersion"] in CORE for error in errors(item, NEWEST)] == []


def test_only_its_clients_and_the_monitoring_connect_to_it(objects: list[Object]) -> None:
    rules = find(objects, "NetworkPolicy", "sessions")["spec"]["ingress"]
    opened = {rule["ports"][0]["port"]: rule["from"] for rule in rules}
    assert opened.keys() == {11211, 9150}
    (shop,) = opened[11211]
    assert shop["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "shop"


def test_clients_are_told_of_it_and_see_its_secret(objects: list[Object]) -> None:
    shop = find(objects, "Deployment", "shop")["spec"]["template"]["spec"]
    assert find(objects, "ConfigMap", "shop")["data"]["BAKERY_SESSIONS_CREDENTIALS"] == "/etc/secrets/sessions"
    assert "sessions" in {volume.get("secret", {}).get("secretName") for volume in shop["volumes"]}
    lines = [item["data"]["secrets"] for item in objects if item["kind"] == "ConfigMap" and "secrets" in item["data"]]
    assert any(line.startswith("sessions ") for text in lines for line in text.splitlines())


def test_it_is_scraped_and_alerted_on(objects: list[Object]) -> None:
    assert find(objects, "ServiceMonitor", "sessions")
    (rule,) = [item for item in objects if item["kind"] == "PrometheusRule"]
    alerts = {one["alert"] for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    assert "CacheEvicts" in alerts
    assert 'job="sessions"' in str(rule)


def test_the_quota_has_room_for_it(made: Project, objects: list[Object]) -> None:
    (quota,) = [item for item in objects if item["kind"] == "ResourceQuota"]
    assert int(str(quota["spec"]["hard"]["pods"])) >= 4
    assert made.root.is_dir()


def test_the_chart_has_its_values_with_what_they_do(made: Project) -> None:
    chart = made.root / "dist" / "helm" / "bakery"
    values = yaml.safe_load((chart / "values.yaml").read_text())["sessions"]
    assert values["existingSecret"] == ""
    assert values["persistence"]["size"] == "1Gi"
    assert "`sessions.existingSecret`" in (chart / "README.md").read_text()


def test_compose_and_the_report_have_it(made: Project) -> None:
    services = yaml.safe_load((made.root / "dist" / "compose" / "compose.yaml").read_text())["services"]
    assert services["sessions"]["command"][0] == "--threads"
    assert "sessions" in services["shop"]["depends_on"]
    assert "| `sessions` | memcached |" in (made.root / "dist" / "report" / "topology.md").read_text()


def test_its_rules_say_what_a_change_of_it_does(made: Project, objects: list[Object]) -> None:
    changed = json.loads(json.dumps(objects))
    find(changed, "StatefulSet", "sessions")["spec"]["template"]["spec"]["containers"][0]["args"][1] = "3"
    found = compare_objects(objects, changed, own_rules(load_project(made.root).system))
    (findings,) = found.values()
    assert [(one.rule.id, one.impact) for one in findings] == [("cache-empties", Impact.DATA_LOSS)]


def test_its_health_is_what_its_clients_see(made: Project) -> None:
    project = load_project(made.root)
    site = Site(project.system, project.environments["home"])
    labels = {"app.kubernetes.io/name": "shop"}
    shop = {"kind": "Deployment", "metadata": {"name": "shop", "labels": labels}}
    objects: Any = SimpleNamespace(own=lambda *_: [shop])
    workloads: Any = [SimpleNamespace(name="shop", ready=True)]
    nothing: Any = None
    seen = Look(site=site, kubectl=nothing, objects=objects, workloads=workloads, inside=False, spread=map)
    (part,) = called(project.system.components["sessions"], "health.look", seen, "sessions")
    assert (part.name, part.reached_by) == ("sessions", ("shop",))


def test_editors_know_its_keys(made: Project) -> None:
    system = json.loads(schemas(Registry(made.root))["system.schema.json"])
    assert "threads" in system["$defs"]["Memcached"]["properties"]


def test_its_keys_are_checked_with_their_line(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    bad.replace_in_system("threads: 2", "threads: 99")
    bad.replace_in_environment("home", "owners:", "components: { sessions: { max_memory_percent: 101 } }\nowners:")
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    assert str(caught.value.problems[0]).startswith("apps/system.yaml:")
    assert "components.sessions.threads: found the number 99" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("KIND = 3\n", 'the kind "memcached" has no `KIND`, expected the class of its section in the system'),
        ("import no_such_module\n", "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def\n", "is not Python"),
    ],
)
def test_a_kind_that_cannot_be_loaded_is_named(text: str, said: str, project: Callable[[], Project]) -> None:
    bad = bakery(project())
    (bad.root / "apps" / "kinds" / "memcached" / "spec.py").write_text(text)
    with pytest.raises(ModelError, match=said):
        load_project(bad.root)


def test_a_kind_of_one_file_has_its_functions_by_their_full_names(tmp_path: Path) -> None:
    folder = tmp_path / "apps" / "kinds"
    folder.mkdir(parents=True)
    (folder / "stone.py").write_text(
        "from quantacirc_cdk.model.component import Component\n\n\nclass Stone(Component):\n    pass\n\n\n"
        "KIND = Stone\n\n\ndef diff_rules():\n    return {'pebble': 1}\n"
    )
    kind = Registry(tmp_path).find("stone")
    assert called(kind, "diff.rules") == {"pebble": 1}
    assert called(kind, "offers.told", None, "pebble") is None
