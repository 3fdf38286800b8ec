"""Everything that the cluster and the cloud of one environment agree on."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.contract.identities import READER, IdentityBinding, identities_of
from quantacirc_cdk.contract.managed import Managed, managed_of
from quantacirc_cdk.contract.names import environment_name, secrets_prefix
from quantacirc_cdk.contract.outputs import OUTPUTS, Output
from quantacirc_cdk.contract.registry import RegistryBinding, registry_of
from quantacirc_cdk.contract.secrets import SecretBinding, secrets_of
from quantacirc_cdk.contract.stores import (
    SecretStoreBinding,
    secret_store_of,
)
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.addresses import addresses
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The names of one environment. Pure data: made of the model, needing no cloud and no cluster."""

    environment: str
    """Name of the environment."""
    target: str
    """Its cloud."""
    name: str
    """Prefix of what it has in its cloud, ``system-environment``."""
    secrets_prefix: str
    """Prefix of its secrets, ``system/environment``; clouds that take no slash have dashes."""
    namespace: str
    """Kubernetes namespace of the system."""
    secrets: Mapping[str, SecretBinding]
    """By name of the Kubernetes Secret."""
    secret_store: SecretStoreBinding
    """Where they are."""
    identities: Mapping[str, IdentityBinding]
    """By name of the component; ``external-secrets`` is who reads the secrets."""
    managed: Mapping[str, Managed]
    """By name of the component, what the cloud runs."""
    registry: RegistryBinding
    """Where the images that are built with the system are."""
    repositories: tuple[str, ...]
    """Their repositories in it."""
    domain: str
    """Domain of the DNS zone that its addresses are in."""
    hosts: Mapping[str, str]
    """Host that each exposed component answers at."""
    outputs: Mapping[str, Output]
    """What its stack tells after an apply."""

    @property
    def reader(self) -> IdentityBinding | None:
        """Who reads the secrets on behalf of all, where the cluster has External Secrets."""
        return self.identities.get(READER)


def contract_of(system: System, environment: Environment) -> Contract:
    """Return the contract of an environment in a cloud; raises ``PropsError`` for a local one, which has none."""
    if environment.cloud is None:
        raise PropsError(f'environment "{environment.name}" is local: no cloud to agree with')
    site = Site(system, environment)
    managed = managed_of(site)
    secrets = secrets_of(site, (one.secret for one in managed.values()))
    images = system.images
    has = {"": True, "azure": environment.target == "azure"}
    outputs = {name: output for name, output in OUTPUTS.items() if has[output.needs]}
    for one in managed.values():
        outputs |= one.outputs
    return Contract(
        environment=environment.name,
        target=environment.target,
        name=environment_name(system, environment),
        secrets_prefix=secrets_prefix(system, environment),
        namespace=site.namespace,
        secrets=secrets,
        secret_store=secret_store_of(system, environment),
        identities=identities_of(site, [name for name, one in managed.items() if one.by_identity], tuple(secrets)),
        managed=managed,
        repositories=tuple(sorted({images[name].repository for name in system.released_images})),
        registry=registry_of(system, environment),
        domain=environment.domain,
        hosts={name: host for name, (host, _) in addresses(system, environment).items()},
        outputs=outputs,
    )
