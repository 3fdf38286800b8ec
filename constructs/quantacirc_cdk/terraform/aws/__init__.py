"""Constructs for Amazon Web Services: VPC, EKS, S3, RDS, ECR, KMS and others.

The id of a construct is its identity: resources of a construct with the id ``orders`` have addresses that begin with
that name, ``aws_db_instance.orders``, regardless of the construct's place in the tree.
"""

from quantacirc_cdk.terraform.aws.audit_trail import AuditTrail
from quantacirc_cdk.terraform.aws.aurora import AuroraDatabase
from quantacirc_cdk.terraform.aws.cache import Cache
from quantacirc_cdk.terraform.aws.cluster import Cluster
from quantacirc_cdk.terraform.aws.database import Database
from quantacirc_cdk.terraform.aws.dns_zone import DnsZone
from quantacirc_cdk.terraform.aws.image_registry import ImageRegistry
from quantacirc_cdk.terraform.aws.key_ring import KeyRing
from quantacirc_cdk.terraform.aws.lookups import look_up_cluster, look_up_network, look_up_registry
from quantacirc_cdk.terraform.aws.network import Network
from quantacirc_cdk.terraform.aws.object_store import ObjectStore
from quantacirc_cdk.terraform.aws.observability import Observability
from quantacirc_cdk.terraform.aws.provider import Provider
from quantacirc_cdk.terraform.aws.secret_store import SecretStore
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity

__all__ = [
    "AuditTrail",
    "AuroraDatabase",
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
