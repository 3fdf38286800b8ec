"""Properties of the state store of an environment, for every cloud."""

from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.rules import Rules

VERSION_DAYS = 365
"""Days that earlier versions of a state are kept."""
_NAMES = {
    "aws": (r"[a-z0-9][-a-z0-9]{1,49}[a-z0-9]", "3 to 51 lower-case letters, digits and dashes"),
    "gcp": (r"[a-z][-a-z0-9]{1,49}[a-z0-9]", "3 to 51 lower-case letters, digits and dashes, a letter first"),
    "azure": (r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits"),
}
"""Names of buckets, at most 63 characters with ``-access-logs``, and of storage accounts."""


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
    """Account, project or subscription."""
    state: str
    """Name of the environment's stack, whose state the operators read and write."""
    operators: str
    """Expression for a list of operators who run Terraform: role names on AWS, IAM members on Google Cloud, object ids
    of principals on Azure.
    """

    def check_for(self, cloud: str) -> None:
        """Raise ``PropsError`` for a name that the cloud refuses."""
        rules = Rules(self.state)
        rules.matches("state.bucket", self.bucket, *_NAMES[cloud])
        rules.check()
