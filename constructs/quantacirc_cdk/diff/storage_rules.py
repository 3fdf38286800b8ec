"""Effects of changes of volumes, claims and storage classes."""

from quantacirc_cdk.diff.fields import FieldChange
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.limits.quantity import parse_quantity

DOCS = "https://kubernetes.io/docs"
CLAIMS = f"{DOCS}/concepts/storage/persistent-volumes/"
CLASS_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/storage/validation/validation.go"


def _grows(change: FieldChange) -> bool:
    try:
        return parse_quantity(str(change.after)) >= parse_quantity(str(change.before))
    except ValueError:
        return False


def _first_affinity(change: FieldChange) -> bool:
    return change.added


# fmt: off
GROWS = rule(
    "claim-grows", Impact.NO_OP, "PersistentVolumeClaim", "spec.resources.requests.storage",
    says="the volume is expanded while in use: its class allows expansion",
    source=f"{CLAIMS}#expanding-persistent-volumes-claims",
)
EXPANDING = (
    "azurefile azurefile-csi azurefile-csi-premium azurefile-premium managed managed-csi managed-csi-premium "
    "managed-premium premium-rwo standard-rwo"
).split()
"""StorageClasses that AKS and GKE create themselves, with allowVolumeExpansion:
https://learn.microsoft.com/azure/aks/concepts-storage#storage-classes and
https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes#storageclasses."""
MAY_GROW = rule(
    "claim-may-not-grow", Impact.RECREATE, "PersistentVolumeClaim", "spec.resources.requests.storage", when=_grows,
    says="the API refuses a larger claim unless its StorageClass has allowVolumeExpansion, and no class here does",
    source=f"{CLAIMS}#expanding-persistent-volumes-claims",
)
RULES = (
    MAY_GROW,
    rule("claim-shrinks", Impact.RECREATE, "PersistentVolumeClaim", "spec.resources.requests.storage",
         says="a claim cannot shrink", source=f"{CLAIMS}#expanding-persistent-volumes-claims"),
    rule("claim-attributes", Impact.NO_OP, "PersistentVolumeClaim", "spec.volumeAttributesClassName",
         says="the driver changes the volume's attributes while it is in use",
         source=f"{DOCS}/concepts/storage/volume-attributes-classes/"),
    rule("claim-immutable", Impact.RECREATE, "PersistentVolumeClaim", "spec",
         says="only the size of a claim can be changed: it must be deleted, with its data, and recreated",
         source=f"{CLAIMS}#persistentvolumeclaims"),
    rule("reclaim-delete", Impact.DATA_LOSS, "PersistentVolume", "spec.persistentVolumeReclaimPolicy",
         when=lambda change: change.after in ("Delete", "Recycle"),
         says="from now on, deleting the claim deletes the data", source=f"{CLAIMS}#reclaiming"),
    rule("volume-settings", Impact.NO_OP,
         "PersistentVolume",
         "spec.persistentVolumeReclaimPolicy spec.capacity spec.mountOptions spec.accessModes",
         says="applies when the volume is next bound or mounted", source=CLAIMS),
    rule("volume-affinity", Impact.NO_OP, "PersistentVolume", "spec.nodeAffinity", when=_first_affinity,
         says="the volume can be used from fewer nodes",
         source=f"{CLAIMS}#node-affinity"),
    rule("volume-immutable", Impact.RECREATE, "PersistentVolume", "spec",
         says="the location of a volume's data cannot be changed", source=f"{CLAIMS}#persistent-volumes"),
    rule("storage-class-immutable", Impact.RECREATE,
         "StorageClass",
         "parameters provisioner reclaimPolicy volumeBindingMode",
         says="this field of a StorageClass cannot be changed", source=CLASS_UPDATE),
    rule("storage-class-settings", Impact.NO_OP, "StorageClass", "allowVolumeExpansion mountOptions allowedTopologies",
         says="applies to new volumes", source=f"{DOCS}/concepts/storage/storage-classes/"),
)
# fmt: on
