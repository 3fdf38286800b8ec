"""The StorageClass of an environment's volumes, encrypted with the key of its stack."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.limits.aws import partition
from quantacirc_cdk.model.node_pools import volume_disk
from quantacirc_cdk.model.site import Site

KEY = "volumes"
"""Purpose of the key: the last part of its cloud name."""


@dataclass(frozen=True, kw_only=True)
class VolumesBinding:
    """A StorageClass of a cluster that Terraform creates."""

    name: str
    """Name of the StorageClass."""
    provisioner: str
    """CSI driver that creates the volumes."""
    parameters: Mapping[str, str]
    """Parameters of the driver: the disk type, and the name of the key."""
    default: bool
    """Whether it is the default class, because the cluster has no other."""


def volumes_of(site: Site) -> VolumesBinding | None:
    """Return the StorageClass in an environment's manifests; None if they have none."""
    environment, name = site.environment, site.own_storage_class
    cloud = environment.cloud
    if cloud is None or name is None:
        return None
    base = environment_name(site.system, environment)
    if environment.target == "aws":
        # EKS has no default class since 1.30
        # (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions-extended.html).
        return VolumesBinding(
            name=name,
            provisioner="ebs.csi.aws.com",
            parameters={"encrypted": "true", "kmsKeyId": volumes_key(site), "type": "gp3"},
            default=True,
        )
    # GKE's default class encrypts with Google's keys
    # (https://cloud.google.com/kubernetes-engine/docs/how-to/using-cmek#dynamic_disk).
    key = f"projects/{cloud.account}/locations/{cloud.region}/keyRings/{base}/cryptoKeys/{KEY}"
    return VolumesBinding(
        name=name,
        provisioner="pd.csi.storage.gke.io",
        parameters={"disk-encryption-kms-key": key, "type": volume_disk(environment)},
        default=False,
    )


def volumes_key(site: Site) -> str:
    """Return the alias of the key for volumes on AWS, which is known before the key exists.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html.
    """
    cloud = site.environment.cloud
    assert cloud is not None  # noqa: S101  only a cloud has keys
    base = environment_name(site.system, site.environment)
    return f"arn:{partition(cloud.region)}:kms:{cloud.region}:{cloud.account}:alias/{base}-{KEY}"
