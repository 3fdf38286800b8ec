"""Constructs below a plain root never reach Node.js, and are the same constructs."""

import jsii
import pytest

from quantacirc_cdk import plain
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Resource
from quantacirc_cdk.terraform.aws import KeyRing, Network
from quantacirc_cdk.terraform.interface import KeyRingProps, NetworkProps
from quantacirc_cdk.terraform.modules import Module

PLACE = {"region": "eu-central-1", "account": "111122223333"}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    """Return a root, after which any question to Node.js is an error."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("Node.js was asked")

    for question in ("create", "get", "set", "invoke", "sinvoke", "sget"):
        monkeypatch.setattr(jsii.kernel.__class__, question, refuse)
    return Module("aws", "network", "", {})


def test_a_tree_of_constructs_is_made_without_node(module: Module) -> None:
    keys = KeyRing(module.root, "keys", KeyRingProps(name="shop", **PLACE, purposes=("logs",)))
    props = NetworkProps(name="shop", **PLACE, cidr="10.8.0.0/16", log_key_id=keys.key_id("logs"))
    Network(module.root, "network", props)
    addresses = {element.address for element in module.elements}
    assert {"aws_kms_key.logs", "aws_vpc.network", "aws_subnet.network_private_3"} <= addresses
    assert list(module.problems()) == []


def test_errors_name_the_path_of_the_construct(module: Module) -> None:
    resource = Resource(module.root, "aws_vpc", "one", cidr="10.8.0.0/16")
    assert plain.path_of(resource) == resource.path == "modules/aws/network/aws_vpc.one"
    assert {problem.key for problem in module.problems()} == {
        "modules/aws/network/aws_vpc.one: cidr",
    }


def test_properties_are_checked_as_in_a_stack(module: Module) -> None:
    with pytest.raises(PropsError, match=r"shop\.zones: found 9"):
        Network(module.root, "network", NetworkProps(name="shop", **PLACE, cidr="10.8.0.0/16", zones=9))


def test_what_only_terraform_knows_is_left_to_it(module: Module) -> None:
    Network(module.root, "network", NetworkProps(name=module.text("name"), **PLACE, cidr=module.text("cidr")))
    (vpc,) = (element for element in module.elements if element.address == "aws_vpc.network")
    assert vpc.arguments["cidr_block"] == "${var.cidr}"
