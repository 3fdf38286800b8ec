"""Volumes that outlive pods."""

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
    """A request for a volume: of every pod for itself in a StatefulSet, or of a namespace for all that mount it."""

    name: ObjectName
    size: Bytes
    """Size in bytes with a unit (``10Gi``)."""
    storage_class: ObjectName | None = None
    """The cluster's default when absent."""
    access_modes: Sequence[AccessMode] = ("ReadWriteOnce",)
    """ReadWriteOnce, ReadWriteMany, ReadOnlyMany or ReadWriteOncePod."""
    volume_name: ObjectName | None = None
    """PersistentVolume to bind to; one is made when absent."""
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
    """A PersistentVolumeClaim that all pods of the namespace may mount, as far as its access modes allow."""

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
        """The same for cdk8s-plus: ``kplus.Volume.from_persistent_volume_claim(chart, "v", claim.for_cdk8s_plus)``."""
        return plus.claim(self)
