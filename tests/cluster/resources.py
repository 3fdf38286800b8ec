"""The kinds that the API serves."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One kind: where it is served and how."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def title(self) -> str:
        """The plural with its group, as messages have it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def builtin(self) -> bool:
        """Whether clients know the type, and so send strategic merge patches."""
        return "." not in self.group or self.group.endswith(".k8s.io")


_TABLE = """\
 v1 namespaces Namespace -
 v1 nodes Node -
 v1 persistentvolumes PersistentVolume -
 v1 configmaps ConfigMap
 v1 secrets Secret
 v1 services Service
 v1 serviceaccounts ServiceAccount
 v1 pods Pod
 v1 events Event
 v1 endpoints Endpoints
 v1 persistentvolumeclaims PersistentVolumeClaim
 v1 resourcequotas ResourceQuota
 v1 limitranges LimitRange
apps v1 deployments Deployment
apps v1 replicasets ReplicaSet
apps v1 statefulsets StatefulSet
apps v1 daemonsets DaemonSet
apps v1 controllerrevisions ControllerRevision
batch v1 jobs Job
batch v1 cronjobs CronJob
autoscaling v2 horizontalpodautoscalers HorizontalPodAutoscaler
policy v1 poddisruptionbudgets PodDisruptionBudget
networking.k8s.io v1 networkpolicies NetworkPolicy
networking.k8s.io v1 ingresses Ingress
networking.k8s.io v1 ingressclasses IngressClass -
rbac.authorization.k8s.io v1 roles Role
rbac.authorization.k8s.io v1 rolebindings RoleBinding
rbac.authorization.k8s.io v1 clusterroles ClusterRole -
rbac.authorization.k8s.io v1 clusterrolebindings ClusterRoleBinding -
scheduling.k8s.io v1 priorityclasses PriorityClass -
storage.k8s.io v1 storageclasses StorageClass -
node.k8s.io v1 runtimeclasses RuntimeClass -
coordination.k8s.io v1 leases Lease
discovery.k8s.io v1 endpointslices EndpointSlice
apiextensions.k8s.io v1 customresourcedefinitions CustomResourceDefinition -
authorization.k8s.io v1 selfsubjectaccessreviews SelfSubjectAccessReview -
cert-manager.io v1 certificates Certificate
argoproj.io v1alpha1 applications Application
argoproj.io v1alpha1 rollouts Rollout
argoproj.io v1alpha1 analysistemplates AnalysisTemplate
"""


def parse(table: str) -> tuple[Resource, ...]:
    """Read lines ``GROUP VERSION PLURAL KIND [-]``; a dash marks what is in no namespace."""
    found = []
    for line in table.splitlines():
        group, version, plural, kind, *rest = line.split(" ")
        found.append(Resource(group, version, plural, kind, namespaced=not rest))
    return tuple(found)


RESOURCES = parse(_TABLE)


DEFINITION = next(one for one in RESOURCES if one.kind == "CustomResourceDefinition")


def defined(definition: dict[str, Any]) -> Resource:
    """Return the kind of a CustomResourceDefinition, in its first version."""
    spec = definition["spec"]
    names, (version, *_) = spec["names"], spec["versions"]
    return Resource(spec["group"], version["name"], names["plural"], names["kind"], spec["scope"] == "Namespaced")
