"""Constructs for Google Cloud: VPC, GKE, Cloud Storage, Cloud SQL, Artifact Registry, Cloud KMS and others.

The id of a construct is its identity: resources of a construct with the id ``orders`` have addresses that begin with
that name, ``google_sql_database_instance.orders``, regardless of the construct's place in the tree. Resources that
several constructs of a stack share (an enabled API, the project's number) belong to the stack.
"""

from quantacirc_cdk.terraform.gcp.audit_trail import AuditTrail
from quantacirc_cdk.terraform.gcp.cache import Cache
from quantacirc_cdk.terraform.gcp.cluster import Cluster
from quantacirc_cdk.terraform.gcp.database import Database
from quantacirc_cdk.terraform.gcp.dns_zone import DnsZone
from quantacirc_cdk.terraform.gcp.image_registry import ImageRegistry
from quantacirc_cdk.terraform.gcp.key_ring import KeyRing
from quantacirc_cdk.terraform.gcp.lookups import look_up_cluster, look_up_network, look_up_registry
from quantacirc_cdk.terraform.gcp.network import Network
from quantacirc_cdk.terraform.gcp.object_store import ObjectStore
from quantacirc_cdk.terraform.gcp.observability import Observability
from quantacirc_cdk.terraform.gcp.provider import Provider
from quantacirc_cdk.terraform.gcp.secret_store import SecretStore
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity

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
