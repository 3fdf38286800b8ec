"""A setting that a cloud does not have is refused there once, by its own name, and nothing follows from it."""

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model import load_project
from support.project import Project

Json = dict[str, Any]

CLOUDS: Json = {
    "aws": {"account": "222233334444", "region": "eu-west-1", "state": {"bucket": "tides-state"}},
    "gcp": {"account": "tides-harbour", "region": "europe-north1", "state": {"bucket": "tides-state"}},
    "azure": {
        "account": "44444444-4444-4444-8444-444444444444",
        "region": "swedencentral",
        "state": {"bucket": "tidesstate", "resource_group": "tides-state"},
    },
}
SYSTEM: Json = {
    "name": "tides",
    "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
    "images": {"other": {"registry": "docker.io", "repository": "library/other", "tag": "17"}},
    "toolbox": "other",
    "components": {
        "forecast": {"kind": "job", "image": "other", "reaches": ["levels", "recent"]},
        "levels": {
            "kind": "postgresql", "image": "other", "read_endpoint": True, "roles": {},
            "storage": {"size": "10Gi", "path": "/pg"},
        },
        "recent": {"kind": "valkey", "image": "other", "storage": {"size": "10Gi", "path": "/cache"}},
    },
}  # fmt: skip
HARBOUR: Json = {
    "domain": "harbour.tides.example",
    "release": {"version": "2.0.0"},
    "owners": ["crew@tides.example"],
    "network": {"cidr": "10.60.0.0/16"},
    "cluster": {
        "kubernetes_version": "1.34",
        "context": "harbour",
        "node_pools": {"main": {"cpu": 4, "memory": "16Gi", "min_nodes": 3, "max_nodes": 9}},
    },
    "components": {
        "levels": {"provider": "managed", "cpu": 2, "memory": "8Gi", "storage": "50Gi", "max_storage": "100Gi"},
        "recent": {"provider": "managed"},
    },
}
GROUP = "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/tides/providers"
BACKUPS = {
    "aws": "arn:aws:rds:eu-west-1:222233334444:auto-backup:ab-levels",
    "gcp": "projects/tides-harbour/instances/tides-old-levels/backupRuns/1700000000000",
    "azure": f"{GROUP}/Microsoft.DBforPostgreSQL/flexibleServers/tides-old-levels",
}
NETWORKS = {
    "aws": "vpc-0a1b2c3d",
    "gcp": "projects/tides-data/global/networks/data",
    "azure": f"{GROUP}/Microsoft.Network/virtualNetworks/data",
}
TOPIC = [{"role": "roles/pubsub.publisher", "resources": ["projects/tides-harbour/topics/orders"]}]
QUEUE = [{"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:eu-west-1:222233334444:orders"]}]
HOLIDAYS = {"holidays": {"first_day": "2026-12-18", "last_day": "2027-01-06"}}

SETTINGS: dict[str, tuple[Any, str]] = {
    "audit_trail.threat_detection": (True, "aws azure"),
    "budget.billing_account": ("012345-567890-ABCDEF", "gcp"),
    "budget.start_month": ("2026-12", "azure"),
    "clouds.*.security_group": ("gke-security-groups@tides.example", "gcp"),
    "clouds.*.state.container": ("tides", "azure"),
    "clouds.*.state.resource_group": ("tides", "azure"),
    "clouds.*.team_roles": ({"bakers": ["bakers"]}, "aws"),
    "cluster.autoscaler": ("karpenter", "aws"),
    "cluster.dns_endpoint": (True, "gcp"),
    "cluster.load_balancer_controller": (True, "aws"),
    "cluster.maintenance_exclusions": (HOLIDAYS, "gcp azure"),
    "cluster.mode": ("autopilot", "gcp"),
    "cluster.node_image": ("1.49.0-713f44ce", "aws"),
    "cluster.node_pools.main.gpu_type": ("nvidia-l4", "gcp"),
    "cluster.node_pools.main.spot_machine_types": (["m7i-flex.large"], "aws"),
    "cluster.operator_cidrs": (["10.99.0.0/24"], "aws gcp"),
    "cluster.session_manager": (True, "aws"),
    "cluster.system_pool": ("main", "azure"),
    "components.forecast.cloud_access.0.actions": (QUEUE, "aws"),
    "components.levels.aurora": (True, "aws"),
    "components.levels.blue_green": (True, "aws"),
    "components.levels.iam_authentication": (True, "aws gcp"),
    "components.levels.private_service_connect": (True, "gcp"),
    "components.levels.restore_region": ("swedensouth", "azure"),
    "components.levels.restore_time": ("2026-01-14T01:17:00Z", "aws azure"),
    "components.recent.instance_type": ("cache.m7g.large", "aws"),
    "components.recent.version": ("8.1", "aws"),
    "network.ip_family": ("dual", "gcp"),
    "network.peers.data.account": ("123456789012", "aws"),
    "network.peers.data.dns_resolution": (True, "aws"),
    "network.peers.data.region": ("eu-west-2", "aws"),
    "network.secondary_cidr": ("100.64.0.0/16", "aws"),
}
"""Settings that some clouds do not have, each with a value and the clouds that have it; `*` is the cloud."""
OF_EXISTING: dict[str, tuple[Any, str]] = {
    "cluster.existing.node_tag": ("nodes", "gcp"),
    "cluster.existing.resource_group": ("tides", "azure"),
    "existing_registry.resource_group": ("tides", "azure"),
    "network.existing.control_plane_subnet": ("api", "azure"),
    "network.existing.project": ("shared-host", "gcp"),
    "network.existing.resource_group": ("tides", "azure"),
}
"""Those of what is there already."""
TOGETHER: dict[str, Json] = {
    "clouds.*.team_roles": {"teams": {"bakers": {"group": "bakers", "role": "read"}}},
    "cluster.mode": {"cluster.node_pools": {}},
    "cluster.node_pools.main.gpu_type": {
        "cluster.node_pools.main.gpus": 1, "cluster.node_pools.main.machine_type": "g2-standard-4",
    },
    "cluster.node_pools.main.spot_machine_types": {
        "cluster.node_pools.main.spot": True, "cluster.node_pools.main.machine_type": "m7i.large",
    },
    "components.levels.aurora": {"components.levels.storage": None, "components.levels.max_storage": None},
    "components.levels.restore_region": {"components.levels.restore_time": "2026-01-14T01:17:00Z"},
    "network.peers.data.dns_resolution": {"network.peers.data.account": None},
}  # fmt: skip
"""What a setting needs on a cloud that has it; None removes."""


def put(document: Any, setting: str, value: Any) -> None:
    *sections, key = setting.split(".")
    for step in sections:
        document = document.setdefault(step, {})
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value


def environment_with(target: str, chosen: dict[str, Any], *, there: bool = False) -> Json:
    """Return an environment with settings, in a cluster that is `there` already or in a new one."""
    environment: Json = copy.deepcopy(HARBOUR)
    environment |= {"target": target, "clouds": {target: copy.deepcopy(CLOUDS[target])}}
    environment["registry"] = "tides.azurecr.io" if target == "azure" else "registry.tides.example/tides"
    if any(setting.startswith("budget.") for setting in chosen):
        needed = {"gcp": {"billing_account": "012345-567890-ABCDEF"}, "azure": {"start_month": "2026-12"}}
        environment["budget"] = {"monthly_amount": 500, **needed.get(target, {})}
    if any(setting.startswith("components.levels.restore") for setting in chosen):
        put(environment, "components.levels.restore_from", BACKUPS[target])
    if any(setting.startswith("network.peers") for setting in chosen):
        put(environment, "network.peers.data", {"network": NETWORKS[target], "cidrs": ["10.90.0.0/16"]})
    if there:
        count = 2 if target == "aws" else 1
        subnets = {key: ["one", "two"][:count] for key in ("private_subnets", "database_subnets")}
        group = {"resource_group": "tides"} if target == "azure" else {}
        put(environment, "network.existing", {"name": "shared", **subnets, **group})
        if not any(setting.startswith("network.") for setting in chosen):
            put(environment, "cluster.existing", {"name": "shared", **group})
        elif target == "azure":
            put(environment, "network.existing.control_plane_subnet", "api")
    for setting, value in chosen.items():
        place = setting.replace("*", target)
        put(environment, "components.forecast.cloud_access" if "cloud_access" in place else place, value)
    return environment


def problems_of(environment: Json) -> list[Problem]:
    with TemporaryDirectory() as folder:
        project = Project(Path(folder))
        project.write_system(yaml.safe_dump(SYSTEM))
        project.write_environment("harbour", yaml.safe_dump(json.loads(json.dumps(environment))))
        try:
            load_project(project.root)
        except ModelError as error:
            return list(error.problems)
    return []


def named(problem: Problem) -> str:
    """Return the setting that a problem is about, as the tables call it."""
    assert problem.file == "apps/environments/harbour.yaml"
    assert problem.line > 0
    key = problem.key.replace("[0]", ".0")
    for cloud in CLOUDS:
        key = key.replace(f"clouds.{cloud}.", "clouds.*.")
    return key


def lacking(table: dict[str, tuple[Any, str]]) -> list[tuple[str, str]]:
    return [(setting, cloud) for setting, (_, having) in table.items() for cloud in CLOUDS if cloud not in having]


def having(table: dict[str, tuple[Any, str]]) -> list[tuple[str, str]]:
    return [(setting, cloud) for setting, (_, where) in table.items() for cloud in where.split()]


@pytest.mark.parametrize(("setting", "cloud"), lacking(SETTINGS))
def test_a_setting_that_a_cloud_lacks_is_refused_once(setting: str, cloud: str) -> None:
    found = problems_of(environment_with(cloud, {setting: SETTINGS[setting][0]}))
    assert [named(one) for one in found] == [setting], [str(one) for one in found]


@pytest.mark.parametrize(("setting", "cloud"), having(SETTINGS))
def test_the_clouds_that_have_it_take_it(setting: str, cloud: str) -> None:
    chosen = {setting: SETTINGS[setting][0], **TOGETHER.get(setting, {})}
    assert [str(one) for one in problems_of(environment_with(cloud, chosen))] == []


@pytest.mark.parametrize(("setting", "cloud"), lacking(OF_EXISTING))
def test_a_setting_of_what_exists_is_refused_once(setting: str, cloud: str) -> None:
    found = problems_of(environment_with(cloud, {setting: OF_EXISTING[setting][0]}, there=True))
    assert [named(one) for one in found] == [setting], [str(one) for one in found]


@pytest.mark.parametrize(("setting", "cloud"), having(OF_EXISTING))
def test_a_setting_of_what_exists_is_taken(setting: str, cloud: str) -> None:
    found = problems_of(environment_with(cloud, {setting: OF_EXISTING[setting][0]}, there=True))
    assert [str(one) for one in found] == []


@settings(max_examples=25)
@given(st.sampled_from(sorted(CLOUDS)), st.data())
def test_several_are_refused_at_once_and_nothing_else(cloud: str, data: st.DataObject) -> None:
    possible = sorted(setting for setting, one in lacking(SETTINGS) if one == cloud)
    chosen = data.draw(st.lists(st.sampled_from(possible), unique=True, min_size=2, max_size=8))
    found = problems_of(environment_with(cloud, {one: SETTINGS[one][0] for one in chosen}))
    assert sorted(named(one) for one in found) == sorted(chosen), [str(one) for one in found]


def test_permissions_of_another_cloud_are_refused_by_their_role() -> None:
    chosen = {"components.forecast.cloud_access": TOPIC}
    (problem,) = problems_of(environment_with("aws", chosen))
    assert problem.key == "components.forecast.cloud_access[0].role"
    (problem,) = problems_of(environment_with("azure", chosen))
    assert problem.key == "components.forecast.cloud_access[0].resources[0]"


@pytest.mark.parametrize(
    ("cloud", "setting", "value", "expected"),
    [
        ("gcp", "clouds.*.account", "Tides_Harbour", "such as shop-network: 6 to 30 lower-case letters, digits and"),
        ("gcp", "network.existing.project", "12", "such as shop-network: 6 to 30 lower-case letters, digits and"),
        ("gcp", "network.peers.data.network", "projects/12/global/networks/data", "the id of its project: 6 to 30"),
        ("gcp", "components.levels.restore_from", "projects/12/instances/a/backupRuns/1", "its project: 6 to 30 lower"),
        ("azure", "clouds.*.account", "ABCDEFAB-4444-4444-8444-444444444444", "a UUID with lower-case letters"),
        ("azure", "network.peers.data.network", "/subscriptions/A", "with the subscription in lower case"),
    ],
)
def test_a_wrong_name_is_refused_with_the_rule(cloud: str, setting: str, value: str, expected: str) -> None:
    (problem,) = problems_of(environment_with(cloud, {setting: value}, there="existing" in setting))
    assert named(problem) == setting
    assert expected in problem.expected
