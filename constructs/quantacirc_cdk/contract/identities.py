"""Cloud identities of an environment: the service account of each, and its permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import environment_name, service_account_id
from quantacirc_cdk.limits.terraform import STACK_NAMES
from quantacirc_cdk.model.component import ProgramSettings
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.needs.cloud_access import CloudAccess
from quantacirc_cdk.model.site import Site

VELERO = "velero"
"""Namespace and service account of Velero."""
READER = "external-secrets"
"""Namespace and service account of External Secrets (the defaults of its Helm chart)."""
AZURE_CLIENT_ID = "azure.workload.identity/client-id"
GOOGLE_ACCOUNT = "iam.gke.io/gcp-service-account"
AZURE_USE = "azure.workload.identity/use"


Records = Literal["all", "challenges"]
"""Records of a DNS zone: all, or those that prove a domain by DNS-01."""
PROGRAMS: Mapping[str, Records] = {"cert-manager": "challenges", "external-dns": "all"}
"""Programs outside the system that change records, each in the namespace and with the service account of its name."""


@dataclass(frozen=True, kw_only=True)
class IdentityBinding:
    """A Kubernetes service account and its identity in the cloud."""

    name: str
    """The component's name, ``external-secrets``, ``velero``, or that of a program that changes DNS records."""
    namespace: str
    """Namespace of the service account."""
    service_account: str
    """Name of the service account."""
    remote: str
    """Name of the identity in the cloud."""
    stores: tuple[str, ...]
    """Managed components that it can access."""
    access: tuple[CloudAccess, ...] = ()
    """Permissions on resources that the system does not create."""
    secrets: tuple[str, ...]
    """Kubernetes names of the secrets that it reads from the cloud's store."""
    outside: bool = False
    """Whether an operator of the cluster has it, so that no manifest of the system contains its service account."""
    records: Records | None = None
    """Records of the environment's DNS zone that it may change."""
    backs_up: bool = False
    """Whether it backs up the cluster: objects to the bucket of Velero, and volumes as snapshots."""
    client_id: str | None
    """Azure: client id, after ``qcdk wire`` has recorded it."""
    google_account: str | None = None
    """Google Cloud: address of the service account that its pods act as, where they log in to a database or sign URLs
    with it. Cloud SQL has no users for the principals that other identities are, and these sign nothing.
    """
    declared: str
    """File and key that add it to the contract."""

    @property
    def own_name(self) -> str:
        """Name in the stack."""
        return own_name(self.name)

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of the service account. AWS, and Google Cloud without ``google_account``, need only its name."""
        if self.google_account:
            return {GOOGLE_ACCOUNT: self.google_account}
        return {AZURE_CLIENT_ID: self.client_id} if self.client_id else {}

    @property
    def pod_labels(self) -> Mapping[str, str]:
        """Labels of its pods: Azure's webhook injects a token into pods with this label."""
        return {AZURE_USE: "true"} if self.client_id else {}


def own_name(component: str) -> str:
    """Return the name of a component's identity in a stack whose other parts have names such as ``registry``."""
    return f"{component}-identity" if component in STACK_NAMES else component


def google_account(site: Site, name: str) -> str:
    """Return the address of the service account of a component in Google Cloud."""
    account = site.environment.cloud.account if site.environment.cloud else ""
    prefix = environment_name(site.system, site.environment)
    return f"{service_account_id(prefix, name)}@{account}.iam.gserviceaccount.com"


def identities_of(site: Site, managed: Mapping[str, Managed], secrets: tuple[str, ...]) -> dict[str, IdentityBinding]:
    """Return the identities of an environment in a cloud: of components with access to the cloud, of External Secrets,
    of programs that change DNS records, and of Velero.

    ``managed`` are the managed components, and ``secrets`` the secrets that External Secrets reads.
    """
    system, environment = site.system, site.environment
    prefix = environment_name(system, environment)
    client_ids = environment.wired.client_ids if environment.wired else {}

    def identity(
        name: str,
        declared: str,
        *,
        outside: bool = False,
        stores: tuple[str, ...] = (),
        access: tuple[CloudAccess, ...] = (),
        reads: tuple[str, ...] = (),
        records: Records | None = None,
        backs_up: bool = False,
    ) -> None:
        found[name] = IdentityBinding(
            name=name,
            namespace=name if outside else site.namespace,
            service_account=name,
            remote=f"{prefix}-{own_name(name)}",
            stores=stores,
            access=access,
            secrets=reads,
            outside=outside,
            records=records,
            backs_up=backs_up,
            client_id=client_ids.get(name),
            google_account=google_account(site, name)
            if environment.target == "gcp" and (backs_up or any(name in one.logins for one in managed.values()))
            else None,
            declared=declared,
        )

    found: dict[str, IdentityBinding] = {}
    for name in site.present:
        stores = tuple(one for one in managed if one in site.reached(name) and managed[one].identifies(name))
        settings = site.settings(name)
        access = tuple(settings.cloud_access) if isinstance(settings, ProgramSettings) else ()
        # You bind an existing ServiceAccount to a cloud identity yourself.
        if (stores or access) and not getattr(system.components[name], "service_account", None):
            in_environment = f"{environment_file(environment.name)}: components.{name}.cloud_access"
            declared = f"apps/system.yaml: components.{name}.reaches" if stores else in_environment
            identity(name, declared, stores=stores, access=access)
    cluster = f"{environment_file(environment.name)}: cluster"
    if environment.cluster.addons.external_secrets and secrets:
        identity(READER, f"{cluster}.addons.external_secrets", outside=True, reads=secrets)
    for name in environment.cluster.dns_programs:
        identity(name, f"{cluster}.dns_programs", outside=True, records=PROGRAMS[name])
    if environment.cluster.velero_store:
        identity(VELERO, f"{cluster}.velero_store", outside=True, backs_up=True)
    return found
