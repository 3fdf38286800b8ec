"""A state store on Cloud Storage."""

from quantacirc_cdk.limits.buckets import ACCESS_LOGS
from quantacirc_cdk.terraform.bootstrap.store import VERSION_DAYS, StateStoreProps
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.bucket import Bucket
from quantacirc_cdk.terraform.gcp.key_ring import KeyRing
from quantacirc_cdk.terraform.gcp.object_store import ACCESS_LOG_DAYS
from quantacirc_cdk.terraform.interface.key_ring import KeyRingProps
from quantacirc_cdk.text.terraform import bare


class StateStore(Checked, Construct):
    """A private, versioned bucket with its own key and access logs, and a grant for everyone who runs Terraform.

    The grant covers the whole bucket, because the backend lists its objects, which Cloud Storage cannot restrict.
    Terraform refuses to destroy the bucket, key ring and key. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: StateStoreProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        props.check_for("gcp")

    def __init__(self, scope: Construct, id: str, props: StateStoreProps) -> None:
        super().__init__(scope, id)
        keys = KeyRing(
            self,
            "state",
            KeyRingProps(name=props.bucket, region=props.region, account=props.account, purposes=("state",)),
        )
        key_id = keys.key_id("state")
        logs = Bucket(
            self,
            "access-logs",
            terraform_name="state_access_logs",
            bucket=f"{props.bucket}{ACCESS_LOGS}",
            region=props.region,
            # The group that writes the logs cannot use a customer-managed key, but the service's agent can.
            key_id=key_id,
            expire_days=ACCESS_LOG_DAYS,
            noncurrent_days=1,
        )
        # Google's log writer (https://cloud.google.com/storage/docs/access-logs#delivery).
        logs.grant("state_access_logs", "roles/storage.objectCreator", "group:cloud-storage-analytics@google.com")
        store = Bucket(
            self,
            "bucket",
            terraform_name="state",
            bucket=props.bucket,
            region=props.region,
            key_id=key_id,
            noncurrent_days=VERSION_DAYS,
            log_bucket=logs.bucket.ref("name"),
        )
        store.bucket.arguments["lifecycle"] = {"prevent_destroy": True}
        store.grant(
            "state",
            "roles/storage.objectUser",
            "${each.value}",
            for_each=f"${{toset({bare(props.operators)})}}",
        )
