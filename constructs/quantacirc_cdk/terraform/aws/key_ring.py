"""KMS keys by purpose."""

from collections.abc import Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws.iam import Statement, arn, partition, policy
from quantacirc_cdk.terraform.aws.provider import RECOVERY
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.key_ring import ExistingKeyRing, KeyRingProps, Purpose
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_COPIED: tuple[Purpose, ...] = ("database", "objects", "secrets")
"""Purposes whose data is copied to the recovery region."""
_NODE_ROLES = (
    "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*",
    "spot.amazonaws.com/AWSServiceRoleForEC2Spot",
)
"""Service-linked roles that create the disks of nodes. IAM grants all other access to the key."""
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


class KeyRing(Checked, Construct):
    """A customer-managed key with yearly rotation and an alias for each purpose.

    With a recovery region, also creates separate keys there for copied data. They are not replicas, so that the loss of
    one does not affect the other.
    """

    def __init__(self, scope: Construct, id: str, props: KeyRingProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._keys = {name: self._key(name, None) for name in props.keys}
        self._recovery_keys = {name: self._key(name, RECOVERY) for name in props.copied(*_COPIED)}

    @staticmethod
    def from_existing(*, keys: Mapping[str, str], recovery_keys: Mapping[str, str] | None = None) -> ExistingKeyRing:
        """Return existing keys for other constructs; creates nothing.

        They are ARNs. The policy of the key for logs must admit CloudWatch and, for ``Observability.watch_threats``,
        EventBridge, and that for volumes Auto Scaling.
        """
        return ExistingKeyRing(keys=keys, recovery_keys=recovery_keys or {})

    def key_id(self, name: str) -> str:
        """Return a reference to the ARN of the key ``name``."""
        return self._find(self._keys, name, "")

    def recovery_key_id(self, name: str) -> str:
        """Return a reference to the ARN of the key for copies in the recovery region."""
        return self._find(self._recovery_keys, name, " in a recovery region")

    def admit_events(self, name: str) -> None:
        """Let EventBridge use the key ``name``, so that its rules can send messages to an encrypted topic.

        Without a condition: requests for a topic have neither an account nor a rule in them, and the topic's policy
        decides who may publish (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
        """
        key, props = self._keys[name], self.props
        statements = key_statements(props.keys[name], props.region, props.account)
        events = {
            "Sid": "EventBridge",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        }
        key.arguments["policy"] = policy(*statements, events)

    def _find(self, keys: Mapping[str, Resource], name: str, where: str) -> str:
        if name not in keys:
            raise PropsError(f"{self.props.name}: the key ring has no key for {name}{where}")
        return keys[name].arn

    def _key(self, name: str, provider: str | None) -> Resource:
        where = "recovery" if provider else ""
        address = terraform_name(name, where)
        region = (self.props.recovery_region if provider else None) or self.props.region
        key = Resource(
            self,
            "aws_kms_key",
            address,
            provider=provider,
            description=f"{self.props.name}: {name}{' copies' if provider else ''}",
            enable_key_rotation=True,
            deletion_window_in_days=self.props.deletion_days,
            policy=policy(*key_statements(self.props.keys[name], region, self.props.account)),
            lifecycle={"prevent_destroy": True} if self.props.deletion_protection else None,
        )
        Resource(
            self,
            "aws_kms_alias",
            address,
            provider=provider,
            name="alias/" + "-".join(filter(None, (self.props.name, name, where))),
            target_key_id=key.ref("key_id"),
        )
        return key


def key_statements(purpose: Purpose, region: str, account: str) -> list[Statement]:
    """Return who may use the key for ``purpose``: whom IAM allows to, and the services that encrypt with it."""
    statements: list[Statement] = [
        {
            # Without it a mistake in the policy would lock everyone out for good
            # (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
            "Sid": "AccountDelegatesToIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition(region)}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    if purpose == "logs":
        statements.append(
            _service(
                "CloudWatchLogs",
                f"logs.{region}.amazonaws.com",
                {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", region, account, "*")}},
            )
        )
        statements.append(
            _service("CloudWatchAlarms", "cloudwatch.amazonaws.com", {"StringEquals": {"aws:SourceAccount": account}})
        )
    if purpose == "audit-trail":
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        trails = {"ArnLike": {"aws:SourceArn": arn("cloudtrail", region, account, "trail/*")}}
        statements.append(_service("CloudTrail", "cloudtrail.amazonaws.com", trails))
    if purpose == "volumes":
        roles = f"arn:{partition(region)}:iam::{account}:role/aws-service-role"
        statements.append(
            {
                # The role of Auto Scaling, and that of EC2 for spot nodes. AWS creates them with the account's first
                # group, and a policy cannot name a principal before it exists, but a condition can
                # (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html).
                "Sid": "DisksOfNodes",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [*_USE, "kms:CreateGrant"],
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"ec2.{region}.amazonaws.com"},
                    "ArnLike": {"aws:PrincipalArn": [f"{roles}/{role}" for role in _NODE_ROLES]},
                },
            }
        )
    return statements


def _service(sid: str, service: str, condition: Mapping[str, object]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(_USE),
        "Resource": "*",
        "Condition": condition,
    }
