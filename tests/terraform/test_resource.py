"""A resource becomes Terraform as it was written, or is refused before the engine sees it."""

from pathlib import Path

import pytest
from constructs import Construct

from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.terraform import App, DataSource, Resource, Stack, engine
from support.terraform.stacks import read_stack, resources, synthesized
from support.tools import require


def test_arguments_are_written_as_given(tmp_path: Path) -> None:
    stack = synthesized(
        tmp_path,
        lambda scope: Resource(
            scope, "aws_vpc", "main", cidr_block="10.0.0.0/16", enable_dns_support=True, tags={"a": "b"}
        ),
    )
    expected = {"cidr_block": "10.0.0.0/16", "enable_dns_support": True, "tags": {"a": "b"}}
    assert resources(stack) == {"aws_vpc.main": expected}


def test_an_argument_that_is_none_is_not_set(tmp_path: Path) -> None:
    stack = synthesized(
        tmp_path,
        lambda scope: Resource(
            scope, "aws_vpc", "main", cidr_block="10.0.0.0/16", tags={"a": None, "b": "c"}, instance_tenancy=None
        ),
    )
    assert resources(stack)["aws_vpc.main"] == {"cidr_block": "10.0.0.0/16", "tags": {"b": "c"}}


def test_a_reference_is_plain_text(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        vpc = Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16")
        Resource(scope, "aws_subnet", "one", vpc_id=vpc.id, cidr_block="10.0.0.0/24", tags={"vpc": f"of {vpc.arn}"})

    subnet = resources(synthesized(tmp_path, declare))["aws_subnet.one"]
    assert subnet["vpc_id"] == "${aws_vpc.main.id}"
    assert subnet["tags"] == {"vpc": "of ${aws_vpc.main.arn}"}


def test_every_meta_argument_is_passed_on(tmp_path: Path) -> None:
    lifecycle = {"create_before_destroy": True, "ignore_changes": ["tags"]}

    def declare(scope: Stack) -> None:
        vpc = Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16", provider="aws.recovery", count=2)
        zones = DataSource(scope, "aws_availability_zones", "all", state="available")
        Resource(
            scope,
            "aws_eip",
            "nat",
            for_each='${toset(["a"])}',
            depends_on=[vpc, zones, "aws_vpc.main"],
            lifecycle=lifecycle,
        )

    found = resources(synthesized(tmp_path, declare))
    assert found["aws_vpc.main"] == {"cidr_block": "10.0.0.0/16", "count": 2, "provider": "aws.recovery"}
    assert found["aws_eip.nat"] == {
        "for_each": '${toset(["a"])}',
        "depends_on": ["aws_vpc.main", "data.aws_availability_zones.all", "aws_vpc.main"],
        "lifecycle": lifecycle,
    }


def test_a_moved_construct_keeps_its_address(tmp_path: Path) -> None:
    def nested(scope: Stack) -> None:
        Resource(Construct(Construct(scope, "one"), "two"), "aws_vpc", "main", cidr_block="10.0.0.0/16")

    def flat(scope: Stack) -> None:
        Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16")

    before, after = (resources(synthesized(tmp_path / name.__name__, name)) for name in (nested, flat))
    assert before == after == {"aws_vpc.main": {"cidr_block": "10.0.0.0/16"}}


@pytest.mark.terraform
def test_the_escape_hatches_of_the_engine_work(tmp_path: Path) -> None:
    require("terraform")  # the engine asks it for its version where a resource is imported

    def declare(scope: Stack) -> None:
        vpc = Resource(scope, "aws_vpc", "main", cidr_block="10.0.0.0/16", tags={"a": "b"})
        vpc.add_override("tags.c", "d")
        vpc.move_from_id("aws_vpc.old")
        Resource(scope, "aws_eip", "kept").import_from("eipalloc-1")
        Resource(scope, "aws_eip", "gone", domain="vpc").move_to_id("aws_eip.kept")

    stack = synthesized(tmp_path, declare)
    assert resources(stack)["aws_vpc.main"]["tags"] == {"a": "b", "c": "d"}
    assert stack["moved"] == [
        {"from": "aws_vpc.old", "to": "aws_vpc.main"},
        {"from": "aws_eip.gone", "to": "aws_eip.kept"},
    ]
    assert stack["import"] == [{"id": "eipalloc-1", "to": "aws_eip.kept"}]
    assert "aws_eip.gone" not in resources(stack)


def test_an_aspect_sees_every_resource(tmp_path: Path) -> None:
    import jsii
    from cdktf import Aspects, IAspect

    @jsii.implements(IAspect)
    class Count:
        seen: list[str] = []

        def visit(self, node: object) -> None:
            if isinstance(node, Resource):
                self.seen.append(node.address)

    aspect = Count()

    def declare(scope: Stack) -> None:
        Resource(scope, "aws_eip", "one")
        Aspects.of(scope).add(aspect)

    synthesized(tmp_path, declare)
    assert aspect.seen == ["aws_eip.one"]


def test_a_token_of_another_stack_becomes_a_cross_stack_reference(tmp_path: Path) -> None:
    app = App(outdir=tmp_path)
    first, second = Stack(app, "first"), Stack(app, "second")
    vpc = Resource(first, "aws_vpc", "main", cidr_block="10.0.0.0/16")
    Resource(second, "aws_subnet", "one", vpc_id=vpc.get_string_attribute("id"), cidr_block="10.0.0.0/24")
    app.synth()
    outputs = read_stack(tmp_path, "first")["output"]
    assert [output["value"] for output in outputs.values()] == ["${aws_vpc.main.id}"]
    (name,) = outputs
    subnet = resources(read_stack(tmp_path, "second"))["aws_subnet.one"]
    assert subnet["vpc_id"] == "${data.terraform_remote_state.cross-stack-reference-input-first.outputs." + name + "}"
    assert subnet["cidr_block"] == "10.0.0.0/24"


def test_prebuilt_resources_and_ours_refer_to_each_other(tmp_path: Path) -> None:
    class PrebuiltVpc(engine.TerraformResource):
        """Made as the prebuilt bindings make theirs."""

        def __init__(self, scope: Construct, id: str) -> None:
            super().__init__(scope, id, terraform_resource_type="aws_vpc")
            self.add_override("cidr_block", "10.0.0.0/16")

    def declare(scope: Stack) -> None:
        prebuilt = PrebuiltVpc(scope, "theirs")
        ours = Resource(scope, "aws_eip", "ours", tags={"by-text": "${aws_vpc.theirs.id}"})
        Resource(scope, "aws_subnet", "one", vpc_id=prebuilt.get_string_attribute("id"), cidr_block="10.0.0.0/24")
        prebuilt.add_override("tags", {"address": ours.ref("public_ip")})

    found = resources(synthesized(tmp_path, declare))
    assert found["aws_subnet.one"]["vpc_id"] == "${aws_vpc.theirs.id}"
    assert found["aws_vpc.theirs"]["tags"] == {"address": "${aws_eip.ours.public_ip}"}


def test_a_stack_of_the_engine_takes_our_resources(tmp_path: Path) -> None:
    app = engine.App(outdir=str(tmp_path), stack_traces=False)
    stack = engine.TerraformStack(app, "test")
    Resource(stack, "aws_vpc", "main", cidr_block="10.0.0.0/16", tags={"a": "b"})
    app.synth()
    assert resources(read_stack(tmp_path, "test")) == {
        "aws_vpc.main": {"cidr_block": "10.0.0.0/16", "tags": {"a": "b"}}
    }
    with pytest.raises(SchemaError, match="cidr_blok"):
        Resource(stack, "aws_vpc", "other", cidr_blok="10.0.0.0/16")


def test_an_app_of_the_engine_checks_our_stacks(tmp_path: Path) -> None:
    app = engine.App(outdir=str(tmp_path), stack_traces=False)
    Resource(Stack(app, "test"), "aws_vpc", "main", cidr_blok="10.0.0.0/16")
    with pytest.raises(RuntimeError, match="no such argument"):
        app.synth()
