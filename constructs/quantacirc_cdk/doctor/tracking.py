"""Check how the Argo CD of a cluster recognizes the objects of an application."""

import re
from collections.abc import Iterator

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError

_METHOD = "application.resourceTrackingMethod"
_LABEL = "label"
_PLACE = ("--namespace", ARGOCD_NAMESPACE)
_MAJOR = re.compile(r"v?([0-9]+)\.[0-9]")


def tracking(kubectl: Kubectl) -> Iterator[Finding]:
    """Yield a finding if Argo CD runs in the cluster, and its settings, or else the tag of its image, say how.

    It is missing if Argo CD tracks objects by their label ``app.kubernetes.io/instance``: then it changes this label,
    by which monitors select Services and ``qcdk health`` selects workloads. The label was the default before 3.0
    (https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/2.14-3.0/).
    """
    try:
        settings = kubectl.get("configmap", "argocd-cm", *_PLACE)
        method = ((settings or {}).get("data") or {}).get(_METHOD) or (settings and _default(kubectl))
    except OperationError:
        return
    if method == _LABEL:
        note = (
            "Argo CD tracks objects by app.kubernetes.io/instance and changes it: monitors and qcdk health find nothing"
        )
        get = f"set {_METHOD} of argocd-cm to annotation, the default of Argo CD 3; it applies to all its applications"
        yield Finding(name="Argo CD", status=Status.MISSING, note=note, get=get)
    elif method:
        yield Finding(name="Argo CD", status=Status.OK)


def _default(kubectl: Kubectl) -> str:
    """Return how Argo CD tracks objects without a setting; empty if the tag of its image is no version."""
    servers = kubectl.items(["deployments"], *_PLACE, "--selector", "app.kubernetes.io/name=argocd-server")
    images = [one["image"] for item in servers for one in item["spec"]["template"]["spec"]["containers"]]
    tags = (_MAJOR.match(image.partition("@")[0].rpartition(":")[2]) for image in images)
    releases = [int(tag[1]) for tag in tags if tag]
    return "" if not releases else _LABEL if min(releases) < 3 else "annotation"
