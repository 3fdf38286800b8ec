"""A plan of Terraform, in the words of the other comparisons."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.diff import FORMATS, Report, report_on_plan
from quantacirc_cdk.diff.access import widened

Json = dict[str, Any]


def planned(
    address: str, actions: list[str], before: Json | None = None, after: Json | None = None, **more: Any
) -> Json:
    kind, _, name = address.rpartition(".")
    top = {key: more.pop(key) for key in ("action_reason", "previous_address", "deposed") if key in more}
    change = {"actions": actions, "before": before, "after": after, "after_unknown": {}, **more}
    return {
        "address": address,
        "mode": "managed",
        "type": kind.rpartition(".")[2],
        "name": name,
        "change": change,
    } | top


def document(*changes: Json, **more: Any) -> Json:
    return {"format_version": "1.2", "resource_changes": list(changes), **more}


def report(*changes: Json, **more: Any) -> Report:
    return report_on_plan(document(*changes, **more), "prod-aws")


def classes(found: Report) -> list[tuple[str, str, str]]:
    return [(item.name, item.action, item.impact.value) for item in found.objects]


def test_each_action_has_its_class_and_the_worst_comes_first() -> None:
    found = report(
        planned("aws_vpc.main", ["no-op"], {"id": "a"}, {"id": "a"}),
        planned("aws_subnet.new", ["create"], None, {"cidr_block": "10.0.0.0/24"}),
        planned("aws_subnet.old", ["delete"], {"cidr_block": "10.0.1.0/24"}),
        planned("aws_s3_bucket.files", ["delete"], {"bucket": "x"}),
        planned("aws_s3_bucket.left", ["forget"], {"bucket": "x"}),
        planned("aws_iam_role.role", ["update"], {"description": "a"}, {"description": "b"}),
        planned("aws_db_instance.db", ["update"], {"instance_class": "a"}, {"instance_class": "b"}),
        planned("aws_subnet.moved", ["no-op"], {"a": 1}, {"a": 1}, previous_address="aws_subnet.former"),
        planned("aws_subnet.here", ["no-op"], {"a": 1}, {"a": 1}, importing={"id": "subnet-1"}),
        planned("aws_subnet.odd", ["bend"], {"a": 1}, {"a": 1}),
        output_changes={"host": {"actions": ["create"], "before": None, "after": "h", "after_unknown": False}},
    )
    assert classes(found) == [
        ("aws_s3_bucket.files", "removed", "stateful-destroy"),
        ("aws_subnet.old", "removed", "destroy"),
        ("aws_subnet.odd", "changed", "replace"),
        ("aws_db_instance.db", "changed", "unavailability"),
        ("aws_iam_role.role", "changed", "in-place"),
        ("aws_s3_bucket.left", "removed", "no-op"),
        ("aws_subnet.here", "changed", "no-op"),
        ("aws_subnet.moved", "changed", "no-op"),
        ("aws_subnet.new", "added", "no-op"),
        ("output.host", "changed", "no-op"),
    ]
    text = " ".join(FORMATS["text"](found).split())
    assert "the database restarts, with a failover if it is multi-AZ" in text
    assert "moved from aws_subnet.former" in text
    assert "the objects would be lost" in text


@pytest.mark.parametrize(
    ("actions", "order"),
    [
        (["delete", "create"], "the old resource is destroyed first"),
        (["create", "delete"], "the new resource is created before the old one is destroyed"),
    ],
)
def test_a_replaced_resource_names_the_argument_that_forces_it_and_what_goes_first(
    actions: list[str], order: str
) -> None:
    before: Json = {"disk": [{"size": 1, "name": "a"}], "label": "a"}
    after: Json = {"disk": [{"size": 2, "name": "a"}], "label": "b"}
    found = report(planned("aws_ebs_volume.v", actions, before, after, replace_paths=[["disk", 0, "size"]]))
    (item,) = found.objects
    (finding,) = item.findings
    assert (finding.change.field, finding.change.before, finding.change.after) == ("disk.size", 1, 2)
    assert finding.impact.value == "stateful-destroy"
    assert f"{order}: the volume would be lost" in finding.rule.says


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("replace_because_tainted", "tainted"),
        ("replace_by_request", "requested"),
        ("replace_by_triggers", "triggered"),
        ("something_new", "replaced"),
    ],
)
def test_a_resource_without_such_an_argument_names_the_reason(reason: str, rule: str) -> None:
    found = report(planned("aws_subnet.a", ["delete", "create"], {"x": 1}, {"x": 1}, action_reason=reason))
    assert [finding.rule.id for finding in found.objects[0].findings] == [rule]


@pytest.mark.parametrize(("running", "impact"), [(3, "recreate"), (5, "in-place")])
def test_a_minimum_above_the_nodes_that_run_is_refused(running: int, impact: str) -> None:
    before, after = (
        {"scaling_config": [{"min_size": least, "max_size": 9, "desired_size": running}]} for least in (3, 5)
    )
    found = report(planned("aws_eks_node_group.a", ["update"], before, after))
    assert classes(found) == [("aws_eks_node_group.a", "changed", impact)]


def test_the_plan_decides_what_is_replaced_and_not_our_tables() -> None:
    found = report(planned("aws_security_group.a", ["update"], {"description": "a"}, {"description": "b"}))
    assert found.impact.value == "in-place"


def test_secrets_are_not_shown_and_what_nobody_knows_yet_has_a_word() -> None:
    found = report(
        planned(
            "aws_ssm_parameter.p",
            ["update"],
            {"value": "one", "kept": "two", "list": ["three", "four"], "gone": "five", "version": 1},
            {"value": "six", "kept": "two", "list": ["three", "seven"], "version": None},
            after_unknown={"version": True},
            before_sensitive={"value": True, "kept": True, "list": [False, True], "gone": True},
            after_sensitive={"value": True, "kept": True, "list": [False, True]},
        )
    )
    said = {change.change.field: (change.change.before, change.change.after) for change in found.objects[0].findings}
    assert said["value"] == ("(sensitive)", "(another sensitive value)")
    assert said["list"] == (["three", "(sensitive)"], ["three", "(another sensitive value)"])
    assert said["gone"][0] == "(sensitive)"
    assert said["version"] == (1, "(known after apply)")
    assert "kept" not in said
    text = "".join(FORMATS[name](found) for name in FORMATS)
    assert not [secret for secret in ("one", "two", "four", "five", "six", "seven") if f'"{secret}"' in text]


def test_a_write_only_argument_changes_without_a_trace() -> None:
    (item,) = report(planned("aws_secretsmanager_secret_version.v", ["update"], {"a": 1}, {"a": 1})).objects
    assert (item.action, item.impact.value) == ("changed", "in-place")


def test_access_is_widened_by_a_grant_in_a_module_and_not_by_a_new_stack() -> None:
    grant = planned("module.roles.aws_iam_role_policy.p", ["create"], None, {"policy": "{}"})
    assert widened(report(grant)).objects == []
    beside = planned("aws_vpc.main", ["update"], {"tags": {}}, {"tags": {"a": "b"}})
    assert [item.name for item in widened(report(grant, beside)).objects] == ["module.roles.aws_iam_role_policy.p"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "not a plan of Terraform"),
        ('{"format_version": "2.0"}', "not a plan of Terraform"),
        ('{"format_version": "1.2", "errored": true}', "a plan that Terraform could not complete"),
        ('{"format_version": "1.2", "resource_changes": [{}]}', "a plan with changes that cannot be read"),
        ("{", "not JSON"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "prod-aws.json"
    file.write_text(text)
    assert main(["diff", "--plan", str(file)]) == 2
    assert f"{file}: {said}" in capsys.readouterr().err


def test_the_command_reads_a_plan_and_names_it_after_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prod-aws.json"
    file.write_text(json.dumps(document(planned("aws_s3_bucket.files", ["delete"], {"bucket": "x"}))))
    assert main(["diff", "--plan", str(file), "--fail-on", "data-loss"]) == 1
    printed = capsys.readouterr()
    assert "verdict: Terraform destroys aws_s3_bucket.files in prod-aws that holds data" in printed.out
    assert "refused: terraform prod-aws: aws_s3_bucket.files: destroys a stateful resource" in printed.err


@pytest.mark.parametrize("beside", [["prod"], ["--against", "HEAD"], ["--out", "x"], ["--project", "x"]])
def test_a_plan_is_compared_with_nothing(beside: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *beside, "--plan", "plan.json"]) == 2
    assert "beside it, expected the plan alone" in capsys.readouterr().err
