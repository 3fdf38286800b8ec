"""Where Terraform keeps a stack's state: encrypted, versioned, locked, one object a stack."""

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import Cloud, Environment
from quantacirc_cdk.terraform.aws.iam import arn
from quantacirc_cdk.terraform.engine import AzurermBackend, GcsBackend, S3Backend
from quantacirc_cdk.terraform.stack import Stack

REQUIRED_TERRAFORM = ">= 1.11.0"
"""The first version in which S3 locks a state by itself, without a DynamoDB table."""


def keep_state(stack: Stack, environment: Environment, cloud: Cloud) -> None:
    """Give ``stack`` the backend that ``cloud.state`` describes."""
    stack.add_override("terraform.required_version", REQUIRED_TERRAFORM)
    state, key = cloud.state, f"{stack.id}.tfstate"
    if environment.target == "aws":
        region = state.region or cloud.region
        backend = S3Backend(
            stack,
            bucket=state.bucket,
            key=key,
            region=region,
            encrypt=True,
            # The bucket's own key: without it the backend asks for one of S3's.
            kms_key_id=arn("kms", region, cloud.account, f"alias/{state.bucket}-state"),
            allowed_account_ids=[cloud.account],
        )
        # The engine's own properties stop at Terraform 1.9.
        backend.add_override("use_lockfile", True)
    elif environment.target == "gcp":
        GcsBackend(stack, bucket=state.bucket, prefix=stack.id)
    elif environment.target == "azure":
        if state.resource_group is None:
            raise PropsError(f"{environment.name}: clouds.azure.state.resource_group is missing")
        AzurermBackend(
            stack,
            resource_group_name=state.resource_group,
            storage_account_name=state.bucket,
            container_name=state.container,
            key=key,
            subscription_id=cloud.account,
            use_azuread_auth=True,
        )
