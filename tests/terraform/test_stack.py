"""A stack says everything that is wrong in it, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.terraform import App, Resource, Stack
from support.terraform.stacks import synthesized


def refused(tmp_path: Path, declare: Callable[[Stack], object]) -> list[str]:
    with pytest.raises(SchemaError) as caught:
        synthesized(tmp_path, declare)
    assert not list(tmp_path.rglob("*.json"))
    return str(caught.value).splitlines()


def test_every_problem_of_every_stack_is_reported_at_once(tmp_path: Path) -> None:
    app = App(outdir=tmp_path)
    Resource(Stack(app, "one"), "aws_vpc", "main", cidr_blok="10.0.0.0/16", enable_dns_support="yes")
    Resource(Stack(app, "two"), "aws_subnet", "main")
    with pytest.raises(SchemaError) as caught:
        app.synth()
    assert [str(problem) for problem in caught.value.problems] == [
        'one/aws_vpc.main: cidr_blok: no such argument (hashicorp/aws 5.100.0), expected "cidr_block"',
        'one/aws_vpc.main: enable_dns_support: found "yes" (hashicorp/aws 5.100.0), expected true or false',
        "two/aws_subnet.main: vpc_id: missing (hashicorp/aws 5.100.0), expected text",
    ]


def test_an_unknown_type_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, lambda scope: Resource(scope, "aws_subnett", "main"))
    assert line.startswith("test/aws_subnett.main: no type aws_subnett in the schemas of hashicorp/aws 5.100.0")
    assert 'expected "aws_subnet"; or a type that `qcdk provider-schema` has read' in line


def test_an_address_is_used_once(tmp_path: Path) -> None:
    from constructs import Construct

    def declare(scope: Stack) -> None:
        for name in ("one", "two"):
            Resource(Construct(scope, name), "aws_eip", "nat")

    assert refused(tmp_path, declare) == [
        "test/two/aws_eip.nat: the address aws_eip.nat is also that of test/one/aws_eip.nat, expected another"
    ]


def test_a_reference_to_nothing_is_refused(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16")
        Resource(scope, "aws_subnet", "one", vpc_id="${aws_vpc.mian.id}")

    assert refused(tmp_path, declare) == [
        'test/aws_subnet.one: refers to aws_vpc.mian, which is not in this stack, expected "aws_vpc.main"'
    ]


def test_a_reference_to_an_unknown_attribute_is_refused(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        vpc = Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16")
        Resource(scope, "aws_subnet", "one", vpc_id=vpc.ref("idd"))

    (line,) = refused(tmp_path, declare)
    assert line.startswith("test/aws_subnet.one: refers to aws_vpc.main.idd, which hashicorp/aws 5.100.0 does not have")


def test_a_dependency_on_nothing_is_refused(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, lambda scope: Resource(scope, "aws_eip", "nat", depends_on=["aws_vpc.main"]))
    assert line == 'test/aws_eip.nat: depends on aws_vpc.main, which is not in this stack, expected "aws_eip.nat"'


def test_a_misspelt_lifecycle_is_refused(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, lambda scope: Resource(scope, "aws_eip", "nat", lifecycle={"prevent_destory": True}))
    assert line == 'test/aws_eip.nat: lifecycle.prevent_destory: no such argument, expected "prevent_destroy"'


def test_a_variable_has_a_type_a_description_and_a_rule(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        reference = scope.variable(
            "owner", type="string", description="Who answers for it.", valid='${var.owner != ""}', expected="Not empty."
        )
        assert reference == "${var.owner}"
        scope.output("owner", reference, description="Who answers for it.", sensitive=True)

    stack = synthesized(tmp_path, declare)
    assert stack["variable"]["owner"] == {
        "type": "string",
        "description": "Who answers for it.",
        "nullable": False,
        "validation": [{"condition": '${var.owner != ""}', "error_message": "Not empty."}],
    }
    assert stack["output"]["owner"] == {
        "value": "${var.owner}",
        "description": "Who answers for it.",
        "sensitive": True,
    }
