"""What a program that backs up volumes may do with their snapshots."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.terraform.aws.iam import Statement, allow, arn
from quantacirc_cdk.terraform.interface.cluster import ClusterProps

_TAG = "velero.io/backup"
"""Tag with the name of the backup, which Velero sets on each snapshot and, when it restores, on each volume."""
_OF_CSI = "ebs.csi.aws.com/cluster"
"""Tag of volumes that the EBS CSI driver creates, also of those that Velero restores, which have the tags of the
snapshot (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md)."""


def snapshot_statements(props: ClusterProps) -> Sequence[Statement]:
    """Return the permissions for snapshots of the volumes of Kubernetes, and for volumes of these snapshots.

    The actions are those of https://github.com/vmware-tanzu/velero-plugin-for-aws/blob/main/README.md, for volumes of
    the EBS CSI driver and snapshots of Velero in the region, where the project asks for all. A snapshot is encrypted
    with the key of its volume, and so is a volume of it
    (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions).
    """
    volumes = [arn("ec2", props.region, props.account, "volume/*")]
    # Snapshots have no account in their names (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
    snapshots = [arn("ec2", props.region, "*", "snapshot/*")]
    key, through_ec2 = [props.keys.key_id("volumes")], {"kms:ViaService": f"ec2.{props.region}.amazonaws.com"}
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
    granted = {"StringEquals": through_ec2, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    new = {"StringEquals": {"ec2:CreateAction": ["CreateSnapshot", "CreateVolume"]}}
    of_csi = {"StringEquals": {f"aws:ResourceTag/{_OF_CSI}": "true"}}
    return [
        allow(["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], ["*"], "Find"),  # These are limited to no resource.
        allow(["ec2:CreateSnapshot"], volumes, "Source", Condition=of_csi),
        allow(["ec2:CreateSnapshot"], snapshots, "NewSnapshot", Condition=_tagged("Request")),
        allow(["ec2:CreateVolume"], volumes, "NewVolume", Condition=_tagged("Request")),
        allow(["ec2:CreateVolume", "ec2:DeleteSnapshot"], snapshots, "Snapshots", Condition=_tagged("Resource")),
        allow(["ec2:CreateTags"], [*volumes, *snapshots], "TagNew", Condition=new),
        allow(use, key, "Key", Condition={"StringEquals": through_ec2}),
        allow(["kms:CreateGrant"], key, "KeyOfVolumes", Condition=granted),
    ]


def _tagged(kind: str) -> dict[str, Any]:
    """Return the condition that a request or a resource has the tag of a backup."""
    return {"StringLike": {f"aws:{kind}Tag/{_TAG}": "*"}}
