"""Stacks that create the state stores of environments. You apply each of them once.

It creates the bucket of the environment's backend, the key of that bucket, and the permissions to use both. Its own
state is first local, and then moves to the bucket that it has created (docs/terraform-bootstrap.md).
"""

from quantacirc_cdk.terraform.bootstrap.stack import BootstrapStack, bootstrap_name
from quantacirc_cdk.terraform.bootstrap.store import StateStoreProps

__all__ = ["BootstrapStack", "StateStoreProps", "bootstrap_name"]
