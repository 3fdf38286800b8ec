"""Resources of the Kubernetes API that are in no namespace, so that a Role cannot grant them."""

from collections.abc import Collection

_RESOURCES = {
    "": "componentstatuses namespaces nodes persistentvolumes",
    "admissionregistration.k8s.io": "mutatingadmissionpolicies mutatingadmissionpolicybindings "
    "mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings "
    "validatingwebhookconfigurations",
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews",
    "authorization.k8s.io": "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
    "certificates.k8s.io": "certificatesigningrequests clustertrustbundles",
    "flowcontrol.apiserver.k8s.io": "flowschemas prioritylevelconfigurations",
    "gateway.networking.k8s.io": "gatewayclasses",
    "metrics.k8s.io": "nodes",
    "networking.k8s.io": "ingressclasses ipaddresses servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles",
    "resource.k8s.io": "deviceclasses resourceslices",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": "csidrivers csinodes storageclasses volumeattachments volumeattributesclasses",
}
"""``kubectl api-resources --namespaced=false`` (https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/)."""
CLUSTER_RESOURCES = {group: frozenset(names.split()) for group, names in _RESOURCES.items()}
"""Names of resources by API group."""
_OF_ALL_NAMESPACES = frozenset(("create", "deletecollection", "list", "watch"))
"""Verbs on namespaces that a Role does not grant. Others are on one namespace, and a Role in it grants them
(https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/request/requestinfo.go)."""


def refused_resource(group: str, resource: str, verbs: Collection[str]) -> tuple[str, str] | None:
    """Return the problem of a resource in a rule of a Role, or None."""
    name = resource.partition("/")[0]
    if name not in CLUSTER_RESOURCES.get(group, ()):
        return None
    if (group, name) == ("", "namespaces") and not _OF_ALL_NAMESPACES & set(verbs):
        return None
    what = f'"{resource}", which no namespace contains: a Role grants no access to it'
    return what, "resources of the namespace; add a ClusterRole and its binding in Python for others"
