"""A copy of a bucket in the recovery region."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.bucket import Bucket
from quantacirc_cdk.terraform.gcp.services import enable, storage_agent, transfer_agent
from quantacirc_cdk.terraform.interface.object_store import ObjectStoreProps
from quantacirc_cdk.terraform.names import terraform_name as join
from quantacirc_cdk.terraform.resource import Resource


class Replication(Construct):
    """A bucket in the recovery region, and the job that copies every new object there, encrypted with a key there.

    Deletions are not copied: what is deleted here by mistake is still there. A dual-region bucket would copy them, and
    could not be made of one that is there.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        props: ObjectStoreProps,
        store: Bucket,
        terraform_name: str,
        log_bucket: str,
    ) -> None:
        super().__init__(scope, id)
        region = props.recovery_region
        assert region is not None  # noqa: S101  only made with one
        copy = Bucket(
            self,
            "bucket",
            terraform_name=join(terraform_name, "recovery"),
            bucket=f"{props.name}-recovery",
            region=region,
            key_id=props.keys.recovery_key_id(props.key),
            expire_days=props.expire_after_days,
            noncurrent_days=props.retention_days,
            lock_days=props.lock_days,
            storage_class="NEARLINE",
            log_bucket=log_bucket,
        )
        agent = transfer_agent(self)
        # https://cloud.google.com/storage-transfer/docs/cross-bucket-replication#permissions
        grants = [
            store.grant(join(terraform_name, "source", purpose), role, agent)
            for purpose, role in (("read", "roles/storage.objectViewer"), ("list", "roles/storage.legacyBucketReader"))
        ]
        grants += [
            copy.grant(join(terraform_name, "copy", purpose), role, agent)
            for purpose, role in (("write", "roles/storage.objectUser"), ("list", "roles/storage.legacyBucketReader"))
        ]
        grants += [
            # The service makes the topic and subscription of the bucket's changes itself, and may not be told where.
            self._project(props, join(terraform_name, "subscribe"), "roles/pubsub.editor", agent),
            self._project(props, join(terraform_name, "publish"), "roles/pubsub.publisher", storage_agent(self)),
        ]
        Resource(
            self,
            "google_storage_transfer_job",
            terraform_name,
            description=f"{props.name} to {region}",
            replication_spec={
                "gcs_data_source": {"bucket_name": store.bucket.ref("name")},
                "gcs_data_sink": {"bucket_name": copy.bucket.ref("name")},
                "transfer_options": {"overwrite_when": "DIFFERENT"},
            },
            depends_on=[*grants, *enable(self, "pubsub")],
        )

    def _project(self, props: ObjectStoreProps, name: str, role: str, member: str) -> Resource:
        return Resource(self, "google_project_iam_member", name, project=props.account, role=role, member=member)
