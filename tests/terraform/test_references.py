"""References are found in expressions, and only there."""

import pytest

from quantacirc_cdk.terraform.references import carries_token, references


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${aws_vpc.main.id}", ["aws_vpc.main.id"]),
        ("${aws_vpc.main}", ["aws_vpc.main."]),
        ("${aws_subnet.private[0].id}", ["aws_subnet.private.id"]),
        ("${aws_eks_cluster.main.identity[0].oidc[0].issuer}", ["aws_eks_cluster.main.identity"]),
        ("${data.aws_region.current.name}", ["data.aws_region.current.name"]),
        ("arn:${aws_vpc.a.arn}/x/${aws_eip.b.id}", ["aws_vpc.a.arn", "aws_eip.b.id"]),
        ('${format("aws_vpc.%s.id", aws_eip.b.id)}', ["aws_eip.b.id"]),
        ("${var.some_name.aws_vpc.x}", []),
        ("${toset(var.names)}", []),
        ("${each.value.principal_arn}", []),
        ("aws_vpc.main.id", []),
    ],
)
def test_references_are_found_in_expressions_only(text: str, found: list[str]) -> None:
    assert [f"{reference.address}.{reference.attribute}" for reference in references({"a": [text]})] == found


@pytest.mark.parametrize("value", ["x", 3, 2.5, True, None, ["${aws_vpc.main.id}"], {"a": "${var.b}"}])
def test_plain_data_carries_no_token(value: object) -> None:
    assert not carries_token(value)


@pytest.mark.parametrize(
    "value", ["${TfToken[TOKEN.3]}", ["a", "#{TfToken[TOKEN.1]}"], {"${TfToken[T.2]}": 1}, -1.8881545897087626e289]
)
def test_tokens_of_the_engine_are_seen(value: object) -> None:
    assert carries_token(value)
