"""Properties that the library sets itself, with the reasons why an import does not carry them over."""

from quantacirc_cdk.importing.comparison import Key, Leaf
from quantacirc_cdk.importing.plan import IDENTITY, Translation
from quantacirc_cdk.importing.source import TEMPLATES, Item

CLUSTER = "The cluster writes it."
LABEL = "The library sets this label."
SELECTOR = "The labels of the library select the pods."
SECRET = "A project must not contain values of Secrets: create the Secret in the cluster."  # noqa: S105 (no secret)
NAMESPACE = "The library creates the Namespace of the environment."
ONE_NAMESPACE = "An environment has one namespace."
RENAMED = "It has another name."
SCALED = "An autoscaler sets the number of replicas."
ALONE = "Its pods share a volume that only one node at a time can mount: one replica runs."
API = "The library uses another version of this API."
ABSENT = "The output has no such object."
NO_WORD = "The library sets a different value."

STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
"""Annotation of a claim with its StorageClass, older than the field."""
_METADATA = frozenset(
    {
        "creationTimestamp",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
_ANNOTATIONS = (
    "kubectl.kubernetes.io/",
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "autoscaling.alpha.kubernetes.io/",
)
_GIVEN = {
    "Service": frozenset({"clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort"}),
    "PersistentVolumeClaim": frozenset({"volumeName"}),
}


def by_the_cluster(item: Item, key: Key, leaf: Leaf) -> bool:
    """Return whether the cluster wrote a property."""
    if key[0] == "status" or (key[0] == "metadata" and key[1:2] and key[1] in _METADATA):
        return True
    if "annotations" in key and str(key[-1]).startswith(_ANNOTATIONS) and key[-1] != STORAGE_CLASS:
        return True
    if key[-1] == "creationTimestamp":
        return True
    given = _GIVEN.get(item.kind, frozenset())
    return len(key) > 1 and key[0] == "spec" and key[1] in given and leaf.value != "None"


def declared(item: Item, key: Key, leaf: Leaf, translation: Translation) -> str | None:
    """Return the reason why the library sets a property itself; None for a property that the project should set."""
    if by_the_cluster(item, key, leaf):
        return CLUSTER
    if item.kind in ("Secret", "Namespace"):
        return SECRET if item.kind == "Secret" else NAMESPACE
    if key == ("metadata", "name"):
        return RENAMED
    if key == ("metadata", "namespace"):
        return ONE_NAMESPACE
    if key == ("apiVersion",):
        return API
    pod_labels = (*TEMPLATES.get(item.kind, ("",)), "metadata", "labels")
    labels = key[:-1] in (("metadata", "labels"), pod_labels) or "volumeClaimTemplates" in key
    if labels and key[-1] in IDENTITY:
        return LABEL
    if "selector" in key or "podSelector" in key or "labelSelector" in key:
        known = item in translation.components.values() or item.kind in ("PodDisruptionBudget", "Service")
        if known or IDENTITY & set(key) or "matchExpressions" in key:
            return SELECTOR
    names = {name for name, one in translation.components.items() if one is item}
    if key == ("spec", "replicas") and names & translation.single:
        return ALONE
    if key == ("spec", "replicas") and any(
        one[0] == "HorizontalPodAutoscaler" and new[1] == item.name for one, new in translation.counterparts.items()
    ):
        return SCALED
    return None
