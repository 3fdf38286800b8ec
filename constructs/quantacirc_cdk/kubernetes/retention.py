"""What keeps data when a release, an application or a file goes: annotations of the objects that hold it.

``helm uninstall`` leaves the object, Argo CD asks before it prunes or deletes it, Flux never prunes it. A namespace
takes every claim and every Secret in it along.

Sources: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource,
https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#resource-pruning-with-confirmation,
https://fluxcd.io/flux/components/kustomize/kustomizations/#prune.
"""

from collections.abc import Mapping

KEPT_KINDS = frozenset({"Namespace", "PersistentVolumeClaim", "Secret"})
"""Kinds that hold data, the keys to data, or all of it."""

_ANNOTATIONS = {
    "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def retention(kind: str) -> Mapping[str, str]:
    """Return the annotations of an object of this kind; none for what holds no data."""
    return _ANNOTATIONS if kind in KEPT_KINDS else {}
