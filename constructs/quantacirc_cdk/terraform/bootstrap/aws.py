"""A state store on S3."""

from quantacirc_cdk.limits.buckets import ACCESS_LOGS
from quantacirc_cdk.terraform.aws.access_logs import AccessLogs
from quantacirc_cdk.terraform.aws.bucket import Bucket
from quantacirc_cdk.terraform.aws.iam import allow, policy
from quantacirc_cdk.terraform.aws.key_ring import KeyRing
from quantacirc_cdk.terraform.bootstrap.store import VERSION_DAYS, StateStoreProps
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.key_ring import KeyRingProps
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.text.terraform import bare


class StateStore(Checked, Construct):
    """A private, versioned bucket with its own key and access logs, and a policy for the roles that run Terraform.

    The policy allows what the S3 backend needs for one state and its lock file, but neither access to the state of this
    stack nor deleting versions (https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required).
    Terraform refuses to destroy the bucket and key. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: StateStoreProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        props.check_for("aws")

    def __init__(self, scope: Construct, id: str, props: StateStoreProps) -> None:
        super().__init__(scope, id)
        keys = KeyRing(
            self,
            "keys",
            KeyRingProps(
                name=props.bucket,
                region=props.region,
                account=props.account,
                purposes=("state",),
                deletion_protection=True,
            ),
        )
        key_id = keys.key_id("state")
        store = Bucket(
            self,
            "bucket",
            terraform_name="state",
            bucket=props.bucket,
            region=props.region,
            key_id=key_id,
            noncurrent_days=VERSION_DAYS,
        )
        store.bucket.arguments["lifecycle"] = {"prevent_destroy": True}
        AccessLogs(
            self,
            "access-logs",
            source=store,
            terraform_name="state",
            bucket=f"{props.bucket}{ACCESS_LOGS}",
            region=props.region,
            account=props.account,
            prefix="state",
        )
        state = f"{store.bucket_arn}/{props.state}.tfstate"
        Resource(
            self,
            "aws_iam_role_policy",
            "state",
            for_each=f"${{toset({bare(props.operators)})}}",
            name=f"{props.bucket}-access",
            role="${each.value}",
            policy=policy(
                allow(["s3:ListBucket"], [store.bucket_arn], "List"),
                allow(["s3:GetObject", "s3:PutObject"], [state], "State"),
                allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{state}.tflock"], "Lock"),
                allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [key_id], "Key"),
            ),
        )
