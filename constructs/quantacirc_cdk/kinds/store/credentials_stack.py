"""Credentials of managed stores in the stack of an environment; apart, because it costs jsii."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.terraform.names import terraform_name


def password_version(stack: Any, name: str) -> Any:
    """Return the variable of a stack that gives a store a new password when it is raised."""
    variable = f"{terraform_name(name)}_password_version"
    return stack.variable(
        variable,
        type="number",
        description=f"Raise it to give {name} a new password, and its secret with it.",
        default=1,
        valid=f"${{var.{variable} >= 1 && var.{variable} % 1 == 0}}",
        expected="The version of the password is a whole number, 1 or more.",
    )


def grant(made: Any, identity: Any) -> None:
    """Let an identity read the credentials."""
    made.grant_connect(identity)


def outputs(made: Any, managed: Managed) -> dict[str, Any]:
    """Return the values of the outputs."""
    output = managed.component.replace("-", "_")
    return {f"{output}_host": made.host, f"{output}_credentials": made.credentials_id}
