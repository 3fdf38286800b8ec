"""A place of their own for some of a project's logs."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.resource import Resource


class LogBucket(Construct):
    """A log bucket in the region, encrypted with a key of ours, and the sink that fills it with what ``filter`` takes.

    The same entries are kept out of the project's default bucket: they would be stored, and paid for, twice.
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
            description=f"{description}: in a bucket of its own",
            filter=filter,
            depends_on=[sink],
        )
