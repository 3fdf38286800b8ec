"""A separate log bucket for some of a project's logs."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.resource import Resource


class LogBucket(Construct):
    """A log bucket in the region, encrypted with a customer-managed key, and the sink for entries that match
    ``filter``.

    The entries are excluded from the project's default bucket, in which they would be stored and paid for again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        terraform_name: str,
        name: str,
        description: str,
        filter: str,
        project: str,
        region: str,
        retention_days: int,
        key_id: str | None,
    ) -> None:
        super().__init__(scope, id)
        self.bucket = Resource(
            self,
            "google_logging_project_bucket_config",
            terraform_name,
            project=project,
            location=region,
            bucket_id=name,
            description=description,
            retention_days=retention_days,
            cmek_settings={"kms_key_name": key_id} if key_id else None,
            depends_on=enable(self, "logging"),
        )
        sink = Resource(
            self,
            "google_logging_project_sink",
            terraform_name,
            name=name,
            description=description,
            destination=f"logging.googleapis.com/{self.bucket.id}",
            filter=filter,
            unique_writer_identity=True,
        )
        Resource(
            self,
            "google_logging_project_exclusion",
            terraform_name,
            name=name,
            description=f"{description}: in a separate bucket",
            filter=filter,
            depends_on=[sink],
        )
