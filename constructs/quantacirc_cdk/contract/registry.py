"""The registry that a stack makes for the images of its system."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.contract.names import environment_name, unique_name
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.environment import environment_file

AZURE_LENGTH = 50
"""Longest name of an Azure container registry."""


@dataclass(frozen=True, kw_only=True)
class RegistryBinding:
    """Where images are pushed to, and where they are pulled from."""

    host: str
    """Host of the registry that the stack makes, or reads."""
    prefix: str
    """What the names of its repositories begin with, the host first."""
    pulled_from: str
    """Registry that the cluster pulls the system's images from: the stack's or one that serves several environments."""
    declared: str
    """File and key that say where images are pulled from."""


def registry_of(system: System, environment: Environment) -> RegistryBinding:
    """Return the registry of an environment in a cloud."""
    cloud, name = environment.cloud, environment_name(system, environment)
    assert cloud is not None  # noqa: S101  a contract is with a cloud
    if environment.existing_registry is not None:
        host, prefix = environment.registry.partition("/")[0], environment.registry
        return RegistryBinding(host=host, prefix=prefix, pulled_from=prefix, declared=_declared(environment))
    if environment.target == "aws":
        host = f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com"
        prefix = f"{host}/{name}"
    elif environment.target == "gcp":
        host = f"{cloud.region}-docker.pkg.dev"
        prefix = f"{host}/{cloud.account}/{name}"
    else:
        host = f"{unique_name(name, cloud.account, AZURE_LENGTH, dashes=False)}.azurecr.io"
        prefix = host
    return RegistryBinding(
        host=host,
        prefix=prefix,
        pulled_from=environment.registry,
        declared=_declared(environment),
    )


def _declared(environment: Environment) -> str:
    return f"{environment_file(environment.name)}: registry"


def registry_disagreements(registry: RegistryBinding, account: str) -> Iterator[Problem]:
    """Yield the difference when images are pulled from the stack's own registry by a name that nothing has there.

    A registry elsewhere, such as one for all environments in an account of its own, is nobody's to check.
    """
    pulled, shared = registry.pulled_from, registry.host.endswith(".pkg.dev")
    ours = pulled == registry.host or pulled.startswith(f"{registry.host}/{account if shared else ''}")
    if ours and pulled != registry.prefix:
        what = f'images are pulled from "{pulled}", but those of the stack are in "{registry.prefix}"'
        yield Problem(key=registry.declared, what=what, expected=f'"{registry.prefix}"')
