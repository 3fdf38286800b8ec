"""The audit trail of an account, in CloudTrail, and GuardDuty."""

from quantacirc_cdk.limits.audit_trails import AUDIT_TRAIL
from quantacirc_cdk.limits.buckets import ACCESS_LOGS
from quantacirc_cdk.terraform.aws.access_logs import AccessLogs
from quantacirc_cdk.terraform.aws.bucket import Bucket
from quantacirc_cdk.terraform.aws.iam import Statement, arn
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.audit_trail import AuditTrailProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_RECOVERY_DAYS = 30
"""Days in which a deleted log file can be restored."""


class AuditTrail(Checked, Construct):
    """A trail of all regions with log file validation, in an encrypted bucket to which only this trail writes.

    Creates the bucket with its access logs, and deletes log files after ``retention_days``. The trail has management
    events, and none of data. With ``threat_detection``, also creates the GuardDuty detector of the region, which reads
    the audit logs of EKS; ``Observability.watch_threats`` tells the owners what it finds. Raises ``PropsError`` for a
    name of more than 39 characters: those of the buckets are longer.
    """

    @staticmethod
    def check_props(props: AuditTrailProps) -> None:
        """Raise ``PropsError`` for what AWS refuses."""
        rules = Rules(props.name)
        rules.matches("name", props.name, r"[a-z0-9][-a-z0-9]*", "lower-case letters, digits and dashes")
        rules.check()
        props.check_on("aws")

    def __init__(self, scope: Construct, id: str, props: AuditTrailProps) -> None:
        super().__init__(scope, id)
        self.props = props
        name, self._trail_name = terraform_name(id), f"{props.name}{AUDIT_TRAIL}"
        trail_arn = arn("cloudtrail", props.region, props.account, f"trail/{self._trail_name}")
        key_id = props.keys.key_id("audit-trail")
        bucket = self._bucket(name, trail_arn, key_id)
        self.trail = Resource(
            self,
            "aws_cloudtrail",
            name,
            name=self._trail_name,
            s3_bucket_name=bucket.bucket.id,
            kms_key_id=key_id,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            # CloudTrail tries to write before it accepts the bucket.
            depends_on=[bucket.policy],
        )
        self.detector: Resource | None = None
        """GuardDuty's detector, with ``threat_detection``."""
        if props.threat_detection:
            self.detector = Resource(
                self,
                "aws_guardduty_detector",
                name,
                enable=True,
                finding_publishing_frequency="FIFTEEN_MINUTES",
            )
            Resource(
                self,
                "aws_guardduty_detector_feature",
                name,
                detector_id=self.detector.id,
                name="EKS_AUDIT_LOGS",
                status="ENABLED",
            )

    def _bucket(self, name: str, trail_arn: str, key_id: str) -> Bucket:
        props, bucket_name = self.props, self._trail_name
        bucket = Bucket(
            self,
            "bucket",
            terraform_name=name,
            bucket=bucket_name,
            region=props.region,
            key_id=key_id,
            expire_days=props.retention_days,
            noncurrent_days=_RECOVERY_DAYS,
            statements=_writers(bucket_name, trail_arn, props.account),
        )
        AccessLogs(
            self,
            "access-logs",
            source=bucket,
            terraform_name=name,
            bucket=f"{bucket_name}{ACCESS_LOGS}",
            region=props.region,
            account=props.account,
            prefix=name,
        )
        return bucket


def _writers(bucket: str, trail_arn: str, account: str) -> list[Statement]:
    """Return the statements that let the trail write, and nobody else
    (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html).
    """
    bucket_arn = f"{trail_arn.partition(':cloudtrail:')[0]}:s3:::{bucket}"
    service, source = {"Service": "cloudtrail.amazonaws.com"}, {"aws:SourceArn": trail_arn}
    owned = {"s3:x-amz-acl": "bucket-owner-full-control"}
    return [
        {
            "Sid": "TrailReadsAcl",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": {"StringEquals": source},
        },
        {
            "Sid": "TrailWrites",
            "Effect": "Allow",
            "Principal": service,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account}/*",
            "Condition": {"StringEquals": {**source, **owned}},
        },
        {
            # A request without the key is refused, too: this condition holds where the key is absent
            # (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
            "Sid": "DenyOtherWriters",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/*",
            "Condition": {"StringNotEquals": source},
        },
    ]
