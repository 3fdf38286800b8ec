"""Check how the Argo CD of a cluster recognizes the objects of an application."""

from collections.abc import Iterator

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError

_METHOD = "application.resourceTrackingMethod"
_LABEL = "label"


def tracking(kubectl: Kubectl) -> Iterator[Finding]:
    """Yield a finding if Argo CD runs in the cluster and a deployer may read its settings.

    It is missing if Argo CD tracks objects by their label ``app.kubernetes.io/instance``: then it changes this label,
    by which monitors select Services and ``qcdk health`` selects workloads. The label was the default before 3.0
    (https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/2.14-3.0/).
    """
    place = ("--namespace", ARGOCD_NAMESPACE)
    try:
        settings = kubectl.get("configmap", "argocd-cm", *place)
        method = ((settings or {}).get("data") or {}).get(_METHOD)
        if settings and not method:
            servers = kubectl.items(["deployments"], *place, "--selector", "app.kubernetes.io/name=argocd-server")
            images = [one["image"] for item in servers for one in item["spec"]["template"]["spec"]["containers"]]
            method = (
                _LABEL if any(image.partition("@")[0].rpartition(":")[2].startswith("v2.") for image in images) else ""
            )
    except OperationError:
        return
    if settings and method == _LABEL:
        note = (
            "Argo CD tracks objects by app.kubernetes.io/instance and changes it: monitors and qcdk health find nothing"
        )
        get = f"set {_METHOD} of argocd-cm to annotation, the default of Argo CD 3; it applies to all its applications"
        yield Finding(name="Argo CD", status=Status.MISSING, note=note, get=get)
    elif settings:
        yield Finding(name="Argo CD", status=Status.OK)
