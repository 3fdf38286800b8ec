"""A cache is Valkey in the cluster, the cloud's, or one that is there already."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.diff.own_rules import own_rules
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.helm.helm import run, template
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.project import Project
from support.unseen import CLOUD

pytestmark = pytest.mark.slow

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
    assert "-server - " in container["command"][2]
    lines = [item["data"]["secrets"] for item in objects if item["kind"] == "ConfigMap" and "secrets" in item["data"]]
    assert "sessions host=sessions password port=6379" in "".join(lines)


@pytest.mark.parametrize("password", ["12345678", "it's", "a b", '"\\n', "é#$x", "`id`"])
@pytest.mark.parametrize("program", ["valkey-server", "redis-server"])
def test_any_text_is_a_password(objects: list[Object], tmp_path: Path, program: str, password: str) -> None:
    """The server splits a line of its configuration at blanks and quotes, and reads ``\\xHH`` as a byte."""
    done = started(objects, tmp_path, program, password)
    ((directive, _, text),) = [line.partition(" ") for line in done.stdout.splitlines()]
    assert directive == "requirepass"
    assert re.fullmatch(r'"(\\x[0-9a-f]{2})+"', text)
    assert bytes.fromhex(text.strip('"').replace("\\x", "")).decode() == password


def test_a_server_without_a_password_does_not_start(objects: list[Object], tmp_path: Path) -> None:
    done = started(objects, tmp_path, "valkey-server", "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "REDISCLI_AUTH: is empty: set the key password of the Secret of the cache" in done.stderr


def started(objects: list[Object], tmp_path: Path, program: str, password: str) -> "subprocess.CompletedProcess[str]":
    """Run the command of the container with a program that prints its configuration."""
    (container, *_) = find(objects, "StatefulSet", "sessions")["spec"]["template"]["spec"]["containers"]
    server = tmp_path / program
    server.write_text("#!/bin/sh\ncat\n")
    server.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "REDISCLI_AUTH": password}
    command = ["/bin/sh", *container["command"][1:]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


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
    assert values["maxMemory"] == 128 * 2**20
    assert values["persistence"]["size"] == "2Gi"
    chart = made.root / "dist" / "helm" / "bakery"
    objects = template(chart, "--set", "sessions.enabled=true,sessions.maxMemory=100000000", name="bakery")
    pod = find(objects, "StatefulSet", "sessions")["spec"]["template"]["spec"]
    assert "100000000" in pod["containers"][0]["args"]
    assert "sessions/replicas" in run("template", "bakery", chart, "--set", "sessions.replicas=2").stderr


def test_the_chart_refuses_clients_of_a_cache_that_is_switched_off(
    project: Callable[[], Project], made: Project
) -> None:
    alone = bakery(project())
    alone.environment_file("away").unlink()
    synthesize(alone)
    chart = alone.root / "dist" / "helm" / "bakery"
    done = run("template", "bakery", chart, "--set", "sessions.enabled=false")
    assert "sessions.enabled is false, but in use by shop: set sessions.existingSecret" in done.stderr
    for more in ("sessions.existingSecret=mine", "shop.enabled=false,baker.enabled=false"):
        assert template(chart, "--set", f"sessions.enabled=false,{more}", name="bakery")
    # An environment with a cache that is there already is one of the chart's own.
    assert template(made.root / "dist" / "helm" / "bakery", "--set", "sessions.enabled=false", name="bakery")


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


def north(root: Path, target: str = "aws", eviction: str = "allkeys-lru", **said: Any) -> Project:
    """Return a shop with a managed cache in a cloud."""
    image = {"registry": "docker.io", "repository": "valkey/valkey", "tag": "8.1"}
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "valkey": image},
        "components": {
            "sessions": {"kind": "valkey", "image": "valkey", "eviction": eviction},
            "shop": {"kind": "service", "image": "app", "reaches": ["sessions"]},
        },
    }
    environment = yaml.safe_load(CLOUD) | {"target": target, "components": {"sessions": said}}
    project = Project(root)
    project.write_system(yaml.safe_dump(system))
    project.write_environment("north", yaml.safe_dump(environment))
    return project


def stack_of(folder: Path, target: str, eviction: str = "allkeys-lru", **said: Any) -> dict[str, Any]:
    """Return the stack of a managed cache, by the address of each resource."""
    loaded = load_project(north(folder / "project", target, eviction, **said).root)
    app = App(outdir=folder / "out")
    EnvironmentStack(app, f"north-{target}", system=loaded.system, environment=loaded.environments["north"])
    app.synth()
    document = json.loads((folder / "out" / "stacks" / f"north-{target}" / "cdk.tf.json").read_text())
    found = {f"{kind}.{name}": one for kind, named in document["resource"].items() for name, one in named.items()}
    return (
        found | {key: document[key] for key in ("output", "terraform")} | {"ephemeral": document.get("ephemeral", {})}
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return stack_of(tmp_path_factory.mktemp("north"), "aws", memory="3Gi", backup_retention_days=7)


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
    assert kept["lifecycle"] == {"replace_triggered_by": ["aws_elasticache_replication_group.sessions.id"]}
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
        ("gcp", {"version": "8.0"}, "8.0 on gcp, expected 7.2"),
        ("gcp", {"memory": "301Gi"}, "301Gi, more than any node type has, expected at most 300Gi"),
        ("gcp", {"instance_type": "n2"}, "n2 on gcp, which has no node types, expected `memory`"),
        ("gcp", {"backup_retention_days": 7}, "7 days on gcp, which keeps only the last snapshot"),
        ("azure", {"version": "8.0"}, "8.0 on azure, expected no version, because Azure chooses it"),
        ("azure", {"memory": "961Gi"}, "961Gi, more than any node type has"),
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


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return stack_of(tmp_path_factory.mktemp("google"), "gcp", memory="3Gi")


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return stack_of(tmp_path_factory.mktemp("azure"), "azure", memory="3Gi")


def test_memorystore_is_private_and_encrypted_and_asks_for_a_password(google: dict[str, Any]) -> None:
    instance = google["google_redis_instance.sessions"]
    assert (instance["memory_size_gb"], instance["redis_version"]) == (3, "REDIS_7_2")
    assert instance["redis_configs"] == {"maxmemory-policy": "allkeys-lru"}
    assert (instance["auth_enabled"], instance["transit_encryption_mode"]) == (True, "SERVER_AUTHENTICATION")
    assert instance["connect_mode"] == "PRIVATE_SERVICE_ACCESS"
    assert instance["customer_managed_key"] == "${google_kms_crypto_key_iam_binding.sessions.crypto_key_id}"
    assert google["google_kms_crypto_key_iam_binding.sessions"]["members"] == [
        "serviceAccount:${google_project_service_identity.redis.email}"
    ]
    assert instance["persistence_config"]["rdb_snapshot_period"] == "TWENTY_FOUR_HOURS"
    rule = google["google_compute_firewall.sessions"]
    assert (rule["direction"], rule["allow"]) == ("EGRESS", [{"protocol": "tcp", "ports": ["6378"]}])
    assert rule["destination_ranges"] == ["${google_redis_instance.sessions.host}/32"]
    assert rule["target_tags"] == ["plant-north-nodes"]
    assert rule["network"] == instance["authorized_network"]


def test_clients_of_memorystore_get_its_authority(google: dict[str, Any], tmp_path: Path) -> None:
    version = google["google_secret_manager_secret_version.sessions_credentials"]
    assert version["lifecycle"] == {"replace_triggered_by": ["google_redis_instance.sessions.id"]}
    kept = version["secret_data_wo"]
    assert "ca = google_redis_instance.sessions.server_ca_certs[0].cert" in kept
    assert "password = google_redis_instance.sessions.auth_string" in kept
    project = north(tmp_path, "gcp")
    synthesize(project)
    objects = objects_of(project, "north")
    told = find(objects, "ConfigMap", "shop")["data"]
    assert told["PLANT_SESSIONS_CA"] == "/etc/secrets/sessions/ca.crt"
    fetched = find(objects, "ExternalSecret", "sessions")["spec"]["data"]
    assert {one["secretKey"] for one in fetched} == {"host", "password", "port", "ca.crt"}
    egress = find(objects, "NetworkPolicy", "shop")["spec"]["egress"]
    assert [{"port": 6378, "protocol": "TCP"}] in [rule.get("ports") for rule in egress]
    assert chart_differences(project) == []


def test_managed_redis_is_private_and_encrypted_and_asks_for_a_key(azure: dict[str, Any]) -> None:
    instance = azure["azurerm_managed_redis.sessions"]
    assert (instance["sku_name"], instance["public_network_access"]) == ("Balanced_B3", "Disabled")
    database = instance["default_database"]
    assert (database["client_protocol"], database["access_keys_authentication_enabled"]) == ("Encrypted", True)
    assert (database["eviction_policy"], database["clustering_policy"]) == ("AllKeysLRU", "NoCluster")
    assert instance["customer_managed_key"]["key_vault_key_id"] == "${azurerm_key_vault_key.sessions.versionless_id}"
    endpoint = azure["azurerm_private_endpoint.sessions"]
    connection = endpoint["private_service_connection"]
    assert connection["subresource_names"] == ["redisEnterprise"]
    assert connection["private_connection_resource_id"] == "${azurerm_managed_redis.sessions.id}"
    assert connection["is_manual_connection"] is False
    assert endpoint["private_dns_zone_group"]["private_dns_zone_ids"] == [
        "${azurerm_private_dns_zone_virtual_network_link.cache.private_dns_zone_id}"
    ]
    assert azure["azurerm_private_dns_zone.cache"]["name"] == "privatelink.redis.azure.net"
    secret = azure["azurerm_key_vault_secret.sessions_credentials"]
    assert secret["lifecycle"] == {"replace_triggered_by": ["azurerm_managed_redis.sessions.id"]}
    kept = secret["value_wo"]
    assert "azurerm_managed_redis.sessions.default_database[0].primary_access_key" in kept


def test_a_large_cache_on_azure_has_one_address_for_its_shards(tmp_path: Path) -> None:
    large = stack_of(tmp_path, "azure", memory="100Gi")["azurerm_managed_redis.sessions"]
    assert large["sku_name"] == "Balanced_B100"
    assert large["default_database"]["clustering_policy"] == "EnterpriseCluster"


@pytest.mark.parametrize(("target", "retention"), [("gcp", 0), ("azure", 0)])
def test_no_snapshots_are_kept_where_none_are_wanted(target: str, retention: int, tmp_path: Path) -> None:
    found = stack_of(tmp_path, target, backup_retention_days=retention)
    if target == "gcp":
        assert found["google_redis_instance.sessions"]["persistence_config"] == {"persistence_mode": "DISABLED"}
    else:
        database = found["azurerm_managed_redis.sessions"]["default_database"]
        assert "persistence_redis_database_backup_frequency" not in database


@pytest.mark.parametrize("eviction", ["allkeys-lru", "noeviction"])
def test_each_node_of_a_managed_one_has_alarms_and_a_full_one_only_where_that_is_wrong(
    eviction: str, tmp_path: Path
) -> None:
    measures = ("cpu",) if eviction == "allkeys-lru" else ("cpu", "memory")
    found = stack_of(tmp_path / "aws", "aws", eviction)
    alarms = {
        address.partition(".")[2]: one
        for address, one in found.items()
        if address.startswith("aws_cloudwatch_metric_alarm.sessions_")
    }
    nodes = found["aws_elasticache_replication_group.sessions"]["num_cache_clusters"]
    assert alarms.keys() == {f"sessions_{one}_{node + 1}" for one in measures for node in range(nodes)}
    last = alarms[f"sessions_cpu_{nodes}"]
    assert last["dimensions"] == {"CacheClusterId": f"${{aws_elasticache_replication_group.sessions.id}}-00{nodes}"}
    assert last["alarm_actions"] == ["${aws_sns_topic.alarms.arn}"]
    google = stack_of(tmp_path / "gcp", "gcp", eviction)
    watched = {
        address.partition(".")[2]: one["conditions"][0]["condition_threshold"]["filter"]
        for address, one in google.items()
        if address.startswith("google_monitoring_alert_policy.sessions_")
    }
    assert watched.keys() == {f"sessions_{one}" for one in measures}
    for condition in watched.values():
        assert 'resource.labels.instance_id = "${google_redis_instance.sessions.id}"' in condition
    azure = stack_of(tmp_path / "azure", "azure", eviction)
    alerts = {
        a.partition(".")[2]: one for a, one in azure.items() if a.startswith("azurerm_monitor_metric_alert.sessions_")
    }
    assert alerts.keys() == {f"sessions_{one}" for one in measures}
    assert all(one["scopes"] == ["${azurerm_managed_redis.sessions.id}"] for one in alerts.values())
