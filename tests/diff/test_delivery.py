"""How an environment is delivered, and what stays when its file is gone."""

import json

import pytest

from quantacirc_cdk.diff import FORMATS, Files, Impact, compare_outputs
from quantacirc_cdk.errors import OutputError
from support.diff.objects import an, files

ENV = """\
# Read by scripts/*.sh.
ENVIRONMENT=prod
CONTEXT=shop-prod
NAMESPACE=shop
RELEASE=shop
APPROVAL=true
MIGRATION=''
WINDOWS='0|9|*|*|1,2|true|8|Europe/Berlin;0|22|*|*|3|true|2|UTC'
ATTESTATIONS='cyclonedx slsaprovenance1'
"""


def output(text: str = ENV) -> Files:
    return files(an("Deployment")) | {"operations/prod.env": text.encode()}


@pytest.mark.parametrize(
    ("before", "after", "impact", "rules"),
    [
        ("APPROVAL=true", "APPROVAL=false", Impact.WEAKER_DELIVERY, {"approval-removed"}),
        ("CONTEXT=shop-prod", "CONTEXT=other", Impact.WEAKER_DELIVERY, {"target-changed"}),
        (";0|22|*|*|3|true|2|UTC", "", Impact.NO_OP, {"windows-stricter"}),
        ("0|22|", "0|21|", Impact.WEAKER_DELIVERY, {"windows-wider"}),
        (ENV[ENV.index("WINDOWS=") : ENV.index("ATTEST")], "WINDOWS=''\n", Impact.WEAKER_DELIVERY, {"windows-wider"}),
        (" slsaprovenance1", "", Impact.WEAKER_DELIVERY, {"signatures-changed"}),
        ("MIGRATION=''", "MIGRATION=3", Impact.NO_OP, set()),
    ],
)
def test_a_weaker_delivery_is_a_finding(before: str, after: str, impact: Impact, rules: set[str]) -> None:
    assert before in ENV
    report = compare_outputs(output(), output(ENV.replace(before, after)))
    assert report.impact == impact
    assert {finding.rule.id for item in report.objects for finding in item.findings} == rules
    assert {item.name for item in report.objects} <= {"Delivery prod"}


def test_a_text_that_no_shell_reads_is_refused() -> None:
    with pytest.raises(OutputError, match=r"operations/prod\.env: no shell assignments in after"):
        compare_outputs(output(), output(f"{ENV}RELEASE='shop\n"))


def test_what_remains_of_an_environment_without_file_is_said_with_how_to_remove_it() -> None:
    stack = {"aws_s3_bucket": {"a": {"bucket": "x"}, "b": {"bucket": "y"}}, "aws_vpc": {"a": {}}}
    report = compare_outputs(files(an("Deployment"), an("Service"), stack=stack), {})
    assert [(item.name, item.action, item.impact) for item in report.objects] == [
        ("Environment prod", "removed", Impact.WEAKER_DELIVERY),
        ("stack.prod-aws", "removed", Impact.WEAKER_DELIVERY),
    ]
    said = " ".join(FORMATS["text"](report).split())
    assert "destroys" not in said.replace("applies or destroys", "")
    assert "(2 objects)" in said
    assert "run `terraform destroy` in this folder of the last revision that has it (3 resources, with data: " in said
    assert json.loads(FORMATS["json"](report))["impact"] == "weaker-delivery"
    assert "weaker delivery" in FORMATS["markdown"](report)
