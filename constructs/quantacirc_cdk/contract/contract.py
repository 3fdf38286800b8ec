"""All names that the cluster and the cloud of an environment share."""

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
    """The shared names of one environment: pure data, derived from the model without a cloud or cluster."""

    environment: str
    """Name of the environment."""
    target: str
    """Its cloud."""
    name: str
    """Prefix of its cloud resources, ``system-environment``."""
    secrets_prefix: str
    """Prefix of its secrets, ``system/environment``; dashes replace slashes in clouds that do not allow them."""
    namespace: str
    """Kubernetes namespace of the system."""
    secrets: Mapping[str, SecretBinding]
    """Secrets by the name of the Kubernetes Secret."""
    secret_store: SecretStoreBinding
    """The cloud's secret store."""
    identities: Mapping[str, IdentityBinding]
    """Identities by component name; ``external-secrets`` is the identity that reads the secrets."""
    managed: Mapping[str, Managed]
    """Managed components by name."""
    registry: RegistryBinding
    """Registry of the images that are built with the system."""
    repositories: tuple[str, ...]
    """Repositories in that registry."""
    domain: str
    """Domain of its DNS zone."""
    hosts: Mapping[str, str]
    """Host of each exposed component."""
    outputs: Mapping[str, Output]
    """Outputs of its stack after an apply."""

    @property
    def reader(self) -> IdentityBinding | None:
        """The identity that reads the secrets; None without External Secrets."""
        return self.identities.get(READER)


def contract_of(system: System, environment: Environment) -> Contract:
    """Return the contract of an environment in a cloud. Raises ``PropsError`` for a local one."""
    if environment.cloud is None:
        raise PropsError(f'environment "{environment.name}" is local, and has no contract with a cloud')
    site = Site(system, environment)
    managed = managed_of(site)
    secrets = secrets_of(site, (one.secret for one in managed.values()))
    images = system.images
    peers = environment.network is not None and bool(environment.network.peers)
    velero = environment.cluster.velero_store is not None
    has = {"": True, "azure": environment.target == "azure", "peers": peers, "velero": velero}
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
        identities=identities_of(site, managed, tuple(secrets)),
        managed=managed,
        repositories=tuple(sorted({images[name].repository for name in system.released_images})),
        registry=registry_of(system, environment),
        domain=environment.domain,
        hosts={name: host for name, (host, _) in addresses(system, environment).items()},
        outputs=outputs,
    )
