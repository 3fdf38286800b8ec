"""Operators that provide API groups which no Kubernetes release serves itself."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator, a controller or a set of CustomResourceDefinitions."""

    name: str
    url: str
    """Page about its installation."""
    groups: tuple[str, ...]
    """API groups that it serves, each with all groups below it: ``cert-manager.io``, ``acme.cert-manager.io``."""
    kinds: tuple[str, ...] = ()
    """Its kinds, where several operators share a group; all kinds when empty."""
    component: str = ""
    """What `operator` of a component names, so that the system installs it; empty if there is no such name."""


# fmt: off
OPERATORS = (
    Operator(name="Argo CD", component="argo-cd",
             url="https://argo-cd.readthedocs.io/en/stable/getting_started/", groups=("argoproj.io",),
             kinds=("Application", "ApplicationSet", "AppProject")),
    Operator(name="Argo Rollouts", component="argo-rollouts",
             url="https://argo-rollouts.readthedocs.io/en/stable/installation/",
             groups=("argoproj.io",),
             kinds=("AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate", "Experiment", "Rollout")),
    Operator(name="AWS Load Balancer Controller", component="aws-load-balancer-controller",
             url="https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/",
             groups=("elbv2.k8s.aws", "gateway.k8s.aws", "aga.k8s.aws")),
    Operator(name="cert-manager", component="cert-manager",
             url="https://cert-manager.io/docs/installation/", groups=("cert-manager.io",)),
    Operator(name="Cilium", url="https://docs.cilium.io/en/stable/installation/", groups=("cilium.io",)),
    Operator(name="CSI snapshot controller", url="https://kubernetes-csi.github.io/docs/snapshot-controller.html",
             groups=("snapshot.storage.k8s.io",)),
    Operator(name="Envoy Gateway", component="envoy-gateway", url="https://gateway.envoyproxy.io/docs/install/",
             groups=("gateway.envoyproxy.io",)),
    Operator(name="ExternalDNS", component="external-dns", url="https://kubernetes-sigs.github.io/external-dns/",
             groups=("externaldns.k8s.io",)),
    Operator(name="External Secrets Operator", component="external-secrets",
             url="https://external-secrets.io/latest/introduction/getting-started/", groups=("external-secrets.io",)),
    Operator(name="Flux", url="https://fluxcd.io/flux/installation/", groups=("toolkit.fluxcd.io",)),
    Operator(name="Gateway API CRDs", component="envoy-gateway", url="https://gateway-api.sigs.k8s.io/guides/",
             groups=("gateway.networking.k8s.io",)),
    Operator(name="Karpenter", component="karpenter",
             url="https://karpenter.sh/docs/getting-started/migrating-from-cas/",
             groups=("karpenter.sh", "karpenter.k8s.aws")),
    Operator(name="KEDA", component="keda", url="https://keda.sh/docs/latest/deploy/", groups=("keda.sh",)),
    Operator(name="Kyverno", component="kyverno", url="https://kyverno.io/docs/installation/", groups=("kyverno.io",)),
    Operator(name="metrics-server", component="metrics-server", url="https://kubernetes-sigs.github.io/metrics-server/",
             groups=("metrics.k8s.io",)),
    Operator(name="Prometheus Adapter", url="https://github.com/kubernetes-sigs/prometheus-adapter",
             groups=("custom.metrics.k8s.io", "external.metrics.k8s.io")),
    Operator(name="Prometheus Operator", component="prometheus-operator",
             url="https://prometheus-operator.dev/docs/getting-started/installation/",
             groups=("monitoring.coreos.com",)),
    Operator(name="Velero", component="velero",
             url="https://velero.io/docs/main/basic-install/", groups=("velero.io",)),
    Operator(name="Vertical Pod Autoscaler",
             url="https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler",
             groups=("autoscaling.k8s.io",)),
)
# fmt: on

_BUILT_IN = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""Groups of Kubernetes itself with a dot in their names (https://kubernetes.io/docs/reference/kubernetes-api/)."""


def built_in(group: str) -> bool:
    """Return whether Kubernetes itself serves an API group; "" is the core group."""
    return "." not in group or group in _BUILT_IN


def operator_of(group: str, kind: str = "") -> Operator | None:
    """Return the operator that provides a kind of an API group; None if the table has none."""
    for operator in OPERATORS:
        inside = any(group == one or group.endswith(f".{one}") for one in operator.groups)
        # custom.metrics.k8s.io lies below metrics.k8s.io, and another program serves it.
        exact = any(group in other.groups for other in OPERATORS)
        if inside and (not exact or group in operator.groups) and (not operator.kinds or kind in operator.kinds):
            return operator
    return None
