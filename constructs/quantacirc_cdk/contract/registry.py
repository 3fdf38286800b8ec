"""The image registry of a stack."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.contract.names import environment_name, unique_name
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.environment import environment_file

AZURE_LENGTH = 50
"""Maximum length of the name of an Azure container registry."""


@dataclass(frozen=True, kw_only=True)
class RegistryBinding:
    """Registries for pushing and pulling images."""

    host: str
    """Host of the registry that the stack creates or reads."""
    prefix: str
    """Prefix of its repositories, beginning with the host."""
    pulled_from: str
    """Registry from which the cluster pulls the system's images: the stack's, or one that several environments share.

    """
    declared: str
    """File and key of the registry for pulls."""


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
    """Yield a problem if images are pulled from the stack's registry under a name that it does not have.

    A registry elsewhere, such as one for all environments in a separate account, is not checked.
    """
    pulled, shared = registry.pulled_from, registry.host.endswith(".pkg.dev")
    ours = pulled == registry.host or pulled.startswith(f"{registry.host}/{account if shared else ''}")
    if ours and pulled != registry.prefix:
        what = f'images are pulled from "{pulled}", but those of the stack are in "{registry.prefix}"'
        yield Problem(key=registry.declared, what=what, expected=f'"{registry.prefix}"')
