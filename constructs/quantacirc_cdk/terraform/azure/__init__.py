"""Constructs for Azure: VNet, AKS, Blob Storage, PostgreSQL, Container Registry, Key Vault and others.

The id of a construct is its identity: resources of a construct with the id ``orders`` have addresses that begin with
that name, ``azurerm_postgresql_flexible_server.orders``, regardless of the construct's place in the tree. ``Provider``
contains what several constructs of a stack share (its resource groups, its log workspace, its vault of secrets), so
declare it first.
"""

from quantacirc_cdk.terraform.azure.audit_trail import AuditTrail
from quantacirc_cdk.terraform.azure.cache import Cache
from quantacirc_cdk.terraform.azure.cluster import Cluster
from quantacirc_cdk.terraform.azure.database import Database
from quantacirc_cdk.terraform.azure.dns_zone import DnsZone
from quantacirc_cdk.terraform.azure.image_registry import ImageRegistry
from quantacirc_cdk.terraform.azure.key_ring import KeyRing
from quantacirc_cdk.terraform.azure.lookups import look_up_cluster, look_up_network, look_up_registry
from quantacirc_cdk.terraform.azure.network import Network
from quantacirc_cdk.terraform.azure.object_store import ObjectStore
from quantacirc_cdk.terraform.azure.observability import Observability
from quantacirc_cdk.terraform.azure.provider import Provider
from quantacirc_cdk.terraform.azure.secret_store import SecretStore
from quantacirc_cdk.terraform.azure.workload_identity import WorkloadIdentity

__all__ = [
    "AuditTrail",
    "Cache",
    "Cluster",
    "Database",
    "DnsZone",
    "ImageRegistry",
    "KeyRing",
    "Network",
    "ObjectStore",
    "Observability",
    "Provider",
    "SecretStore",
    "WorkloadIdentity",
    "look_up_cluster",
    "look_up_network",
    "look_up_registry",
]
