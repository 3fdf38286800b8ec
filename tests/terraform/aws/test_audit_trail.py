"""The audit trail on AWS."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import AuditTrail, KeyRing, Observability
from quantacirc_cdk.terraform.interface import AuditTrailProps, KeyRingProps, ObservabilityProps
from support.terraform.stacks import Json

Declared = Callable[[Callable[[Stack, dict[str, Any]], object]], dict[str, Json]]
Statements = Callable[[str], dict[str, Json]]
TRAIL = "arn:aws:cloudtrail:eu-central-1:111111111111:trail/shop-prod-audit-trail"
BUCKET = "arn:aws:s3:::shop-prod-audit-trail"


def trail(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        AuditTrail(scope, "audit-trail", AuditTrailProps(**{"name": "shop-prod", **shared, **changes}))

    return declared(declare)


def test_a_trail_covers_all_regions_and_shows_what_was_changed_in_it(declared: Declared) -> None:
    found = trail(declared)["aws_cloudtrail.audit_trail"]
    assert found["is_multi_region_trail"]
    assert found["include_global_service_events"]
    assert found["enable_log_file_validation"]
    assert found["kms_key_id"].endswith("audit-trail")
    # CloudTrail refuses a bucket to which it cannot write.
    assert found["depends_on"] == ["aws_s3_bucket_policy.audit_trail"]


def test_only_the_trail_writes_into_its_bucket(declared: Declared, statements: Statements) -> None:
    found = trail(declared)
    said = statements(found["aws_s3_bucket_policy.audit_trail"]["policy"])
    assert said["TrailWrites"]["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert said["TrailWrites"]["Resource"] == f"{BUCKET}/AWSLogs/111111111111/*"
    assert said["TrailWrites"]["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL
    assert said["TrailReadsAcl"]["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}
    deny = said["DenyOtherWriters"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:PutObject")
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceArn": TRAIL}}
    assert found["aws_s3_bucket_versioning.audit_trail"]["versioning_configuration"] == {"status": "Enabled"}
    block = found["aws_s3_bucket_public_access_block.audit_trail"]
    assert all(value for key, value in block.items() if key.startswith(("block", "ignore", "restrict")))
    assert found["aws_s3_bucket_logging.audit_trail"]["target_bucket"].startswith("${aws_s3_bucket.audit_trail_access")


def test_log_files_go_after_their_retention(declared: Declared) -> None:
    (rule,) = trail(declared, retention_days=400)["aws_s3_bucket_lifecycle_configuration.audit_trail"]["rule"]
    assert rule["expiration"] == {"days": 400}
    assert rule["noncurrent_version_expiration"] == {"noncurrent_days": 30}


def test_the_key_is_for_trails_of_the_account(declared: Declared, statements: Statements) -> None:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        place = {"region": shared["region"], "account": shared["account"]}
        KeyRing(scope, "keys", KeyRingProps(name="shop-prod", **place, purposes=["audit-trail", "logs"]))

    found = declared(declare)
    service = statements(found["aws_kms_key.audit_trail"]["policy"])["CloudTrail"]
    assert service["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    source = "arn:aws:cloudtrail:eu-central-1:111111111111:trail/*"
    assert service["Condition"] == {"ArnLike": {"aws:SourceArn": source}}
    assert "cloudtrail" not in found["aws_kms_key.logs"]["policy"]


def test_guard_duty_reads_the_audit_logs_of_eks_where_it_is_asked_to(declared: Declared) -> None:
    found = trail(declared, threat_detection=True)
    assert found["aws_guardduty_detector.audit_trail"]["enable"]
    feature = found["aws_guardduty_detector_feature.audit_trail"]
    assert feature["detector_id"] == "${aws_guardduty_detector.audit_trail.id}"
    assert (feature["name"], feature["status"]) == ("EKS_AUDIT_LOGS", "ENABLED")
    assert "guardduty" not in json.dumps(list(trail(declared)))


def threats(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        place = {"name": "shop-prod", "region": shared["region"], "account": shared["account"]}
        keys = KeyRing(scope, "keys", KeyRingProps(**place, purposes=["audit-trail", "logs"]))
        made = AuditTrail(
            scope, "audit-trail", AuditTrailProps(**{**place, "threat_detection": True} | changes, keys=keys)
        )
        owners = ("a@shop.example", "b@shop.example")
        alarms = Observability(scope, "alarms", ObservabilityProps(**place, keys=keys, owners=owners))
        alarms.watch_threats(made)

    return declared(declare)


def test_the_owners_hear_of_what_guard_duty_finds(declared: Declared, statements: Statements) -> None:
    found = threats(declared)
    rule = found["aws_cloudwatch_event_rule.audit_trail_threats"]
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 4]}]},
    }
    target = found["aws_cloudwatch_event_target.audit_trail_threats_1"]
    assert target["rule"] == "${aws_cloudwatch_event_rule.audit_trail_threats.name}"
    assert target["arn"] == "${aws_sns_topic.alarms.arn}"
    # EventBridge refuses a role for an encrypted topic: the policies of topic and key admit it.
    assert "role_arn" not in target
    said = statements(found["aws_sns_topic_policy.alarms"]["policy"])
    assert set(said) == {"Alarms", "Threats"}
    assert said["Alarms"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    assert said["Threats"] == {
        "Sid": "Threats",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sns:Publish"],
        "Resource": ["${aws_sns_topic.alarms.arn}"],
    }
    key = statements(found["aws_kms_key.logs"]["policy"])
    assert {"AccountDelegatesToIam", "CloudWatchAlarms", "CloudWatchLogs", "EventBridge"} == set(key)
    assert key["EventBridge"]["Principal"] == {"Service": "events.amazonaws.com"}
    assert key["EventBridge"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    # Requests of EventBridge for a topic have neither an account nor a rule in them.
    assert "Condition" not in key["EventBridge"]
    assert "EventBridge" not in statements(found["aws_kms_key.audit_trail"]["policy"])


def test_every_field_of_the_message_is_one_of_a_finding(declared: Declared) -> None:
    message = threats(declared)["aws_cloudwatch_event_target.audit_trail_threats_1"]["input_transformer"]
    assert set(re.findall("<([A-Za-z]+)>", message["input_template"])) == message["input_paths"].keys()
    assert message["input_paths"]["title"] == "$.detail.title"
    # Each line is a text in quotes of its own.
    assert all(re.fullmatch('"[^"]+"', line) for line in message["input_template"].splitlines())


def test_topics_that_are_there_already_hear_of_threats_too(declared: Declared) -> None:
    topics = [f"arn:aws:sns:eu-central-1:111111111111:{name}" for name in ("one", "two")]

    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        props = AuditTrailProps(name="shop-prod", threat_detection=True, **shared)
        Observability.from_existing(name="shop-prod", targets=topics).watch_threats(AuditTrail(scope, "trail", props))

    targets = {address: one for address, one in declared(declare).items() if "event_target" in address}
    assert [one["arn"] for one in targets.values()] == topics


def test_a_trail_without_threat_detection_finds_none(declared: Declared) -> None:
    with pytest.raises(PropsError, match="shop-prod: an audit trail without threat detection, which finds no threats"):
        threats(declared, threat_detection=False)


@pytest.mark.integration
def test_there_is_no_trail_by_default(prod: dict[str, Json]) -> None:
    assert not [address for address in prod if "audit_trail" in address]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "s" * 40}, '" of 40 characters, expected at most 39: S3 allows 63'),
        ({"name": "Shop"}, "expected lower-case letters, digits and dashes"),
        ({"retention_days": 0}, "0 days, expected 1 to 3650"),
    ],
)
def test_a_trail_is_what_aws_takes(declared: Declared, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PropsError) as error:
        trail(declared, **changes)
    assert said in str(error.value)
