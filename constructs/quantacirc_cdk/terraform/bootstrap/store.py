"""Properties of the state store of an environment, for every cloud."""

from dataclasses import dataclass

from quantacirc_cdk.limits.state_buckets import refused_state_bucket
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression

VERSION_DAYS = 365
"""Days that earlier versions of a state are kept."""


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
        expected = refused_state_bucket(cloud, self.bucket)
        if expected and not has_expression(self.bucket):
            rules.refuse("state.bucket", f'found "{self.bucket}"', expected)
        rules.check()
