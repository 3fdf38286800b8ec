"""The identities of an environment: which service account acts as what in the cloud, and what it may do there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.site import Site

READER = "external-secrets"
"""Namespace and service account of what reads the secrets of all others (the defaults of its Helm chart)."""
AZURE_CLIENT_ID = "azure.workload.identity/client-id"
AZURE_USE = "azure.workload.identity/use"


@dataclass(frozen=True, kw_only=True)
class IdentityBinding:
    """A Kubernetes service account and its identity in the cloud."""

    name: str
    """The component's name, or ``external-secrets``."""
    namespace: str
    """Namespace of the service account."""
    service_account: str
    """Name of the service account."""
    remote: str
    """Name of the identity in the cloud."""
    stores: tuple[str, ...]
    """Components of the cloud that open to it."""
    secrets: tuple[str, ...]
    """Kubernetes names of the secrets it reads in the cloud's store."""
    client_id: str | None
    """Azure's id of it, once ``qcdk wire`` has recorded it; other clouds need none."""
    declared: str
    """File and key that make it part of the contract."""

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of the service account. AWS and Google Cloud know it by its name alone."""
        return {AZURE_CLIENT_ID: self.client_id} if self.client_id else {}

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """Labels of its pods: Azure's webhook gives a token to those that ask for it."""
        return {AZURE_USE: "true"} if self.client_id else {}


def identities_of(site: Site, managed: Collection[str], secrets: tuple[str, ...]) -> dict[str, IdentityBinding]:
    """Return the identities of an environment in a cloud: of who is known there by it, and of who reads secrets.

    ``managed`` are the components that open to an identity, and ``secrets`` what is read on behalf of all.
    """
    system, environment = site.system, site.environment
    prefix = environment_name(system, environment)
    client_ids = environment.wired.client_ids if environment.wired else {}

    def identity(name: str, namespace: str, declared: str, stores: tuple[str, ...], reads: tuple[str, ...]) -> None:
        found[name] = IdentityBinding(
            name=name,
            namespace=namespace,
            service_account=name,
            remote=f"{prefix}-{name}",
            stores=stores,
            secrets=reads,
            client_id=client_ids.get(name),
            declared=declared,
        )

    found: dict[str, IdentityBinding] = {}
    for name in site.present:
        stores = tuple(store for store in managed if store in site.reached(name))
        # A ServiceAccount that is there already is somebody else's to bind.
        if stores and not getattr(system.components[name], "service_account", None):
            identity(name, site.namespace, f"apps/system.yaml: components.{name}.reaches", stores, ())
    if environment.cluster.addons.external_secrets and secrets:
        declared = f"{environment_file(environment.name)}: cluster.addons.external_secrets"
        identity(READER, READER, declared, (), secrets)
    return found
