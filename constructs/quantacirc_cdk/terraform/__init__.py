"""Terraform stacks out of constructs, with one interface on three clouds.

``Resource`` and ``Stack`` declare any resource by Terraform's own names, checked against the provider's schema;
``quantacirc_cdk.terraform.aws``, ``.gcp`` and ``.azure`` have the constructs; ``EnvironmentStack`` puts them
together as a model says, and ``BootstrapStack`` makes the place where its state is kept.
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
