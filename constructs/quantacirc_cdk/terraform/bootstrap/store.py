"""Where the Terraform state of one environment is kept: the properties that the store takes on every cloud."""

from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.rules import Rules

VERSION_DAYS = 365
"""Days that an earlier version of a state is kept: as long as somebody may want to know what was there."""
_NAMES = {
    "aws": (r"[a-z0-9][-a-z0-9]{1,49}[a-z0-9]", "3 to 51 lower-case letters, digits and dashes"),
    "gcp": (r"[a-z][-a-z0-9]{1,49}[a-z0-9]", "3 to 51 lower-case letters, digits and dashes, a letter first"),
    "azure": (r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits"),
}
"""Names of buckets, with ``-access-logs`` at most 63 characters, and of storage accounts."""


@dataclass(frozen=True, kw_only=True)
class StateStoreProps:
    """A bucket for the states of an environment."""

    bucket: str
    """Bucket or storage account, exactly as the backend names it."""
    container: str = "tfstate"
    """Container in the storage account (Azure)."""
    region: str
    """The cloud's name of the bucket's region."""
    account: str
    """Account (project, subscription) it is in."""
    state: str
    """Name of the environment's stack, whose state the operators read and write."""
    operators: str
    """Expression for a list of who runs Terraform: role names on AWS, IAM members on Google Cloud, object ids of
    principals on Azure."""

    def check_for(self, cloud: str) -> None:
        """Raise ``PropsError`` for a name that the cloud does not take."""
        rules = Rules(self.state)
        rules.matches("state.bucket", self.bucket, *_NAMES[cloud])
        rules.check()
