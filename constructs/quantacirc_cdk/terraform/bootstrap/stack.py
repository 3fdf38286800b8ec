"""The stack that makes the place for an environment's state."""

from importlib import import_module

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.cloud_limits import environment_tags
from quantacirc_cdk.terraform.backend import keep_state
from quantacirc_cdk.terraform.bootstrap.store import StateStoreProps
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.environment_stack import stack_name
from quantacirc_cdk.terraform.stack import Stack
from quantacirc_cdk.text.terraform import literals

_OPERATORS = {
    "aws": "Roles of the account (their names) that run Terraform for the environment.",
    "gcp": "Who runs Terraform for the environment, as IAM members: serviceAccount:…, group:…",
    "azure": "Principals (their object ids) that run Terraform for the environment.",
}


def bootstrap_name(environment: Environment) -> str:
    """Return the name of the stack, ``prod-aws-bootstrap``: also of its folder and its state."""
    return f"{stack_name(environment)}-bootstrap"


class BootstrapStack(Stack):
    """The bucket that the backend of ``environment`` names, its key, and who may use them.

    Its own backend is that bucket, too. Raises ``PropsError`` for a local environment, which has no state.
    """

    def __init__(self, scope: Construct, id: str, *, system: System, environment: Environment) -> None:
        cloud = environment.cloud
        if cloud is None:
            raise PropsError(f'environment "{environment.name}" is local: it has no state to keep')
        super().__init__(scope, id)
        keep_state(self, environment, cloud)  # which Terraform reads as it is
        system, environment, cloud = literals(system), literals(environment), literals(cloud)
        region = cloud.state.region or cloud.region
        group = {"name": cloud.state.resource_group} if environment.target == "azure" else {}
        import_module(f"quantacirc_cdk.terraform.{environment.target}").Provider(
            self,
            "provider",
            account=cloud.account,
            region=region,
            tags=environment_tags(system, environment),
            **group,
        )
        operators = self.variable(
            "operators",
            type="list(string)",
            description=_OPERATORS[environment.target],
            default=[],
            valid='${alltrue([for one in var.operators : trimspace(one) != ""])}',
            expected="Each operator must be the name of a principal, not empty text.",
        )
        store = import_module(f"quantacirc_cdk.terraform.bootstrap.{environment.target}").StateStore
        self.store = store(
            self,
            "store",
            StateStoreProps(
                bucket=cloud.state.bucket,
                container=cloud.state.container,
                region=region,
                account=cloud.account,
                state=stack_name(environment),
                operators=operators,
            ),
        )
