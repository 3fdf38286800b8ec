"""Persistent volume claims."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import AccessMode, Annotations, Bytes, Labels, ObjectName


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A PersistentVolumeClaim: one for each pod of a StatefulSet, or one that pods of the namespace share."""

    name: ObjectName
    size: Bytes
    """Size in bytes with a unit (``10Gi``)."""
    storage_class: ObjectName | None = None
    """StorageClass; the cluster's default when absent."""
    access_modes: Sequence[AccessMode] = ("ReadWriteOnce",)
    """ReadWriteOnce, ReadWriteMany, ReadOnlyMany or ReadWriteOncePod."""
    volume_name: ObjectName | None = None
    """PersistentVolume to bind to; when absent, a new one is provisioned."""
    annotations: Annotations = field(default_factory=dict)


def claim_spec(claim: Claim) -> Data:
    """Return the ``spec`` of a PersistentVolumeClaim."""
    spec = compact(
        accessModes=list(claim.access_modes),
        resources={"requests": {"storage": claim.size}},
        storageClassName=claim.storage_class,
        volumeName=claim.volume_name,
    )
    return {**spec, "volumeMode": "Filesystem"}


class PersistentVolumeClaim(Manifest):
    """A PersistentVolumeClaim that pods of the namespace can mount, within its access modes."""

    def __init__(self, scope: Construct, id: str, claim: Claim, *, labels: Labels) -> None:
        super().__init__(
            scope,
            id,
            api_version="v1",
            kind="PersistentVolumeClaim",
            name=claim.name,
            labels=labels,
            annotations=claim.annotations,
            spec=claim_spec(claim),
        )

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.IPersistentVolumeClaim":
        """The claim as a cdk8s-plus object: ``kplus.Volume.from_persistent_volume_claim(chart, "v",
        claim.for_cdk8s_plus)``.
        """
        return plus.claim(self)
