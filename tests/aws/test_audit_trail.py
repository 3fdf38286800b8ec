"""An audit trail on AWS is created, settles and goes, by the real Terraform and provider on loopback."""

from pathlib import Path
from typing import Any

import pytest

from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import AuditTrail, KeyRing, Observability, Provider
from quantacirc_cdk.terraform.disposable import make_disposable
from quantacirc_cdk.terraform.interface import AuditTrailProps, KeyRingProps, ObservabilityProps
from support.terraform.stacks import synthesized

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

PLACE: dict[str, Any] = {"region": "eu-central-1", "account": "111122223333"}


def test_a_disposable_trail_settles_logs_and_goes_with_its_files(tmp_path: Path) -> None:
    synthesized(tmp_path / "made", declare)
    with served(PLACE["account"], PLACE["region"], tmp_path) as aws:
        stack = AppliedStack.first(tmp_path / "one", tmp_path / "made" / "stacks" / "test", aws)
        stack.apply()
        assert stack.plan() == {}, "a second plan finds something to do"
        assert aws.ask("cloudtrail", "get_trail_status", Name="shop-prod-audit-trail")["IsLogging"]
        (detector,) = aws.ask("guardduty", "list_detectors")["DetectorIds"]
        found = aws.ask("guardduty", "get_detector", DetectorId=detector)
        assert {one["Name"]: one["Status"] for one in found["Features"]}["EKS_AUDIT_LOGS"] == "ENABLED"
        (rule,) = aws.ask("events", "list_rules")["Rules"]
        assert (rule["Name"], rule["State"]) == ("shop-prod-threats", "ENABLED")
        (target,) = aws.ask("events", "list_targets_by_rule", Rule=rule["Name"])["Targets"]
        (topic,) = aws.ask("sns", "list_topics")["Topics"]
        assert target["Arn"] == topic["TopicArn"]
        # CloudTrail has written into the bucket by now.
        assert stack.destroy().returncode == 0


def declare(stack: Stack) -> None:
    Provider(stack, "provider", **PLACE, recovery_region=None, tags={"system": "shop"})
    keys = KeyRing(stack, "keys", KeyRingProps(name="shop-prod", **PLACE, purposes=["audit-trail", "logs"]))
    made = {"name": "shop-prod", "keys": keys, **PLACE}
    trail = AuditTrail(stack, "audit-trail", AuditTrailProps(**made, threat_detection=True))
    Observability(stack, "alarms", ObservabilityProps(**made, owners=["a@shop.example"])).watch_threats(trail)
    make_disposable(stack.elements)
