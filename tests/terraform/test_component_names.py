"""A component whose name another one leads to is refused with file and line, or both have all they need.

The names are those in the stack itself: an address or a name in the cloud that begins with a component's name is the
name of a second component. So a new resource is in the test at once.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import EnvironmentStack
from quantacirc_cdk.terraform.elements import Declared
from quantacirc_cdk.terraform.plain_app import PlainApp
from quantacirc_cdk.terraform.stack import declare_all
from support.command import qcdk
from support.drawn import CLOUDS
from support.project import Project
from support.unseen import CLOUD

Json = dict[str, Any]
VARIANTS: list[tuple[str, Json]] = [
    ("aws", {}),
    ("aws", {"aurora": True}),
    ("gcp", {}),
    ("gcp", {"private_service_connect": True}),
    ("azure", {}),
]
"""Clouds, and settings of the database there."""
KINDS = ("object-store", "postgresql", "service", "valkey")
NAMES = ("account_id", "alarm_name", "bucket", "cluster_identifier", "identifier", "name", "replication_group_id",
         "secret_id")  # fmt: skip
"""Arguments with the name of a resource."""
OF_ANOTHER = re.compile(
    r"aws_(eks_addon|iam_role_policy)|azurerm_(federated_identity_credential|management_lock|monitor_diagnostic_setting|"
    r"postgresql_flexible_server_(configuration|database)|private_dns_zone_virtual_network_link|storage_container)|"
    r"google_sql_(database|user)"
)
"""Types whose names are unique only within another resource, to which a component's name leads."""
PLACED = re.compile(r"apps/(system|environments/north)\.yaml:\d+: (cluster|components)\.")
COUNT = int(os.environ.get("FUZZ_NAMES", "12"))
"""Names drawn for each variant; 0 for all."""


def part(kind: str) -> Json:
    if kind == "service":
        return {"kind": kind, "image": "app", "reaches": ["photos"]}
    more = {"read_endpoint": True} if kind == "postgresql" else {}
    return {"kind": kind, "image": "store", "storage": {"size": "50Gi", "path": "/data"}, **more}


def project(root: Path, target: str, settings: Json, second: tuple[str, str] | None = None) -> Project:
    """Return a project with a store of each kind and, perhaps, a second component with a name and a kind."""
    components = {"orders": part("postgresql"), "fast": part("valkey"), "photos": part("object-store")}
    components["shop"] = part("service") | {"reaches": [*components]}
    if second:
        name, kind = second
        components[name] = part(kind)
        components["shop"]["reaches"].append(name)
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "store": {"registry": "a.example", "repository": "x", "tag": "17"}},
        "components": components,
    }
    made = Project(root)
    made.write_system(yaml.safe_dump(system, sort_keys=False))
    cloud: Json = {**CLOUDS[target], "state": {"bucket": "plantstatenorth"}}
    if settings.get("aurora"):
        del cloud["recovery_region"]  # RDS copies no backups of Aurora.
    if target == "azure":
        cloud["state"]["resource_group"] = "plant-state"
    document = yaml.safe_load(CLOUD) | {"target": target, "clouds": {target: cloud}}
    document["components"] = {"orders": {"read_replicas": 2, **settings}}
    made.write_environment("north", yaml.safe_dump(document, sort_keys=False))
    return made


def elements(made: Project) -> list[Declared]:
    """Return the resources and data sources of the environment."""
    loaded = load_project(made.root)
    environment = loaded.environments["north"]
    stack = EnvironmentStack(
        PlainApp(outdir=made.root / "out", version="0"),  # type: ignore[arg-type]
        f"north-{environment.target}",
        system=loaded.system,
        environment=environment,
        source=loaded.sources["north"],
        system_source=loaded.system_source,
    )
    declare_all([stack])
    return stack.elements


def names_of(found: list[Declared]) -> Iterator[tuple[str, str]]:
    """Yield each name, with its type and what contains it."""
    for element in found:
        for argument in NAMES:
            value = element.arguments.get(argument)
            if element.block == "resource" and isinstance(value, str) and "${" not in value:
                keys = ("key_ring", "key_vault_id", "provider")
                yield f"{element.type} in {[element.arguments.get(key) for key in keys]}", value


def candidates(made: Project) -> list[str]:
    """Return the names of components that lead to a name in the stack."""
    found = elements(made)
    texts = [one.name.replace("_", "-") for one in found] + [name for _, name in names_of(found)]
    words = [re.sub("^(alias/)?plant[-/]north[-/]", "", text).split("-") for text in texts]
    joined = {"-".join(one[:length]) for one in words for length in range(1, len(one) + 1)}
    names = {one for one in joined if re.fullmatch(r"[a-z]([a-z0-9-]{0,32}[a-z0-9])?", one)}
    return sorted(names - {"fast", "orders", "photos", "shop"})


def check_pair(root: Path, target: str, settings: Json, name: str, kind: str) -> bool:
    """Return whether a second component is possible; fail if it is refused without a place, or cannot be applied."""
    try:
        found = elements(project(root, target, settings, (name, kind)))
    except QuantacircError as error:
        unplaced = [str(problem) for problem in error.problems if not PLACED.match(str(problem))]
        if unplaced:
            pytest.fail(f"{name} of kind {kind}: {unplaced}")
        return False
    twice = [one for one, count in Counter(names_of(found)).items() if count > 1 and not OF_ANOTHER.match(one[0])]
    assert not twice, f"{name} of kind {kind}: {twice}"
    return True


@pytest.mark.parametrize(("target", "settings"), VARIANTS)
def test_a_drawn_name_is_refused_with_file_and_line_or_leads_to_no_name_of_another(
    target: str, settings: Json, tmp_path: Path
) -> None:
    pairs = [(name, kind) for name in candidates(project(tmp_path, target, settings)) for kind in KINDS]
    for name, kind in random.Random(1).sample(pairs, COUNT or len(pairs)):
        check_pair(tmp_path, target, settings, name, kind)


@pytest.mark.parametrize(
    ("variant", "name", "kind", "other"),
    [
        (0, "orders-read-1", "postgresql", '"orders"'),
        (0, "orders-recovery", "valkey", '"orders"'),
        (0, "orders-read-hosts", "valkey", '"orders"'),
        (0, "orders-monitoring", "service", '"orders"'),
        (0, "photos-access-logs", "object-store", '"photos"'),
        (0, "endpoints", "valkey", "the environment's own resources"),
        (0, "flow-logs", "service", "the environment's own resources"),
        (1, "orders-instance-1", "postgresql", '"orders"'),
        (2, "orders-read-2", "postgresql", '"orders"'),
        (3, "orders-others", "valkey", '"orders"'),
        (4, "orders-read-1", "postgresql", '"orders"'),
    ],
)
def test_a_name_that_another_component_leads_to_is_refused_with_both(
    variant: int, name: str, kind: str, other: str, tmp_path: Path
) -> None:
    made = project(tmp_path, *VARIANTS[variant], (name, kind))
    with pytest.raises(QuantacircError) as refused:
        elements(made)
    line = made.system_file.read_text().split("\n").index(f"  {name}:") + 1
    for problem in refused.value.problems:
        assert str(problem).startswith(f"apps/system.yaml:{line}: components.{name}: "), problem
        assert f", which {other} would also have in north, expected another name" in str(problem)


@pytest.mark.parametrize("name", ["database", "peers"])
@pytest.mark.parametrize("kind", ["postgresql", "valkey"])
def test_a_store_can_have_the_name_of_a_rule_of_the_network(name: str, kind: str, tmp_path: Path) -> None:
    made = project(tmp_path, "gcp", {}, (name, kind))
    peers = "\n  peers: { data: { network: projects/data-north/global/networks/data, cidrs: [10.90.0.0/16] } }"
    made.replace_in_environment("north", "\nnetwork:", f"\nnetwork:{peers}")
    rules = [one.arguments["name"] for one in elements(made) if one.type == "google_compute_firewall"]
    assert {"deny-plant-north", "peers-plant-north", f"plant-north-{name}"} <= {*rules}
    assert len({*rules}) == len(rules)


def test_an_instance_of_aurora_and_a_database_of_rds_share_their_names(tmp_path: Path) -> None:
    assert not check_pair(tmp_path, "aws", {"aurora": True}, "orders-instance-2", "postgresql")


def test_a_key_of_the_stack_is_no_name_of_a_store(tmp_path: Path) -> None:
    with pytest.raises(QuantacircError, match='a managed store named "volumes" in north, expected another name'):
        elements(project(tmp_path, "aws", {}, ("volumes", "valkey")))


@pytest.mark.integration
def test_the_command_refuses_such_a_name(tmp_path: Path) -> None:
    made = project(tmp_path, "aws", {}, ("orders-read-1", "postgresql"))
    done = qcdk("synth", "--project", made.root, "--out", tmp_path / "dist")
    assert done.returncode == 2
    assert re.search(r'error: apps/system\.yaml:\d+: components\.orders-read-1: .* "orders" would', done.stderr)
