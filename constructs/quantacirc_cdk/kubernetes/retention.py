"""Annotations of objects that contain data, so that deleting a release, an application or a file does not delete them.

``helm uninstall`` keeps the object, Argo CD asks for confirmation before it prunes or deletes it, and Flux never prunes
it. Deleting a namespace deletes all its claims and Secrets, so the annotations also apply to the namespace.

Sources: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource,
https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#resource-pruning-with-confirmation,
https://fluxcd.io/flux/components/kustomize/kustomizations/#prune.
"""

from collections.abc import Mapping

KEPT_KINDS = frozenset({"Namespace", "PersistentVolumeClaim", "Secret"})
"""Kinds of objects that contain data, or the only credentials for it."""

_ANNOTATIONS = {
    "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def retention(kind: str) -> Mapping[str, str]:
    """Return the annotations of an object of this kind; none if it contains no data."""
    return _ANNOTATIONS if kind in KEPT_KINDS else {}
