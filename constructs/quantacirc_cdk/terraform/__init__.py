"""Terraform stacks from constructs, with one interface for three clouds.

``Resource`` and ``Stack`` declare any resource with Terraform's own names, checked against the provider's schema.
``quantacirc_cdk.terraform.aws``, ``.gcp`` and ``.azure`` contain the constructs. ``EnvironmentStack`` combines them
according to a model, and ``BootstrapStack`` creates the store of its state.
"""

from quantacirc_cdk.terraform.bootstrap import BootstrapStack, bootstrap_name
from quantacirc_cdk.terraform.environment_stack import EnvironmentStack, stack_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.terraform.stack import App, Stack

__all__ = [
    "App",
    "BootstrapStack",
    "DataSource",
    "EnvironmentStack",
    "Resource",
    "Stack",
    "bootstrap_name",
    "stack_name",
]
