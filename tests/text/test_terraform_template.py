"""Templates of Terraform are read as Terraform reads them."""

import pytest

from quantacirc_cdk.text.terraform import literal
from quantacirc_cdk.text.terraform_template import bound_names, read_template, roots


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${HOME}", [("HOME",)]),
        ("a $${HOME} %%{ if x }", []),
        ("${aws_subnet.private[*].id}", [("aws_subnet", "private")]),
        ("${data.aws_region.current.name}", [("data", "aws_region", "current")]),
        ('${jsonencode({ a = 1, "b" = aws_x.y.id, c: HOME })}', [("aws_x", "y", "id"), ("HOME",)]),
        ('${x == "}" ? f(y) : 1e3}', [("x",), ("y",)]),
        ('${f("a ${g("${z}")} b")}', [("z",)]),
        (r'${f("\"${")}', []),
        ("${provider::aws::arn(local.a)}", [("local", "a")]),
        ("%{~ if var.x ~}a%{ else }b%{ endif }", [("var", "x")]),
        ("${TfToken[TOKEN.3]}", []),
        ("${a.b >= c}${d => e}", [("a", "b"), ("c",), ("d",), ("e",)]),
    ],
)
def test_the_names_of_a_template_are_found(text: str, found: list[tuple[str, ...]]) -> None:
    assert [root for one in read_template(text).expressions for root in roots(one)] == found


def test_names_that_an_expression_defines_are_told() -> None:
    read = read_template("${{ for k, v in local.m : k => v }}%{ for one in var.x }${one}%{ endfor }")
    assert read.faults == []
    assert bound_names(read.expressions) == {"k", "v", "one"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("${aws_vpc.main.id", "${aws_vpc.main.id is not closed"),
        ('a ${f("x}', '${f("x} is not closed'),
        ("%{ if x", "%{ if x is not closed"),
        ("%{ if x }%{ for y in z }%{ endfor }", "%{ if } is not closed"),
        ("%{ else }", "%{ else } without %{ if }"),
        ("%{ foo }", "%{ foo }"),
        ("${{ a = 1 }", "${{ a = 1 } is not closed"),
    ],
)
def test_what_terraform_cannot_read_is_told(text: str, what: str) -> None:
    assert [fault for fault, _ in read_template(text).faults] == [what]


@pytest.mark.parametrize("text", ["${", "%{", "$${x", "$$${x}", "%%{ if", "TfToken[x", "${a}%{ b }", "$", "%"])
def test_a_literal_is_no_template(text: str) -> None:
    read = read_template(literal(text))
    assert (read.expressions, read.faults) == (["true"] if "TfToken[" in text else [], [])
