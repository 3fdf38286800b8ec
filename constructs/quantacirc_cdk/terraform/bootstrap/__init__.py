"""What Terraform needs before it can keep an environment's state: a stack for each, applied once and by people.

It creates the bucket that the environment's backend names, the key of that bucket, and who may use both. Its own state
begins on the machine of whoever applies it and moves into the bucket that it made (docs/terraform-bootstrap.md).
"""

from quantacirc_cdk.terraform.bootstrap.stack import BootstrapStack, bootstrap_name
from quantacirc_cdk.terraform.bootstrap.store import StateStoreProps

__all__ = ["BootstrapStack", "StateStoreProps", "bootstrap_name"]
