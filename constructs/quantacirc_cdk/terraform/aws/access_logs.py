"""Access logs of a bucket."""

from quantacirc_cdk.terraform.aws.bucket import Bucket
from quantacirc_cdk.terraform.aws.iam import allow
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name as join

KEPT_DAYS = 365


class AccessLogs(Construct):
    """A bucket in the region of ``source`` that S3 writes its access logs to, with a retention of a year."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: Bucket,
        terraform_name: str,
        bucket: str,
        region: str,
        account: str,
        prefix: str,
        provider: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        condition = {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": source.bucket_arn}}
        arn = f"{source.bucket_arn.rpartition(':')[0]}:{bucket}"
        write = allow(["s3:PutObject"], [f"{arn}/*"], "AccessLogs", Condition=condition)
        self.logs = Bucket(
            self,
            "bucket",
            terraform_name=join(terraform_name, "access_logs"),
            bucket=bucket,
            region=region,
            # The logging service cannot use customer-managed keys
            # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
            key_id=None,
            expire_days=KEPT_DAYS,
            noncurrent_days=1,
            statements=[{**write, "Principal": {"Service": "logging.s3.amazonaws.com"}}],
            provider=provider,
        )
        source.part(
            "aws_s3_bucket_logging",
            target_bucket=self.logs.bucket.id,
            target_prefix=f"{prefix}/",
            # S3 refuses a target that does not allow the logging service to write.
            depends_on=[self.logs.policy],
        )
