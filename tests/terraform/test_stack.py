"""A stack says everything that is wrong in it, and nothing is written."""

import numbers
import re
from collections.abc import Callable
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.limits.terraform import NAME
from quantacirc_cdk.terraform import App, DataSource, Resource, Stack
from quantacirc_cdk.terraform.declarations import provider
from quantacirc_cdk.terraform.expressions import Number
from support.terraform.stacks import resources, synthesized


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


def test_a_name_in_the_cloud_is_used_once(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        network = Resource(scope, "google_compute_network", "main", name="main")
        for name, called in (("one", "databases"), ("two", "databases"), ("three", "others")):
            Resource(scope, "google_compute_firewall", name, name=called, network=network.id)

    (line,) = refused(tmp_path, declare)
    both = (
        'test/google_compute_firewall.two: name "databases" of google_compute_firewall',
        "test/google_compute_firewall.one",
    )
    assert line == " is also that of ".join(both) + ", expected another"


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
    what = "depends on aws_vpc.main, which is not in this stack"
    assert line == f"test/aws_eip.nat: {what}, expected a declared aws_vpc; this stack has none"


def test_the_nearest_address_is_another_one_of_the_same_type(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        Resource(scope, "aws_subnet", "n", vpc_id="${aws_vpc.zzz.id}")
        Resource(scope, "aws_subnet", "aws_vpc_zzz", vpc_id="vpc-1")

    (line,) = refused(tmp_path, declare)
    assert line.endswith(
        "refers to aws_vpc.zzz, which is not in this stack, expected a declared aws_vpc; this stack has none"
    )

    def with_others(scope: Stack) -> None:
        declare(scope)
        for name in ("blue", "green"):
            Resource(scope, "aws_vpc", name, cidr_block="10.0.0.0/16")

    (line,) = refused(tmp_path, with_others)
    assert line.endswith("which is not in this stack, expected one of aws_vpc.blue, aws_vpc.green")


def test_an_element_does_not_refer_to_itself(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        Resource(scope, "aws_eip", "a", tags={"me": "${aws_eip.a.id}"})
        Resource(scope, "aws_eip", "b", depends_on=["aws_eip.b"])

    assert refused(tmp_path, declare) == [
        "test/aws_eip.a: refers to itself, expected another element, which Terraform creates first",
        "test/aws_eip.b: depends on itself, expected another element",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${HOME}", "refers to HOME, which Terraform does not know, expected an attribute of a resource, var.NAME or"),
        ("x ${upper(HOME)}", "refers to HOME, which Terraform does not know"),
        ("%{ if x }", "%{ if } is not closed, expected %{ endif }"),
        ("%{ if true }a%{ endfor }", "%{ endfor } without %{ for }, expected the one that it ends"),
        ("${aws_eip.a.id", "${aws_eip.a.id is not closed, expected }; $${ is a literal ${"),
        ("${var.regoin}", 'refers to var.regoin, which is not in this stack, expected "region"'),
        ("${local.name}", "refers to local.name, which is not in this stack, expected nothing here"),
        ("${module.network.id}", "refers to module.network, which is not in this stack, expected nothing here"),
        (
            "${acme_thing.main.id}",
            "refers to acme_thing.main, which is not in this stack, expected a declared acme_thing",
        ),
        ("${data.acme_thing.main.id}", "refers to data.acme_thing.main, which is not in this stack"),
    ],
)
@pytest.mark.parametrize("place", ["tags", "output"])
def test_a_template_that_terraform_would_refuse_is_refused(tmp_path: Path, text: str, said: str, place: str) -> None:
    def declare(scope: Stack) -> None:
        scope.variable("region", type="string", description="Region.")
        Resource(scope, "aws_eip", "b", tags={"a": text} if place == "tags" else None)
        if place == "output":
            scope.output("it", text, description="It.")

    key = "test/aws_eip.b: tags" if place == "tags" else "test: output it"
    assert any(line.startswith(f"{key}: {said}") for line in refused(tmp_path, declare))


def test_what_terraform_knows_is_no_mistake(tmp_path: Path) -> None:
    texts = [
        "$${HOME} %%{ if x }",
        "${var.region}-${local.name}-${module.network.id}-${aws_eip.a.id}",
        "%{ for one in var.region }${one.x}%{ endfor }",
        '${jsonencode({ Version = "2012", one: [for k, v in local.all : "${k}=${v.x}" if v.y > 1] })}',
        '${path.module} ${terraform.workspace} ${each.key} ${var.region == "}" ? 1e3 : 2}',
        "${provider::aws::arn_parse(local.name).region}",
    ]

    def declare(scope: Stack) -> None:
        scope.variable("region", type="string", description="Region.")
        scope.add_override("locals", {"name": "x", "all": {}})
        scope.add_override("module", {"network": {"source": "./network"}})
        Resource(scope, "aws_eip", "a")
        Resource(scope, "aws_eip", "b", tags={str(number): text for number, text in enumerate(texts)})
        content = {"resource_type": "${tag_specifications.value}"}
        dynamic = {"tag_specifications": {"for_each": ["volume"], "content": content}}
        Resource(scope, "aws_launch_template", "c", dynamic=dynamic)

    assert resources(synthesized(tmp_path, declare))["aws_eip.b"]["tags"]["0"] == texts[0]


@pytest.mark.parametrize("name", ["my pet", "1x", "a.b", "a/b", "", "${x}", "-a", "a\n", 7])
@pytest.mark.parametrize("kind", [Resource, DataSource])
def test_a_name_that_terraform_refuses_is_refused_with_the_path(tmp_path: Path, kind: type, name: object) -> None:
    stack = Stack(App(outdir=tmp_path), "test")
    place = f"test/{'data.' if kind is DataSource else ''}aws_eip.{name}"
    with pytest.raises(SchemaError) as caught:
        kind(stack, "aws_eip", name)
    (problem,) = caught.value.problems
    assert (problem.key, problem.what.split()[0]) == (place, "name")
    assert problem.expected == (NAME if isinstance(name, str) else "text")


def test_names_of_outputs_variables_and_providers_are_checked(tmp_path: Path) -> None:
    stack = Stack(App(outdir=tmp_path), "test")
    with pytest.raises(SchemaError, match='test: output my pet: name "my pet", expected a letter or underscore first'):
        stack.output("my pet", 1, description="Pet.")
    with pytest.raises(
        SchemaError, match='test: variable count: name "count", expected another name: Terraform reserves'
    ):
        stack.variable("count", type="number", description="Count.")
    (line,) = refused(tmp_path / "other", lambda scope: Resource(scope, "aws_eip", "a", provider="aws.my pet"))
    assert line.startswith('test/aws_eip.a: provider: "aws.my pet", expected a provider, or a provider and an alias')
    assert refused(
        tmp_path / "alias",
        lambda scope: provider(
            scope, "x", type="aws", source="hashicorp/aws", versions="~> 6.0", arguments={"alias": "a b"}
        ),
    ) == ['test: provider aws: alias "a b", expected ' + NAME]


class Integer:
    """An integer as numpy's are: no subclass of Python's."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __int__(self) -> int:
        return self.value


numbers.Integral.register(Integer)


class Size(IntEnum):
    SMALL = 3


class Name(StrEnum):
    A = "a"


def test_numbers_of_other_libraries_become_plain(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        for number, days in enumerate((Integer(2), Size.SMALL, Real(4))):
            Resource(scope, "aws_cloudwatch_log_group", f"a{number}", kms_key_id=Name.A, retention_in_days=days)

    found = list(resources(synthesized(tmp_path, declare)).values())
    assert found == [{"kms_key_id": "a", "retention_in_days": days} for days in (2, 3, 4)]


class Real(float):
    """A subclass of Python's, as numpy.float64 is."""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "found nan, expected a finite number, or text"),
        (float("inf"), "found inf, expected a finite number, or text"),
        (float("-inf"), "found -inf, expected a finite number, or text"),
        (2**53, "found 9007199254740992, expected at most 9007199254740991 in size, or text"),
        (-(2**53), "found -9007199254740992, expected at most 9007199254740991 in size, or text"),
        ({1}, "found set {1}, expected text, a number, true or false, a list or a mapping"),
        (b"x", "found bytes b'x', expected text"),
        (Path("x"), "found PosixPath PosixPath('x'), expected text"),
        ({1: "a"}, "key 1, expected text"),
    ],
)
def test_a_value_that_json_cannot_hold_is_refused_with_its_argument(tmp_path: Path, value: object, said: str) -> None:
    lines = refused(tmp_path, lambda scope: Resource(scope, "terraform_data", "a", input={"x": [value]}))
    assert any(line.startswith(f"test/terraform_data.a: input.x[0]: {said}") for line in lines)
    stack = Stack(App(outdir=tmp_path / "outputs"), "test")
    with pytest.raises(SchemaError, match=re.escape(f"test: output it: {said}")):
        stack.output("it", value, description="It.")
    with pytest.raises(SchemaError, match=re.escape(f"test: variable it: {said}")):
        stack.variable("it", type="any", description="It.", default=value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"count": "x"}, 'count: found "x", expected a whole number of at least 0, or an expression'),
        ({"count": -1}, "count: found -1, expected a whole number"),
        ({"count": 1.5}, "count: found 1.5, expected a whole number"),
        ({"count": True}, "count: found True, expected a whole number"),
        ({"for_each": ["a"]}, "for_each: found ['a'], expected a mapping, or an expression such as ${toset([...])}"),
        ({"for_each": {"a": "b"}, "count": 1}, "for_each: beside count, expected one of them"),
        ({"lifecycle": "ignore"}, 'lifecycle: found "ignore", expected a mapping'),
        ({"lifecycle": {"prevent_destroy": "${1 == 2}"}}, "Terraform takes no expression here"),
        ({"tags": {"a": "\ud800"}}, "expected text without half of a surrogate pair, which is no character"),
    ],
)
def test_meta_arguments_and_text_that_terraform_refuses(arguments: dict[str, Any], said: str, tmp_path: Path) -> None:
    (line,) = refused(tmp_path, lambda scope: Resource(scope, "aws_eip", "nat", **arguments))
    assert line.startswith("test/aws_eip.nat: ")
    assert said in line


@pytest.mark.parametrize("count", [0, 3, "2", "${length([1, 2])}", Number("var.count", 1), 2.0])
def test_counts_that_terraform_takes(count: Any, tmp_path: Path) -> None:
    stack = synthesized(tmp_path, lambda scope: Resource(scope, "aws_eip", "nat", count=count))
    assert "count" in stack["resource"]["aws_eip"]["nat"]


@pytest.mark.parametrize("how", ["reference", "depends_on"])
def test_a_circle_is_refused(how: str, tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        for name, other in (("one", "two"), ("two", "three"), ("three", "one")):
            given = {"depends_on": [f"aws_eip.{other}"]} if how == "depends_on" else {}
            tags = {} if how == "depends_on" else {"tags": {"other": f"${{aws_eip.{other}.id}}"}}
            Resource(scope, "aws_eip", name, **given, **tags)

    (line,) = refused(tmp_path, declare)
    assert "a circle of references: aws_eip." in line
    assert line.count(" → ") == 3


@pytest.mark.parametrize("kind", [Resource, DataSource])
def test_two_of_one_name_in_a_scope_are_refused(kind: Any, tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        kind(scope, "aws_eip", "nat")
        kind(scope, "aws_eip", "nat")

    (line,) = refused(tmp_path, declare)
    assert line.endswith("aws_eip.nat: a second construct with this id, expected another id")


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


def test_what_a_stack_declares_is_read_once_for_all_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(outdir=tmp_path)
    stack = Stack(app, "s")
    length = stack.variable("length", type="number", description="Words.", default=2)
    for number in range(9):
        Resource(stack, "random_pet", f"pet{number}", length=length)
    read = []
    whole = stack.to_terraform

    def counted() -> object:
        read.append(1)
        return whole()

    monkeypatch.setattr(stack, "to_terraform", counted)
    assert not list(stack.problems())
    assert len(read) == 1
    prefix = stack.variable("prefix", type="string", description="First word.", default="a")
    Resource(stack, "random_pet", "later", prefix=prefix)
    assert not list(stack.problems())
