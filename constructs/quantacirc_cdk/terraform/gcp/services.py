"""Resources that a stack has once for all its constructs: APIs, their service agents, the project's number."""

from collections.abc import Callable
from typing import TypeVar

from quantacirc_cdk.terraform.engine import Construct, TerraformStack
from quantacirc_cdk.terraform.gcp.provider import BETA
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.terraform.stack import stack_of

_SHARED = "_quantacirc_google"
T = TypeVar("T", Resource, DataSource)


def enable(scope: Construct, *apis: str, project: str | None = None) -> list[Resource]:
    """Enable ``apis`` (``"compute"``), and return them for ``depends_on``. ``project`` is the host project of a Shared
    VPC, for what is created there; that of the provider by default.

    Destroying the stack does not disable them, because other resources of the project may use them.
    """

    def declare(api: str) -> Callable[[TerraformStack], Resource]:
        return lambda stack: Resource(
            stack,
            "google_project_service",
            terraform_name(api, "host" if project else ""),
            project=project,
            service=f"{api}.googleapis.com",
            disable_on_destroy=False,
        )

    return [_once(scope, f"{api} {project or ''}", declare(api)) for api in apis]


def project_number(scope: Construct) -> str:
    """Return a reference to the number of the provider's project, which is part of the names of principals and
    agents.
    """
    return _project(scope).ref("number")


def project_id(scope: Construct) -> str:
    """Return a reference to the id of the provider's project."""
    return _project(scope).ref("project_id")


def _project(scope: Construct) -> DataSource:
    return _once(scope, "project", lambda stack: DataSource(stack, "google_project", "current"))


def service_agent(scope: Construct, api: str) -> str:
    """Return the service agent of ``api`` in the project; it is created if the API has not created it yet."""
    (service,) = enable(scope, api)
    agent = _once(
        scope,
        f"{api} agent",
        lambda stack: Resource(
            stack, "google_project_service_identity", service.name, provider=BETA, service=service.ref("service")
        ),
    )
    return f"serviceAccount:{agent.ref('email')}"


def storage_agent(scope: Construct) -> str:
    """Return the service agent of Cloud Storage (https://cloud.google.com/storage/docs/getting-service-agent)."""
    storage = enable(scope, "storage")
    return _once(
        scope,
        "storage agent",
        lambda stack: DataSource(stack, "google_storage_project_service_account", "current", depends_on=storage),
    ).ref("member")


def logging_agent(scope: Construct, project: str) -> str:
    """Return the service agent that Cloud Logging encrypts log buckets with."""
    logging = enable(scope, "logging")
    settings = _once(
        scope,
        "logging agent",
        lambda stack: DataSource(
            stack, "google_logging_project_cmek_settings", "current", project=project, depends_on=logging
        ),
    )
    return f"serviceAccount:{settings.ref('service_account_id')}"


def transfer_agent(scope: Construct) -> str:
    """Return the service agent that Storage Transfer Service copies buckets with."""
    transfer = enable(scope, "storagetransfer")
    return _once(
        scope,
        "transfer agent",
        lambda stack: DataSource(
            stack, "google_storage_transfer_project_service_account", "current", depends_on=transfer
        ),
    ).ref("member")


def _once(scope: Construct, key: str, declare: Callable[[TerraformStack], T]) -> T:
    stack = stack_of(scope)
    if not hasattr(stack, _SHARED):
        setattr(stack, _SHARED, {})
    shared = getattr(stack, _SHARED)
    if key not in shared:
        shared[key] = declare(stack)
    found: T = shared[key]
    return found
