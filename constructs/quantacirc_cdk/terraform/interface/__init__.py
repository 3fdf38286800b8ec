"""The common interface of the constructs of all clouds: their properties, and the attributes for other constructs.

``quantacirc_cdk.terraform.aws``, ``.gcp`` and ``.azure`` each have a ``Network``, ``Cluster``, ``ObjectStore``,
``Database``, ``ImageRegistry``, ``KeyRing``, ``SecretStore``, ``WorkloadIdentity``, ``Observability``, ``AuditTrail``
and ``DnsZone`` with the properties defined here. For a property that a cloud does not support, they raise
``PropsError``.
"""

from quantacirc_cdk.documented import documented
from quantacirc_cdk.terraform.interface.audit_trail import AuditTrailProps
from quantacirc_cdk.terraform.interface.cluster import (
    AccessEntry,
    ClusterLike,
    ClusterProps,
    ExistingCluster,
    MaintenanceExclusion,
    NodePoolProps,
    Taint,
)
from quantacirc_cdk.terraform.interface.database import DatabaseProps, DatabaseReference
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry, ImageRegistryProps
from quantacirc_cdk.terraform.interface.key_ring import PURPOSES, ExistingKeyRing, KeyRingLike, KeyRingProps, Purpose
from quantacirc_cdk.terraform.interface.lookup import ClusterLookup, ImageRegistryLookup, NetworkLookup
from quantacirc_cdk.terraform.interface.network import (
    ExistingNetwork,
    NetworkLike,
    NetworkPeer,
    NetworkProps,
    OpenPort,
)
from quantacirc_cdk.terraform.interface.object_store import ExistingObjectStore, ObjectStoreProps
from quantacirc_cdk.terraform.interface.observability import Budget, ExistingObservability, ObservabilityProps
from quantacirc_cdk.terraform.interface.secret_store import ExistingSecretStore, SecretStoreProps
from quantacirc_cdk.terraform.interface.workload_identity import (
    CloudGrant,
    ExistingWorkloadIdentity,
    WorkloadIdentityProps,
)

__all__ = [
    "PURPOSES",
    "AccessEntry",
    "AuditTrailProps",
    "Budget",
    "CloudGrant",
    "ClusterLike",
    "ClusterLookup",
    "ClusterProps",
    "DatabaseProps",
    "DatabaseReference",
    "DnsZoneProps",
    "ExistingCluster",
    "ExistingDnsZone",
    "ExistingImageRegistry",
    "ExistingKeyRing",
    "ExistingNetwork",
    "ExistingObjectStore",
    "ExistingObservability",
    "ExistingSecretStore",
    "ExistingWorkloadIdentity",
    "ImageRegistryLookup",
    "ImageRegistryProps",
    "KeyRingLike",
    "KeyRingProps",
    "MaintenanceExclusion",
    "NetworkLike",
    "NetworkLookup",
    "NetworkPeer",
    "NetworkProps",
    "NodePoolProps",
    "ObjectStoreProps",
    "ObservabilityProps",
    "OpenPort",
    "Purpose",
    "SecretStoreProps",
    "Taint",
    "WorkloadIdentityProps",
]

for _name in __all__:
    documented(globals()[_name])
