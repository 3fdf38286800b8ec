"""What the constructs of every cloud have in common: the properties they take and what they offer to each other.

``quantacirc_cdk.terraform.aws``, ``.gcp`` and ``.azure`` each have a ``Network``, ``Cluster``, ``ArtifactStore``,
``LedgerDatabase``, ``ImageRegistry``, ``KeyRing``, ``SecretStore``, ``WorkloadIdentity``, ``Observability`` and
``DnsZone`` that take the properties defined here. What a cloud cannot do is a ``PropsError`` that says so.
"""

from quantacirc_cdk.terraform.interface.artifact_store import ArtifactStoreProps, ExistingArtifactStore
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, ExistingCluster, NodePoolProps
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.interface.image_registry import ImageRegistryProps
from quantacirc_cdk.terraform.interface.key_ring import PURPOSES, KeyRingProps, Purpose
from quantacirc_cdk.terraform.interface.ledger_database import ExistingLedgerDatabase, LedgerDatabaseProps
from quantacirc_cdk.terraform.interface.network import ExistingNetwork, NetworkProps
from quantacirc_cdk.terraform.interface.observability import ObservabilityProps
from quantacirc_cdk.terraform.interface.secret_store import SecretStoreProps
from quantacirc_cdk.terraform.interface.workload_identity import WorkloadIdentityProps

__all__ = [
    "PURPOSES",
    "ArtifactStoreProps",
    "ClusterProps",
    "DnsZoneProps",
    "ExistingArtifactStore",
    "ExistingCluster",
    "ExistingDnsZone",
    "ExistingLedgerDatabase",
    "ExistingNetwork",
    "ImageRegistryProps",
    "KeyRingProps",
    "LedgerDatabaseProps",
    "NetworkProps",
    "NodePoolProps",
    "ObservabilityProps",
    "Purpose",
    "SecretStoreProps",
    "WorkloadIdentityProps",
]
