"""Backend of a stack's state: encrypted, versioned, locked, one object for each stack."""

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import Cloud, Environment
from quantacirc_cdk.terraform.aws.iam import arn
from quantacirc_cdk.terraform.declarations import backend
from quantacirc_cdk.terraform.stack import Stack

REQUIRED_TERRAFORM = ">= 1.11.0"
"""The first version in which S3 supports locks without a DynamoDB table."""


def keep_state(stack: Stack, environment: Environment, cloud: Cloud) -> None:
    """Set the backend of ``stack`` that ``cloud.state`` describes."""
    stack.add_override("terraform.required_version", REQUIRED_TERRAFORM)
    state, key = cloud.state, f"{stack.id}.tfstate"
    if environment.target == "aws":
        region = state.region or cloud.region
        backend(
            stack,
            "s3",
            {
                "bucket": state.bucket,
                "key": key,
                "region": region,
                "encrypt": True,
                # The bucket's default key: without this argument, the backend requires a key id.
                "kms_key_id": arn("kms", region, cloud.account, f"alias/{state.bucket}-state"),
                "allowed_account_ids": [cloud.account],
            },
            {"use_lockfile": True},  # The engine's typed properties end at Terraform 1.9.
        )
    elif environment.target == "gcp":
        backend(stack, "gcs", {"bucket": state.bucket, "prefix": stack.id})
    elif environment.target == "azure":
        if state.resource_group is None:
            raise PropsError(f"{environment.name}: clouds.azure.state.resource_group is missing")
        arguments = {
            "resource_group_name": state.resource_group,
            "storage_account_name": state.bucket,
            "container_name": state.container,
            "key": key,
            "subscription_id": cloud.account,
            "use_azuread_auth": True,
        }
        backend(stack, "azurerm", arguments)
