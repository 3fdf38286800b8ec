"""StorageClass: how the volumes of claims are created."""

from collections.abc import Mapping

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import ObjectName

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
"""https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass."""


class StorageClass(Manifest):
    """A StorageClass with volume expansion, in the zone of the first pod that mounts the volume.

    It is not namespaced. Claims without a class use the ``default`` one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: ObjectName,
        provisioner: str,
        parameters: Mapping[str, str],
        labels: dict[str, str],
        default: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="storage.k8s.io/v1",
            kind="StorageClass",
            name=name,
            labels=labels,
            annotations={_DEFAULT: "true"} if default else None,
            allowVolumeExpansion=True,
            parameters=dict(parameters),
            provisioner=provisioner,
            reclaimPolicy="Delete",
            # A volume is in one zone, so it waits for the scheduler's choice.
            volumeBindingMode="WaitForFirstConsumer",
        )
