"""What a team has already takes the place of a construct, on every cloud, and creates nothing."""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import App, Stack, interface
from quantacirc_cdk.terraform.interface import (
    PURPOSES,
    ClusterProps,
    DatabaseProps,
    NetworkProps,
    NodePoolProps,
    ObjectStoreProps,
    WorkloadIdentityProps,
)
from support.terraform.stacks import Json, resources, synthesized

CLOUDS = ("aws", "gcp", "azure")
CONSTRUCTS = sorted(name.removesuffix("Props") for name in interface.__all__ if name.endswith("Props"))
PLACES: dict[str, dict[str, Any]] = {
    "aws": {"region": "eu-central-1", "account": "111111111111"},
    "gcp": {"region": "europe-west3", "account": "bakery-dev"},
    "azure": {"region": "westeurope", "account": "11111111-1111-4111-8111-111111111111"},
}
IDS = {
    "aws": "arn:aws:{}:eu-central-1:111111111111:{}",
    "gcp": "projects/bakery-dev/{}/{}",
    "azure": "/subscriptions/1/resourceGroups/g/providers/{}/{}",
}
GRANTS = {
    "aws": "aws_iam_role_policy.baker_{}",
    "gcp": "google_{}.baker_{}",
    "azure": "azurerm_role_assignment.baker_{}",
}


def constructs_of(cloud: str) -> ModuleType:
    return import_module(f"quantacirc_cdk.terraform.{cloud}")


@pytest.mark.parametrize("construct", [name for name in CONSTRUCTS if name not in ("AuditTrail", "NodePool")])
def test_every_construct_that_others_need_may_be_there_already(construct: str) -> None:
    parameters = {
        cloud: inspect.signature(getattr(constructs_of(cloud), construct).from_existing).parameters for cloud in CLOUDS
    }
    for cloud in CLOUDS:
        assert parameters["aws"].keys() <= parameters[cloud].keys(), cloud
        assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters[cloud].values())


class Existing:
    """Everything there already, as ids."""

    def __init__(self, cloud: str, scope: Stack) -> None:
        made, self.cloud = constructs_of(cloud), cloud
        self.keys = made.KeyRing.from_existing(
            keys={purpose: self.key(purpose) for purpose in PURPOSES}, **self._key_users(scope)
        )
        # On the other clouds one subnet spans the zones.
        subnets = [self.id("subnets", f"private{zone if cloud == 'aws' else ''}") for zone in "ab"]
        self.network = made.Network.from_existing(
            network_id=self.id("networks", "main"),
            cidr="10.0.0.0/16",
            private_subnet_ids=subnets,
            database_subnet_ids=[self.id("subnets", "database")] * 2,
            **({"control_plane_subnet_id": self.id("subnets", "control")} if cloud == "azure" else {}),
        )
        self.cluster = made.Cluster.from_existing(
            cluster_name="main",
            endpoint="https://10.0.0.1",
            certificate_authority="Y2E=",
            node_security_group_id="nodes",
            oidc_issuer="https://issuer.example",
        )
        self.identity = made.WorkloadIdentity.from_existing(
            name="baker",
            identity_id=self.id("iam", "role/baker"),
            **({"principal_id": "2", "client_id": "3"} if cloud == "azure" else {}),
        )
        self.secrets = made.SecretStore.from_existing(secrets={"oven": self.id("secrets", "oven")}, key_id="key")
        self.alarms = made.Observability.from_existing(name="bakery", targets=[self.id("topics", "alarms")])
        self.store = made.ObjectStore.from_existing(bucket_name="shelf", bucket_id=self.id("stores", "shelf"))
        self.ledger = made.Database.from_existing(
            host="db.example", credentials_id=self.id("secrets", "ledger"), key_id=self.key("secrets")
        )
        self.registry = made.ImageRegistry.from_existing(host="registry.example")

    def id(self, service: str, name: str) -> str:
        return IDS[self.cloud].format(service, name)

    def key(self, purpose: str) -> str:
        return key(self.cloud, purpose)

    def _key_users(self, scope: Stack) -> dict[str, Any]:
        if self.cloud != "azure":
            return {}
        ids = {"identity_id": self.id("identities", "keys"), "vault_id": self.id("vaults", "keys")}
        return {"scope": scope, "client_id": "1", "cluster_key_version": "0123", **ids}


def key(cloud: str, purpose: str) -> str:
    return f"https://vault.example/keys/{purpose}" if cloud == "azure" else IDS[cloud].format("keys", purpose)


def declared(cloud: str, tmp_path: Path, declare: Callable[[Stack, Existing, ModuleType], object]) -> dict[str, Json]:
    def everything(scope: Stack) -> None:
        constructs_of(cloud).Provider(scope, "provider", **PLACES[cloud], tags={"system": "s", "environment": "e"})
        declare(scope, Existing(cloud, scope), constructs_of(cloud))

    return resources(synthesized(tmp_path, everything))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_it_creates_nothing(cloud: str, tmp_path: Path) -> None:
    found = declared(cloud, tmp_path, lambda *_: None)
    assert {address for address in found if not address.startswith("azurerm_resource_group.")} == set()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_store_uses_existing_keys_and_is_granted_to_an_existing_identity(cloud: str, tmp_path: Path) -> None:
    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        props = ObjectStoreProps(name="bakery-artifacts", **PLACES[cloud], keys=existing.keys)
        made.ObjectStore(scope, "artifacts", props).grant_read_write(existing.identity)

    found = declared(cloud, tmp_path, declare)
    assert key(cloud, "objects") in str(found)
    grant = found[GRANTS[cloud].format(*(["storage_bucket_iam_member"] if cloud == "gcp" else []), "artifacts")]
    assert {"aws": "baker", "gcp": IDS["gcp"].format("iam", "role/baker"), "azure": "2"}[cloud] == (
        grant.get("role") if cloud == "aws" else grant.get("member", grant.get("principal_id"))
    )


@pytest.mark.parametrize("cloud", CLOUDS)
def test_existing_secrets_are_granted_to_an_identity_of_the_stack(cloud: str, tmp_path: Path) -> None:
    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        props = WorkloadIdentityProps(
            name="baker", **PLACES[cloud], cluster=existing.cluster, namespace="bakery", service_account="baker"
        )
        existing.secrets.grant_read(made.WorkloadIdentity(scope, "baker", props))
        with pytest.raises(PropsError, match='no secret "ovn", expected "oven"'):
            existing.secrets.secret_id("ovn")

    name = {"aws": "secrets", "gcp": "secrets_oven", "azure": "secrets_oven"}[cloud]
    found = declared(cloud, tmp_path, declare)
    grant = found[GRANTS[cloud].format(*(["secret_manager_secret_iam_member"] if cloud == "gcp" else []), name)]
    assert IDS[cloud].format("secrets", "oven") in str(grant)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_existing_store_and_database_are_granted_to_an_identity_of_the_stack(cloud: str, tmp_path: Path) -> None:
    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        props = WorkloadIdentityProps(
            name="baker", **PLACES[cloud], cluster=existing.cluster, namespace="bakery", service_account="baker"
        )
        identity = made.WorkloadIdentity(scope, "baker", props)
        existing.store.grant_read_write(identity)
        existing.ledger.grant_connect(identity)

    found = declared(cloud, tmp_path, declare)
    kinds = {"objects": "storage_bucket_iam_member", "database": "secret_manager_secret_iam_member"}
    for purpose, thing in (("objects", "shelf"), ("database", IDS[cloud].format("secrets", "ledger"))):
        grant = found[GRANTS[cloud].format(*([kinds[purpose]] if cloud == "gcp" else []), purpose)]
        assert thing in str(grant)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_alarms_of_a_database_go_to_existing_targets(cloud: str, tmp_path: Path) -> None:
    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        shared = {"network": existing.network, "clients": existing.cluster, "keys": existing.keys}
        props = DatabaseProps(name="bakery-ledger", **PLACES[cloud], **shared)
        existing.alarms.watch_database(made.Database(scope, "ledger", props))

    target = IDS[cloud].format("topics", "alarms")
    alarms = [found for found in declared(cloud, tmp_path, declare).values() if target in str(found)]
    assert len(alarms) == 3


@pytest.mark.parametrize("cloud", CLOUDS)
def test_alarms_of_a_network_go_to_existing_targets(cloud: str, tmp_path: Path) -> None:
    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        props = NetworkProps(name="bakery", **PLACES[cloud], cidr="10.0.0.0/16", log_key_id=existing.key("logs"))
        existing.alarms.watch_network(made.Network(scope, "net", props))

    target = IDS[cloud].format("topics", "alarms")
    alarms = [found for found in declared(cloud, tmp_path, declare).values() if target in str(found)]
    assert len(alarms) == 1


@pytest.mark.parametrize(("cloud", "count"), [("aws", 5), ("gcp", 3), ("azure", 7)])
def test_alarms_of_a_cluster_go_to_existing_targets(cloud: str, count: int, tmp_path: Path) -> None:
    pool = NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=2)

    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        shared = {"network": existing.network, "keys": existing.keys, "kubernetes_version": "1.34"}
        props = ClusterProps(name="bakery", **PLACES[cloud], **shared, node_pools={"main": pool})
        existing.alarms.watch_cluster(made.Cluster(scope, "cluster", props))

    target = IDS[cloud].format("topics", "alarms")
    alarms = [found for found in declared(cloud, tmp_path, declare).values() if target in str(found)]
    assert len(alarms) == count


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cluster_runs_in_an_existing_network_with_existing_keys(cloud: str, tmp_path: Path) -> None:
    pool = NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=2)

    def declare(scope: Stack, existing: Existing, made: ModuleType) -> None:
        props = ClusterProps(
            name="bakery",
            **PLACES[cloud],
            network=existing.network,
            keys=existing.keys,
            kubernetes_version="1.34",
            node_pools={"main": pool},
        )
        made.Cluster(scope, "cluster", props)

    found = declared(cloud, tmp_path, declare)
    assert key(cloud, "cluster") in str(found)
    assert IDS[cloud].format("subnets", "private") in str(found)


def test_azure_needs_the_version_of_a_cluster_key(tmp_path: Path) -> None:
    azure = constructs_of("azure")
    stack = Stack(App(outdir=tmp_path), "test")
    azure.Provider(stack, "provider", **PLACES["azure"], tags={})
    keys = azure.KeyRing.from_existing(
        keys={purpose: f"https://v/keys/{purpose}" for purpose in PURPOSES},
        scope=stack,
        identity_id="i",
        client_id="c",
        vault_id="v",
    )
    network = azure.Network.from_existing(
        network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"], control_plane_subnet_id="c"
    )
    props = ClusterProps(
        name="bakery",
        **PLACES["azure"],
        network=network,
        keys=keys,
        kubernetes_version="1.34",
        node_pools={"main": NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=2)},
    )
    with pytest.raises(PropsError, match=r"bakery\.keys: a key without a version, expected cluster_key_version"):
        azure.Cluster(stack, "cluster", props)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_existing_key_ring_without_a_key_says_so(cloud: str, tmp_path: Path) -> None:
    scope = Stack(App(outdir=tmp_path), "test")
    constructs_of(cloud).Provider(scope, "provider", **PLACES[cloud], tags={"system": "s", "environment": "e"})
    with pytest.raises(PropsError, match="no key for database in a recovery region"):
        Existing(cloud, scope).keys.recovery_key_id("database")
