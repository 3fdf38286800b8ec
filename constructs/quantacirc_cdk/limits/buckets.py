"""Names of buckets on AWS and Google Cloud, and of those for their access logs."""

LONGEST = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://cloud.google.com/storage/docs/buckets#naming."""
ACCESS_LOGS = "-access-logs"
"""What the name of the bucket for access logs adds to that of the bucket."""
RECOVERY_LOGS = "-recovery-logs"
"""What the name of the bucket for access logs in the recovery region adds to it; on AWS."""


def longest_name(cloud: str, *, copied: bool) -> int:
    """Return the characters of a bucket's name with which those of its access logs fit; ``copied`` to another region
    or not.
    """
    return LONGEST - len(RECOVERY_LOGS if copied and cloud == "aws" else ACCESS_LOGS)
