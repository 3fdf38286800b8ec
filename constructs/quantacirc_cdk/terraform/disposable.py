"""Changes to a stack so that it can be destroyed completely, and created again immediately with the same names."""

from collections.abc import Iterable, Mapping
from typing import Any

from quantacirc_cdk.terraform.elements import Declared

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    # A bucket with objects is not deleted (BucketNotEmpty):
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket#force_destroy
    "aws_s3_bucket": {"force_destroy": True},
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecr_repository#force_delete
    "aws_ecr_repository": {"force_delete": True},
    # A deleted secret keeps its name for its recovery window, and its copy in another region is still there:
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/secretsmanager_secret
    "aws_secretsmanager_secret": {"recovery_window_in_days": 0, "force_overwrite_replica_secret": True},
    # The last snapshot could not be read without the key, which goes with the stack:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
    "aws_db_instance": {
        "skip_final_snapshot": True,
        "final_snapshot_identifier": None,
        "delete_automated_backups": True,
    },
    "aws_rds_cluster": {
        "skip_final_snapshot": True,
        "final_snapshot_identifier": None,
        "delete_automated_backups": True,
    },
    # Records that others have written keep a zone:
    # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route53_zone#force_destroy
    "aws_route53_zone": {"force_destroy": True},
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/storage_bucket#force_destroy
    "google_storage_bucket": {"force_destroy": True},
    # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/dns_managed_zone#force_destroy
    "google_dns_managed_zone": {"force_destroy": True},
}
"""Arguments of the types whose resources would otherwise remain, or would keep their names."""


def make_disposable(resources: Iterable[Declared]) -> None:
    """Let ``terraform destroy`` delete ``resources`` and all their content permanently; None removes an argument."""
    for resource in resources:
        if resource.block != "resource":
            continue  # a data source reads what others own
        for name, value in ARGUMENTS.get(resource.type, {}).items():
            if value is None:
                resource.arguments.pop(name, None)
            else:
                resource.arguments[name] = value
