"""What a block accepts and what it says about everything else."""

import pytest

from quantacirc_cdk.terraform.schemas.block import Block

BLOCK = Block.read(
    {
        "arguments": {
            "name": "string",
            "size": "number",
            "encrypted": "bool",
            "ports": {"list": "number"},
            "tags": {"map": "string"},
            "options": {"block": {"arguments": {"mode": "string"}, "required": ["mode"]}},
            "rule": {"blocks": {"arguments": {"port": "number"}}},
            "entry": {"objects": {"arguments": {"port": "number"}}},
            "anything": "any",
        },
        "required": ["name"],
        "computed": ["arn"],
    }
)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"size": 3},
        {"size": 2.5},
        {"size": "${var.size}"},
        {"encrypted": True},
        {"ports": [1, "${var.port}"]},
        {"ports": "${var.ports}"},
        {"tags": {"a": "b"}},
        {"options": {"mode": "x"}},
        {"options": [{"mode": "x"}]},
        {"rule": [{"port": 1}, {"port": 2}]},
        {"rule": {"port": 1}},
        {"entry": [{"port": 1}]},
        {"entry": "${var.entries}"},
        {"anything": {"at": ["all"]}},
        {"dynamic": {"rule": {"for_each": "${var.ports}", "content": {"port": "${rule.value}"}}}},
        {"//": "a comment"},
    ],
)
def test_what_terraform_takes_is_accepted(given: dict[str, object]) -> None:
    assert list(BLOCK.complaints({"name": "x", **given})) == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"nam": "x"}, ("nam", "no such argument", '"name"')),
        ({"entry": {"port": 1}}, ("entry", "found a mapping", "a list of mappings")),
        ({"arn": "x"}, ("arn", "is set by the provider", "no value")),
        ({"name": 17}, ("name", "found the number 17", "text")),
        ({"name": True}, ("name", "found true", "text")),
        ({"size": "3"}, ("size", 'found "3"', "a number")),
        ({"size": True}, ("size", "found true", "a number")),
        ({"encrypted": "true"}, ("encrypted", 'found "true"', "true or false")),
        ({"ports": 80}, ("ports", "found the number 80", "a list")),
        ({"ports": ["80"]}, ("ports[0]", 'found "80"', "a number")),
        ({"tags": ["a"]}, ("tags", "found a list", "a mapping")),
        ({"tags": {"a": 1}}, ("tags.a", "found the number 1", "text")),
        ({"options": {}}, ("options.mode", "missing", "text")),
        ({"options": "${var.options}"}, ("options", 'found "${var.options}"', "a block")),
        ({"options": [{"mode": "x"}, {"mode": "y"}]}, ("options", "found 2 blocks", "one block")),
        ({"options": {"mode": "x", "mood": "y"}}, ("options.mood", "no such argument", '"mode"')),
        ({"rule": [{"prot": 1}]}, ("rule[0].prot", "no such argument", '"port"')),
        ({"rule": ["x"]}, ("rule[0]", 'found "x"', "a block")),
        ({"dynamic": {"rul": {}}}, ("dynamic.rul", "no such block", '"rule"')),
        (
            {"dynamic": {"rule": {"for_each": [], "content": {"prot": 1}}}},
            ("dynamic.rule.content.prot", "no such argument", '"port"'),
        ),
    ],
)
def test_everything_else_is_named(given: dict[str, object], complaint: tuple[str, str, str]) -> None:
    assert list(BLOCK.complaints({"name": "x", **given})) == [complaint]


def test_a_missing_argument_is_named() -> None:
    assert list(BLOCK.complaints({})) == [("name", "missing", "text")]
