"""A cache is Valkey in the cluster, the cloud's, or one that is there already."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_support.manifests import Object, find
from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.diff.own_rules import own_rules
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.made import chart_differences, objects_of, synthesize
from support.project import Project
from support.unseen import CLOUD

CACHE = """\
  sessions:
    kind: valkey
    image: valkey
    storage: { size: 2Gi, path: /data }
    eviction: allkeys-lru
    databases: 4
    exporter: redis-exporter
"""
IMAGES = """\
  valkey: { registry: docker.io, repository: valkey/valkey, tag: '8.1' }
  redis-exporter: { registry: docker.io, repository: oliver006/redis_exporter, tag: v1.77.0-alpine }
"""
ADDONS = "  addons: { prometheus_operator: true }\n"
HERE = "components: { sessions: { provider: embedded, max_memory_percent: 50 } }\nowners:"
THERE = """\
components:
  sessions:
    provider: existing
    existing: { cidrs: [10.1.0.0/16], port: 6380, secret: sessions-login }
owners:"""


def bakery(project: Project) -> Project:
    """Return the small project with a cache that its shop uses; it is there already in a second environment."""
    project.replace_in_system("images:\n", f"toolbox: oven\nimages:\n{IMAGES}")
    project.replace_in_system("components:\n", f"components:\n{CACHE}")
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [sessions]\n")
    project.replace_in_environment("home", "  context:", f"{ADDONS}  context:")
    plain = project.environment_file("home").read_text()
    away = plain.replace("bakery.example\nreg", "away.example\nreg").replace("kind-", "away-")
    project.write_environment("away", away.replace("owners:", THERE))
    project.replace_in_environment("home", "owners:", HERE)
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    synthesize(project)
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


def arguments(objects: list[Object]) -> dict[str, str]:
    (container, *_) = find(objects, "StatefulSet", "sessions")["spec"]["template"]["spec"]["containers"]
    return dict(zip(container["args"][::2], container["args"][1::2], strict=True))


def test_it_has_a_bound_on_its_memory_and_keeps_every_write(objects: list[Object]) -> None:
    said = arguments(objects)
    assert said["--maxmemory"] == str(128 * 2**20)  # half of 256Mi
    assert (said["--maxmemory-policy"], said["--databases"]) == ("allkeys-lru", "4")
    assert (said["--appendonly"], said["--dir"]) == ("yes", "/data")
    (claim,) = find(objects, "StatefulSet", "sessions")["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "2Gi"


def test_nobody_gets_in_without_the_password_which_no_argument_shows(objects: list[Object]) -> None:
    (container, *_) = find(objects, "StatefulSet", "sessions")["spec"]["template"]["spec"]["containers"]
    reference = {"secretKeyRef": {"name": "sessions", "key": "password"}}
    assert container["env"] == [{"name": "REDISCLI_AUTH", "valueFrom": reference}]
    assert "requirepass $REDISCLI_AUTH" in container["command"][2]
    lines = [item["data"]["secrets"] for item in objects if item["kind"] == "ConfigMap" and "secrets" in item["data"]]
    assert "sessions host=sessions password port=6379" in "".join(lines)


def test_clients_see_its_secret_and_know_where_it_is(objects: list[Object]) -> None:
    told = find(objects, "ConfigMap", "shop")["data"]
    assert told["BAKERY_SESSIONS_CREDENTIALS"] == "/etc/secrets/sessions"
    assert told["BAKERY_SESSIONS_URL"] == "redis://sessions:6379"
    assert (told["BAKERY_SESSIONS_HOST"], told["BAKERY_SESSIONS_PORT"]) == ("sessions", "6379")
    volumes = find(objects, "Deployment", "shop")["spec"]["template"]["spec"]["volumes"]
    assert "sessions" in {volume.get("secret", {}).get("secretName") for volume in volumes}


def test_only_its_clients_and_the_monitoring_connect_to_it(objects: list[Object]) -> None:
    rules = find(objects, "NetworkPolicy", "sessions")["spec"]["ingress"]
    assert {rule["ports"][0]["port"] for rule in rules} == {6379, 9121}


def test_its_exporter_is_scraped_and_tells_when_it_is_full(objects: list[Object]) -> None:
    assert find(objects, "ServiceMonitor", "sessions")
    (rule,) = [item for item in objects if item["kind"] == "PrometheusRule"]
    alerts = {one["alert"]: one for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    assert 'job=~"sessions"' in alerts["CacheFull"]["expr"]
    assert 'job="sessions"' in str(rule)  # ComponentDown


def test_one_that_is_there_already_makes_nothing(made: Project) -> None:
    found = objects_of(made, "away")
    assert not [
        item for item in found if item["metadata"].get("labels", {}).get("app.kubernetes.io/name") == "sessions"
    ]
    egress = find(found, "NetworkPolicy", "shop")["spec"]["egress"]
    assert {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 6380, "protocol": "TCP"}]} in egress
    assert find(found, "ConfigMap", "shop")["data"]["BAKERY_SESSIONS_CREDENTIALS"] == "/etc/secrets/sessions-login"


def test_the_chart_is_the_manifests(made: Project) -> None:
    assert chart_differences(made) == []
    values = yaml.safe_load((made.root / "dist" / "helm" / "bakery" / "values.yaml").read_text())["sessions"]
    assert values["existingSecret"] == ""
    assert values["maxMemory"] == str(128 * 2**20)
    assert values["persistence"]["size"] == "2Gi"


def test_compose_has_it(made: Project) -> None:
    services = yaml.safe_load((made.root / "dist" / "compose" / "home" / "compose.yaml").read_text())["services"]
    assert services["sessions"]["command"][:2] == ["--port", "6379"]
    assert services["sessions-exporter"]["network_mode"] == "service:sessions"
    assert "sessions" in services["shop"]["depends_on"]


@pytest.fixture
def forgetful(project: Callable[[], Project]) -> Project:
    found = bakery(project())
    found.replace_in_system("    storage: { size: 2Gi, path: /data }\n", "    persistence: none\n")
    synthesize(found)
    return found


def test_one_that_keeps_nothing_has_no_volume_and_becoming_so_loses_data(
    forgetful: Project, objects: list[Object]
) -> None:
    after = objects_of(forgetful, "home")
    assert find(after, "StatefulSet", "sessions")["spec"].get("volumeClaimTemplates", []) == []
    assert arguments(after)["--save"] == ""
    found = compare_objects(objects, after, own_rules(load_project(forgetful.root).system))
    assert "cache-forgets" in {one.rule.id for findings in found.values() for one in findings}
    assert Impact.DATA_LOSS in {one.impact for findings in found.values() for one in findings}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "exporter: redis-exporter",
            "exporter: redis-exportr",
            'components.sessions.exporter: no image "redis-exportr"',
        ),
        ("databases: 4", "persistence: none", "components.sessions.storage: a volume of a cache without persistence"),
        ("eviction: allkeys-lru", "eviction: lru", "components.sessions.eviction"),
        ("databases: 4", "reaches: [shop]", "`reaches` on a valkey"),
    ],
)
def test_what_it_cannot_do_is_refused_with_its_line(
    old: str, new: str, said: str, project: Callable[[], Project]
) -> None:
    bad = bakery(project())
    bad.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    assert any(said in str(one) and one.line for one in caught.value.problems)


def north(root: Path, target: str = "aws", **said: Any) -> Project:
    """Return a shop with a managed cache in a cloud."""
    image = {"registry": "docker.io", "repository": "valkey/valkey", "tag": "8.1"}
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "valkey": image},
        "components": {
            "sessions": {"kind": "valkey", "image": "valkey", "eviction": "allkeys-lru"},
            "shop": {"kind": "service", "image": "app", "reaches": ["sessions"]},
        },
    }
    environment = yaml.safe_load(CLOUD) | {"target": target, "components": {"sessions": said}}
    project = Project(root)
    project.write_system(yaml.safe_dump(system))
    project.write_environment("north", yaml.safe_dump(environment))
    return project


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the stack of a managed cache, by the address of each resource."""
    folder = tmp_path_factory.mktemp("north")
    loaded = load_project(north(folder / "project", memory="3Gi", backup_retention_days=7).root)
    app = App(outdir=folder / "out")
    EnvironmentStack(app, "north-aws", system=loaded.system, environment=loaded.environments["north"])
    app.synth()
    document = json.loads((folder / "out" / "stacks" / "north-aws" / "cdk.tf.json").read_text())
    found = {f"{kind}.{name}": one for kind, named in document["resource"].items() for name, one in named.items()}
    return found | {
        "output": document["output"],
        "ephemeral": document["ephemeral"],
        "terraform": document["terraform"],
    }


def test_a_managed_one_is_encrypted_with_its_own_key_on_disk_and_on_the_way(stack: dict[str, Any]) -> None:
    group = stack["aws_elasticache_replication_group.sessions"]
    assert (group["engine"], group["node_type"]) == ("valkey", "cache.t4g.medium")
    assert (group["transit_encryption_enabled"], group["transit_encryption_mode"]) == (True, "required")
    assert group["kms_key_id"] == "${aws_kms_key.sessions.arn}"
    assert group["snapshot_retention_limit"] == 7
    (parameter,) = stack["aws_elasticache_parameter_group.sessions"]["parameter"]
    assert parameter == {"name": "maxmemory-policy", "value": "allkeys-lru"}


def test_its_password_is_in_no_state_and_in_the_secret_of_its_clients(stack: dict[str, Any]) -> None:
    password = "ephemeral.aws_secretsmanager_random_password.sessions.random_password"
    assert "sessions" in stack["ephemeral"]["aws_secretsmanager_random_password"]
    assert stack["aws_elasticache_replication_group.sessions"]["auth_token_wo"] == f"${{{password}}}"
    kept = stack["aws_secretsmanager_secret_version.sessions_credentials"]
    assert password in kept["secret_string_wo"]
    assert "secret_string" not in kept
    assert stack["terraform"]["required_providers"]["aws"]["version"] == ">= 6.69.0, < 7.0.0"
    assert {"sessions_host", "sessions_credentials"} <= stack["output"].keys()


def test_only_the_clusters_nodes_reach_it(stack: dict[str, Any]) -> None:
    rule = stack["aws_vpc_security_group_ingress_rule.sessions"]
    assert (rule["from_port"], rule["to_port"]) == (6379, 6379)
    assert "cidr_ipv4" not in rule
    assert rule["referenced_security_group_id"].startswith("${aws_")


@pytest.mark.parametrize(
    ("target", "said", "what"),
    [
        ("gcp", {}, "a managed sessions on gcp, which this library does not support"),
        ("aws", {"memory": "500Gi"}, "500Gi, more than any node type has"),
        ("aws", {"version": "6.2"}, "components.sessions.version"),
    ],
)
def test_a_managed_one_that_a_cloud_has_not_is_refused_with_its_line(
    target: str, said: dict[str, Any], what: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError) as caught:
        load_project(north(tmp_path, target, **said).root)
    assert any(what in str(one) and one.line for one in caught.value.problems), str(caught.value)
