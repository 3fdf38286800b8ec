"""Props refuse what the model refuses, on every cloud, and accept what a cloud accepts."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError, SchemaError
from quantacirc_cdk.limits import aws, azure, gcp
from quantacirc_cdk.limits.databases import refused_database
from quantacirc_cdk.limits.machines import refused_machine, refused_store_type
from quantacirc_cdk.limits.store_types import refused_type
from quantacirc_cdk.plain import Plain
from quantacirc_cdk.terraform import Stack, interface
from quantacirc_cdk.terraform.aws import look_up_network
from quantacirc_cdk.terraform.aws.cache import node_type
from support.terraform.stacks import synthesized
from support.terraform.switched import Keys

CLOUDS = ("aws", "gcp", "azure")
PLACE = {"region": "here", "account": "12345678"}
ACCOUNTS = {"account": "12345678", "region": "here", "tags": {}}
POOL = interface.NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=3)
TAINTED = replace(POOL, taints=[interface.Taint(key="team", value="shop")])
TYPES = {"aws": "m7i.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v5"}
CLASSES = {"aws": "db.m7g.large", "gcp": "db-custom-2-8192", "azure": "GP_Standard_D2ds_v5"}


def construct(cloud: str, name: str) -> Any:
    return getattr(import_module(f"quantacirc_cdk.terraform.{cloud}"), name)


def network(cloud: str, cidr: str = "10.60.0.0/16") -> Any:
    more = {"control_plane_subnet_id": "c"} if cloud == "azure" else {}
    subnets = {"private_subnet_ids": ["a", "b"], "database_subnet_ids": ["d", "e"]}
    return construct(cloud, "Network").from_existing(network_id="n", cidr=cidr, **subnets, **more)


def cluster_refusals(cloud: str, **changes: Any) -> str:
    """Return what a cluster's construct says; empty if it accepts the props."""
    props: dict[str, Any] = {"kubernetes_version": "1.34", "node_pools": {"general": POOL}} | changes
    props = {"name": "shop", "network": network(cloud), "keys": Keys(), **PLACE} | props
    stack = Plain("stack")
    if cloud == "azure":
        module = import_module("quantacirc_cdk.terraform.azure.cluster")
        made = interface.ClusterProps(**props)
        try:
            made.check()
            key = dict.fromkeys(("identity_id", "client_id", "versioned_id", "key_id", "vault_id"), "x")
            module._check_limits(made, module.KeyUser(**key, ready=[]))
        except PropsError as error:
            return str(error)
        return ""
    found = construct(cloud, "Cluster")._refusals(stack, "cluster", interface.ClusterProps(**props))
    return "\n".join(str(one.problem("stack/cluster")) for one in found)


def test_the_props_of_these_tests_are_accepted() -> None:
    for cloud in CLOUDS:
        assert cluster_refusals(cloud) == ""


@pytest.mark.parametrize(
    ("cloud", "said"),
    [
        ("aws", "shop.node_pools: a minimum of 0 nodes for the cluster's own pods"),
        ("gcp", "shop.node_pools: a minimum of 0 nodes for the cluster's own pods"),
        ("azure", "shop.node_pools.general.taints: taints of the system pool"),
    ],
)
def test_a_cluster_has_nodes_for_its_own_pods(cloud: str, said: str) -> None:
    assert said in cluster_refusals(cloud, node_pools={"general": TAINTED})


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cluster_has_a_node_for_its_own_pods_from_the_start(cloud: str) -> None:
    assert "0 nodes" in cluster_refusals(cloud, node_pools={"general": replace(POOL, min_nodes=0)})


@pytest.mark.parametrize("cloud", CLOUDS)
def test_allowed_addresses_of_a_private_endpoint_are_refused(cloud: str) -> None:
    said = cluster_refusals(cloud, authorized_cidrs=["203.0.113.0/28"])
    assert "shop.authorized_cidrs: `authorized_cidrs` of a private API endpoint" in said


@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_services_are_outside_of_the_network(cloud: str) -> None:
    said = "shop.service_cidr: 10.60.0.0/20 overlaps the network, 10.60.0.0/16"
    assert said in cluster_refusals(cloud, service_cidr="10.60.0.0/20")
    assert said not in cluster_refusals(cloud, service_cidr="10.61.0.0/20")
    assert "overlaps" not in cluster_refusals(cloud, service_cidr="10.60.0.0/20", network=network(cloud, "${var.x}"))
    assert "expected an IPv4 CIDR" in cluster_refusals(cloud, service_cidr="here")


def test_the_range_of_a_network_that_is_looked_up_is_known(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        lookup = interface.NetworkLookup(
            name="vpc-1", region="here", cidr="10.60.0.0/16", private_subnets=["subnet-1", "subnet-2"]
        )
        found = look_up_network(scope, "network", lookup)
        assert "shop.service_cidr: 10.60.0.0/20 overlaps" in cluster_refusals(
            "aws", network=found, service_cidr="10.60.0.0/20"
        )

    synthesized(tmp_path, declare)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("name", ["banana", "m7i", "D4s_v5", "N2-standard-4"])
def test_machine_types_are_those_of_the_cloud(cloud: str, name: str) -> None:
    pool = replace(POOL, machine_type=name)
    said = f'shop.node_pools.general.machine_type: "{name}", expected a machine type such as {TYPES[cloud]}'
    assert said in cluster_refusals(cloud, node_pools={"general": pool})


@pytest.mark.parametrize(
    ("cloud", "name"),
    [
        *(("aws", one) for one in ("u-6tb1.112xlarge", "c8gd.metal-24xl", "p6-b200.48xlarge", "x2gd.metal")),
        *(("gcp", one) for one in ("e2-medium", "custom-4-8192", "n2-custom-4-8192-ext", "c4a-highmem-8-lssd")),
        *(("azure", one) for one in ("Standard_E16-4as_v5", "Standard_M416s_8_v2", "Standard_B2ms", "Standard_A2m_v2")),
        ("aws", "${var.machine_type}"),
    ],
)
def test_machine_types_of_a_cloud_are_accepted(cloud: str, name: str) -> None:
    assert list(refused_machine(cloud, replace(POOL, machine_type=name))) == []


@pytest.mark.parametrize(
    ("cloud", "store", "names"),
    [
        ("aws", "database", ["db.t4g.medium", "db.x2iedn.xlarge", "db.m6gd.large", "db.r8g.48xlarge", "db.m9g.large"]),
        ("aws", "aurora", ["db.t4g.large", "db.x2g.16xlarge", "db.r6id.24xlarge", "${var.type}"]),
        ("gcp", "database", ["db-f1-micro", "db-custom-2-8192", "db-perf-optimized-N-2", "db-c4a-highmem-4"]),
        ("azure", "database", ["B_Standard_B1ms", "GP_Standard_D2ds_v5", "MO_Standard_E4ds_v4", "GP_Standard_D2ds_v6"]),
        ("aws", "cache", ["cache.t4g.small", "cache.r7g.16xlarge"]),
        ("azure", "cache", ["Balanced_B5", "MemoryOptimized_M10"]),
    ],
)
def test_instance_types_of_stores_are_those_of_the_cloud(cloud: str, store: Any, names: list[str]) -> None:
    assert [refused_type(cloud, store, name) for name in names] == [None] * len(names)
    if store == "aurora":
        return
    assert [refused_store_type(cloud, store, name) for name in names] == [None] * len(names)
    for name in ("banana", "db.m7g", "Standard_D2ds_v5", "m7g.large"):
        assert refused_store_type(cloud, store, name) is not None


@pytest.mark.parametrize(
    ("cloud", "store", "name", "expected"),
    [
        ("aws", "database", "db.r7g.lrge", '"db.r7g.large"; the largest of db.r7g is db.r7g.16xlarge'),
        ("aws", "database", "db.r7g.24xlarge", '"db.r7g.16xlarge"; the largest of db.r7g is db.r7g.16xlarge'),
        ("aws", "database", "db.m7g.48xlarge", "the largest of db.m7g is db.m7g.16xlarge"),
        ("aws", "database", "db.r7h.large", '"db.r7g.large"'),
        ("aws", "database", "db.m9g.lrge", '"db.m'),
        ("aws", "aurora", "db.m7g.large", '"db.r7g.large"'),
        ("aws", "aurora", "db.m9g.large", '"db.r'),
        ("aws", "aurora", "db.r6id.large", "the largest of db.r6id is db.r6id.32xlarge"),
        ("aws", "cache", "cache.r7g.24xlarge", "the largest of cache.r7g is cache.r7g.16xlarge"),
        ("aws", "cache", "cache.t4g.large", "the largest of cache.t4g is cache.t4g.medium"),
        ("azure", "cache", "Balanced_B60", '"Balanced_B50"'),
        ("azure", "database", "GP_Standard_D3ds_v5", '"GP_Standard_D2ds_v5"'),
        ("azure", "database", "GP_Standard_D96ds_v4", '"GP_Standard_D96ds_v5"'),
        ("gcp", "database", "db-custom-3-8192", "an even number up to 96"),
        ("gcp", "database", "db-custom-4-4000", "a multiple of 256 MiB"),
        ("gcp", "database", "db-perf-optimized-N-120", '"db-perf-optimized-N-128"'),
    ],
)
def test_a_type_that_its_cloud_does_not_have_is_refused_with_the_nearest(
    cloud: str, store: Any, name: str, expected: str
) -> None:
    refused = refused_type(cloud, store, name)
    assert refused is not None
    assert refused[0] == f'"{name}", which does not exist'
    assert expected in refused[1]
    assert store == "aurora" or refused_store_type(cloud, store, name) == refused


CHOSEN = [(cpu, memory) for cpu in (1, 2, 3, 8, 33, 64, 65, 96, 192) for memory in (1, 16, 120, 512, 513, 700, 1024)]


@pytest.mark.parametrize(
    ("cloud", "store", "choose"),
    [
        ("aws", "database", aws.database_type),
        ("aws", "aurora", aws.aurora_type),
        ("gcp", "database", partial(gcp.database_tier, plus=False)),
        ("gcp", "database", partial(gcp.database_tier, plus=True)),
        ("azure", "database", partial(azure.database_sku, burstable=True)),
        ("azure", "cache", lambda _, memory: azure.cache_sku(memory)),
        ("aws", "cache", lambda _, memory: node_type(memory)),
    ],
)
def test_every_chosen_type_exists(cloud: str, store: Any, choose: Any) -> None:
    found = set()
    for cpu, memory in CHOSEN:
        with suppress(PropsError):
            found.add(choose(cpu, memory))
    assert found
    assert [name for name in found if refused_type(cloud, store, name)] == []


def database(cloud: str, **changes: Any) -> str:
    cluster = interface.ExistingCluster(
        cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="n"
    )
    props = interface.DatabaseProps(
        **{"name": "shop", "network": network(cloud), "clients": cluster, "keys": Keys(), **PLACE} | changes
    )
    found = construct(cloud, "Database")._refusals(Plain("stack"), "db", props)
    return "\n".join(str(one.problem("stack/db")) for one in found)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_databases_are_what_a_new_instance_can_have(cloud: str) -> None:
    assert database(cloud, instance_type=CLASSES[cloud], password_version="${var.version}") == ""
    assert 'stack/db: shop.instance_type: "banana"' in database(cloud, instance_type="banana")
    assert "stack/db: shop.password_version: found 0" in database(cloud, password_version=0)
    assert "stack/db: shop.password_version: found 'new'" in database(cloud, password_version="new")
    assert 'stack/db: shop.database: "template1"' in database(cloud, database="template1")


@pytest.mark.parametrize(
    ("cloud", "refused", "taken"),
    [
        ("aws", ["rdsadmin", "template0", "user", "order"], ["postgres", "cloudsqladmin", "orders"]),
        ("gcp", ["postgres", "cloudsqladmin", "template1"], ["rdsadmin", "order"]),
        ("azure", ["postgres", "azure_maintenance", "azure_sys", "template0"], ["rdsadmin", "order"]),
    ],
)
def test_names_of_databases_are_free_in_a_new_instance(cloud: str, refused: list[str], taken: list[str]) -> None:
    assert [name for name in refused if refused_database(cloud, name) is None] == []
    assert [name for name in taken if refused_database(cloud, name)] == []
    for name in refused:
        assert f'stack/db: shop.database: "{name}"' in database(cloud, database=name)


def test_a_database_that_is_restored_may_have_any_name() -> None:
    backup = "projects/another/instances/old/backupRuns/1"
    assert database("gcp", database="postgres", restore_from=backup) == ""


def store(scope: Stack, cloud: str, id: str, **changes: Any) -> None:
    construct(cloud, "ObjectStore")(
        scope, id, interface.ObjectStoreProps(**{"name": "shop-files", "keys": Keys(), **PLACE} | changes)
    )


@pytest.mark.parametrize(
    ("cloud", "key"),
    [("aws", "account"), ("aws", "region"), ("gcp", "account"), ("azure", "account"), ("azure", "region")],
)
def test_constructs_are_where_the_provider_is(cloud: str, key: str, tmp_path: Path) -> None:
    said = f'^test/files: {key} "elsewhere", expected "{ACCOUNTS[key]}", as of test/provider$'

    def before(scope: Stack) -> None:
        construct(cloud, "Provider")(scope, "provider", **ACCOUNTS)
        store(scope, cloud, "files", **{key: "elsewhere"})

    def after(scope: Stack) -> None:
        store(scope, cloud, "files", **{key: "elsewhere"})
        construct(cloud, "Provider")(scope, "provider", **ACCOUNTS)

    # Azure's constructs take their resource group from the provider, and come after it.
    for declare in (before,) if cloud == "azure" else (before, after):
        with pytest.raises(PropsError, match=said):
            synthesized(tmp_path, declare)


@pytest.mark.parametrize(
    ("cloud", "name"), [("aws", "bucket"), ("gcp", "google_storage_bucket"), ("azure", "azurerm_storage_account")]
)
def test_two_stores_with_one_name_are_refused_with_both_paths(cloud: str, name: str, tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        construct(cloud, "Provider")(scope, "provider", **ACCOUNTS)
        ring = interface.KeyRingProps(name="shop", **PLACE)
        keys = construct(cloud, "KeyRing")(scope, "keys", ring)
        store(scope, cloud, "files", keys=keys)
        store(scope, cloud, "more", keys=keys)

    with pytest.raises(SchemaError) as error:
        synthesized(tmp_path, declare)
    for line in str(error.value).splitlines():
        assert "test/more/" in line
        assert " is also that of test/files/" in line
    assert name in str(error.value)
