"""Credentials of managed stores in an environment's stack; a separate module, because it imports jsii."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.store.spec import PasswordSettings
from quantacirc_cdk.terraform.names import terraform_name


def password_version(stack: Any, name: str, *, chosen_by_cloud: bool = False) -> Any:
    """Return the stack's variable that rotates the password of a store when you increase it.

    A password that the cloud chooses is rotated there; the variable then only updates the secret.
    """
    variable = f"{terraform_name(name)}_password_version"
    effect = (
        f"Increase it after you have rotated the password of {name} in the cloud, to update its secret."
        if chosen_by_cloud
        else f"Increase it to rotate the password of {name} and update its secret."
    )
    return stack.variable(
        variable,
        type="number",
        description=effect,
        default=stack.site.settings_as(name, PasswordSettings).password_version,
        valid=f"${{var.{variable} >= 1 && var.{variable} % 1 == 0}}",
        expected="The password version must be a whole number, 1 or more.",
    )


def grant(made: Any, identity: Any, managed: Managed, client: str) -> None:  # noqa: ARG001  the hook's arguments
    """Allow an identity to read the credentials."""
    made.grant_connect(identity)


def outputs(made: Any, managed: Managed) -> dict[str, Any]:
    """Return the values of the stack's outputs."""
    output = managed.component.replace("-", "_")
    return {f"{output}_host": made.host, f"{output}_credentials": made.credentials_id}
