"""What constructs calculate of values that only Terraform knows."""

import ipaddress
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.terraform.aws.names import log_retention_days
from quantacirc_cdk.terraform.azure.names import storage_mb
from quantacirc_cdk.terraform.expressions import (
    Flag,
    Items,
    Map,
    Number,
    Text,
    blocks,
    choose,
    concatenated,
    each_of,
    host,
    length,
    merged,
    numbered,
    only,
    prefix_length,
    repeated,
    resolved,
    subnet,
)
from quantacirc_cdk.text.terraform import bare
from support.terraform.terraform import Terraform

NUMBER = Number("var.days", 40)
NAMES: Items[str] = Items("var.names", ["a", "b"])


def test_a_number_is_decided_on_by_its_sample_and_written_as_its_expression() -> None:
    assert NUMBER > 39
    assert f"{NUMBER}s" == "${var.days}s"
    assert resolved({"days": [NUMBER]}) == {"days": ["${var.days}"]}
    assert resolved({"on": Flag("var.on", sample=False)}) == {"on": "${var.on}"}


def test_a_text_names_elements_by_its_sample_and_is_written_as_its_expression() -> None:
    key = Text("each.key", "pools")
    assert "_".join(["cluster", key]) == "cluster_pools"
    assert f"{key}-" == "${each.key}-"
    assert resolved({"name": key}) == {"name": "${each.key}"}


def test_lists_and_maps_that_are_known_are_data() -> None:
    assert concatenated(["a"], ["b"]) == ["a", "b"]
    assert merged({"a": "1", "b": "1"}, {}, {"b": "2"}) == {"a": "1", "b": "2"}
    assert each_of(["a", "b"], "one", str.upper) == ["A", "B"]
    assert repeated("a", 2) == ["a", "a"]
    assert numbered(2) == ["1", "2"]
    assert blocks(taint=(["a"], lambda one: {"key": one}), other=(only(False, "a"), dict)) == {"taint": [{"key": "a"}]}


def test_blocks_of_a_list_that_only_terraform_knows_are_dynamic() -> None:
    made = blocks(
        taint=(Items("var.taints"), lambda one: {"key": one}), other=(only(Flag("var.on", sample=True), 1), str)
    )
    assert made == {
        "dynamic": {
            "taint": {"for_each": "${var.taints}", "content": {"key": "${taint.value}"}},
            "other": {"for_each": "${var.on ? [1] : []}", "content": "1"},
        }
    }


@pytest.mark.parametrize(
    "calculate", [lambda x: x + 1, lambda x: 1 + x, lambda x: x % 2, lambda x: x / 2, lambda x: 2**1 * x]
)
def test_a_calculation_without_an_expression_is_refused(calculate: Callable[[int], object]) -> None:
    with pytest.raises(TypeError, match=r"var\.days is known only to Terraform"):
        calculate(NUMBER)


@given(
    address=st.integers(min_value=0, max_value=2**16 - 1),
    length=st.integers(min_value=16, max_value=22),
    bits=st.integers(min_value=0, max_value=6),
    data=st.data(),
)
def test_parts_of_a_network_lie_in_it_side_by_side(address: int, length: int, bits: int, data: st.DataObject) -> None:
    whole = ipaddress.IPv4Network((address << 16, length))
    number = data.draw(st.integers(min_value=0, max_value=2**bits - 1))
    assert subnet(str(whole), bits, number) == str(list(whole.subnets(prefixlen_diff=bits))[number])


@pytest.mark.integration
@pytest.mark.terraform
def test_terraform_works_out_what_python_does(tmp_path: Path) -> None:
    """One question to Terraform's console for each, on a configuration without a provider."""
    cidr, name, account = "10.4.16.0/20", "Shop-Prod_Artifacts-of-Everyone--", "1111-2222"
    pairs = {
        subnet("${var.cidr}", 3, 5): subnet(cidr, 3, 5),
        host("${var.cidr}", 10): host(cidr, 10),
        str(prefix_length("${var.cidr}")): str(prefix_length(cidr)),
        str(log_retention_days(NUMBER)): str(log_retention_days(40)),
        str(storage_mb(Number("var.gib", 200))): str(storage_mb(200)),
        str(-(-Number("var.gib", 200) // 3)): "67",
        str(Number("var.days", 40) * 86400): str(40 * 86400),
        choose(Flag("var.on", sample=True), "yes", "no"): "no",
        str(-(-Number("var.gib", 200) // length(NAMES))): "100",
        f"${{join({json.dumps(',')}, {bare(concatenated(['x'], NAMES))})}}": "x,a,b",
        f"${{join({json.dumps(',')}, {bare(each_of(NAMES, 'one', lambda one: f'{one}=1'))})}}": "a=1,b=1",
        f"${{join({json.dumps(',')}, {repeated('${var.name}', length(NAMES)).expression})}}": f"{name},{name}",
        f"${{join({json.dumps(',')}, {bare(numbered(length(NAMES)))})}}": "1,2",
        f"${{jsonencode({bare(merged({'a': 'x', 'b': Text('var.name', '')}, Map('var.labels'), {}))})}}": json.dumps(
            {"a": "z", "b": name}, separators=(",", ":")
        ),
        f"${{jsonencode({bare(choose(Flag('!var.on', sample=True), {'a-b': 1}, {}))})}}": '{"a-b":1}',
        unique_name("${var.name}", "${var.account}", 24, dashes=False): unique_name(name, account, 24, dashes=False),
        unique_name("${var.name}-x", "${var.account}", 24): unique_name(f"{name}-x", account, 24),
        unique_name("a${var.name}", "${var.account}", 50): unique_name(f"a{name}", account, 50),
    }
    variables = {"cidr": cidr, "name": name, "account": account, "days": 40, "gib": 200, "on": False}
    variables |= {"names": ["a", "b"], "labels": {"a": "z"}}
    document = {
        "variable": {key: {"default": value} for key, value in variables.items()},
        "output": {"all": {"value": list(pairs)}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(document))
    terraform = Terraform(tmp_path)
    terraform.init()
    terraform.run("apply", "-auto-approve", "-input=false")
    assert [str(one) for one in terraform.outputs()["all"]["value"]] == list(pairs.values())
