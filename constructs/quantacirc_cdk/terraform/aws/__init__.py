"""The constructs on Amazon Web Services: VPC, EKS, S3, RDS, ECR, KMS and the like.

Resources of a construct with the id ``ledger`` have addresses that begin with that name, ``aws_db_instance.ledger``,
wherever in the tree the construct is: its id is its identity.
"""

from quantacirc_cdk.terraform.aws.artifact_store import ArtifactStore
from quantacirc_cdk.terraform.aws.cluster import Cluster
from quantacirc_cdk.terraform.aws.dns_zone import DnsZone
from quantacirc_cdk.terraform.aws.image_registry import ImageRegistry
from quantacirc_cdk.terraform.aws.key_ring import KeyRing
from quantacirc_cdk.terraform.aws.ledger_database import LedgerDatabase
from quantacirc_cdk.terraform.aws.network import Network
from quantacirc_cdk.terraform.aws.observability import Observability
from quantacirc_cdk.terraform.aws.provider import Provider
from quantacirc_cdk.terraform.aws.secret_store import SecretStore
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity

__all__ = [
    "ArtifactStore",
    "Cluster",
    "DnsZone",
    "ImageRegistry",
    "KeyRing",
    "LedgerDatabase",
    "Network",
    "Observability",
    "Provider",
    "SecretStore",
    "WorkloadIdentity",
]
