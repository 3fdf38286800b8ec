"""Names of the bucket or storage account that contains the state of an environment, by cloud."""

import re

_NAMES = {
    # Four prefixes and suffixes are those of S3 itself
    # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
    "aws": (
        re.compile(
            r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][-a-z0-9]{1,49}[a-z0-9]"
            r"(?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)(?<!--table-s3)"
        ),
        "3 to 51 lower-case letters, digits and dashes, none of them first or last, and no prefix or suffix of S3",
    ),
    # https://cloud.google.com/storage/docs/buckets#naming
    "gcp": (
        re.compile(r"(?!goog|.*google)[a-z0-9][-a-z0-9]{1,49}[a-z0-9]"),
        "3 to 51 lower-case letters, digits and dashes, none of them first or last, and neither goog first nor google",
    ),
    # https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage
    "azure": (re.compile(r"[a-z0-9]{3,24}"), "3 to 24 lower-case letters and digits"),
}
"""Patterns, and what they expect. The bucket of the access logs has at most 63 characters with ``-access-logs``."""


def refused_state_bucket(cloud: str, name: str) -> str | None:
    """Return what a cloud expects in place of a name; None for a valid one."""
    pattern, expected = _NAMES[cloud]
    return None if pattern.fullmatch(name) else expected
