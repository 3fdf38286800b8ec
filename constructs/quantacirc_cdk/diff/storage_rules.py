"""What changes of volumes, claims and classes of storage do."""

from quantacirc_cdk.diff.fields import FieldChange
from quantacirc_cdk.diff.impact import Impact, Rule
from quantacirc_cdk.units import parse_quantity

DOCS = "https://kubernetes.io/docs"
CLAIMS = f"{DOCS}/concepts/storage/persistent-volumes/"
CLASS_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/storage/validation/validation.go"


def _grows(change: FieldChange) -> bool:
    try:
        return parse_quantity(str(change.after)) >= parse_quantity(str(change.before))
    except ValueError:
        return False


RULES = (
    Rule(
        id="claim-grows",
        impact=Impact.NO_OP,
        kinds=("PersistentVolumeClaim",),
        paths=("spec.resources.requests.storage",),
        when=_grows,
        says="the volume grows while it is in use, where its class allows expansion",
        source=f"{CLAIMS}#expanding-persistent-volumes-claims",
    ),
    Rule(
        id="claim-shrinks",
        impact=Impact.RECREATE,
        kinds=("PersistentVolumeClaim",),
        paths=("spec.resources.requests.storage",),
        says="a claim cannot shrink",
        source=f"{CLAIMS}#expanding-persistent-volumes-claims",
    ),
    Rule(
        id="claim-attributes",
        impact=Impact.NO_OP,
        kinds=("PersistentVolumeClaim",),
        paths=("spec.volumeAttributesClassName",),
        says="the driver changes the volume's attributes while it is in use",
        source=f"{DOCS}/concepts/storage/volume-attributes-classes/",
    ),
    Rule(
        id="claim-immutable",
        impact=Impact.RECREATE,
        kinds=("PersistentVolumeClaim",),
        paths=("spec",),
        says="a claim cannot be changed but for its size: it must be deleted, with its data, and made anew",
        source=f"{CLAIMS}#persistentvolumeclaims",
    ),
    Rule(
        id="reclaim-delete",
        impact=Impact.DATA_LOSS,
        kinds=("PersistentVolume",),
        paths=("spec.persistentVolumeReclaimPolicy",),
        when=lambda change: change.after in ("Delete", "Recycle"),
        says="from now on the data goes with the claim",
        source=f"{CLAIMS}#reclaiming",
    ),
    Rule(
        id="volume-settings",
        impact=Impact.NO_OP,
        kinds=("PersistentVolume",),
        paths=("spec.persistentVolumeReclaimPolicy", "spec.capacity", "spec.mountOptions", "spec.accessModes"),
        says="applies when the volume is bound or mounted next",
        source=CLAIMS,
    ),
    Rule(
        id="volume-immutable",
        impact=Impact.RECREATE,
        kinds=("PersistentVolume",),
        paths=("spec",),
        says="where a volume's data is cannot be changed",
        source=f"{CLAIMS}#persistent-volumes",
    ),
    Rule(
        id="storage-class-immutable",
        impact=Impact.RECREATE,
        kinds=("StorageClass",),
        paths=("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
        says="this field of a StorageClass cannot be changed",
        source=CLASS_UPDATE,
    ),
    Rule(
        id="storage-class-settings",
        impact=Impact.NO_OP,
        kinds=("StorageClass",),
        paths=("allowVolumeExpansion", "mountOptions", "allowedTopologies"),
        says="applies to volumes made from now on",
        source=f"{DOCS}/concepts/storage/storage-classes/",
    ),
)
