"""The constructs of every cloud have the same properties, methods and attributes, but for what is a cloud's own."""

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack, interface, stack_name
from support.terraform.switched import switch_project

CLOUDS = ("aws", "gcp", "azure")
CONSTRUCTS = sorted(name.removesuffix("Props") for name in interface.__all__ if name.endswith("Props"))
CONSTRUCTS.remove("NodePool")
OWN_METHODS = {
    ("aws", "Cluster"): {"tags"},
    ("aws", "KeyRing"): {"admit_events"},
    ("aws", "WorkloadIdentity"): {"grant"},
}
"""What only a cloud's own constructs call: labels of nodes, users of a key, a grant in the terms of IAM."""
ATTRIBUTES = {
    "ObjectStore": {"bucket_id", "bucket_name", "key_id"},
    "Cluster": {"certificate_authority", "cluster_name", "endpoint", "node_security_group_id", "oidc_issuer"},
    "DnsZone": {"domain", "name_servers", "zone_id"},
    "ImageRegistry": {"host", "repositories"},
    "Database": {"credentials_id", "database", "host", "port"},
    "Network": {"cidr", "database_subnet_ids", "network_id", "private_subnet_ids", "public_subnet_ids"},
    "SecretStore": {"secrets"},
    "WorkloadIdentity": {"identity_id"},
}


def constructs_of(cloud: str) -> Any:
    return import_module(f"quantacirc_cdk.terraform.{cloud}")


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_has_the_same_methods_everywhere(construct: str) -> None:
    found = {
        cloud: {name for name in dir(getattr(constructs_of(cloud), construct)) if not name.startswith("_")}
        - OWN_METHODS.get((cloud, construct), set())
        for cloud in CLOUDS
    }
    assert found["aws"] == found["gcp"] == found["azure"]


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_takes_the_same_properties_everywhere(construct: str) -> None:
    for cloud in CLOUDS:
        parameters = inspect.signature(getattr(constructs_of(cloud), construct).__init__).parameters
        assert list(parameters) == ["self", "scope", "id", "props"]
        assert parameters["props"].annotation is getattr(interface, f"{construct}Props")


@pytest.mark.integration
@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_the_constructs_offer_each_other_is_there_on_every_cloud(cloud: str, tmp_path: Path) -> None:
    project = load_project(switch_project(tmp_path / "project", cloud))
    environment = project.environments["prod"]
    stack = EnvironmentStack(
        App(outdir=tmp_path / "out"), stack_name(environment), system=project.system, environment=environment
    )
    seen = set()
    for child in stack.node.children:
        kind = type(child).__name__
        if kind in ATTRIBUTES:
            seen.add(kind)
            assert ATTRIBUTES[kind] <= {name for name in dir(child) if not name.startswith("_")}, kind
    assert seen == ATTRIBUTES.keys()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_construct_says_what_it_creates(cloud: str) -> None:
    for construct in CONSTRUCTS:
        assert inspect.getdoc(getattr(constructs_of(cloud), construct)), construct
