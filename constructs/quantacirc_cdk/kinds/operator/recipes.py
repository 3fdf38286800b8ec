"""Where each operator's chart is published, where it belongs, and which environments use it.

``read`` says which version of the chart the names of its values were read from. No version and no digest of what is
installed is here: both are the project's, because nobody can know the digest of a chart without its registry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an operator is installed."""

    title: str
    """Name of the operator."""
    chart: str = ""
    """``oci://`` address of its chart, from its project's own instructions; empty if the project publishes none."""
    repository: str = ""
    """Address of its chart's repository where there is no ``oci://`` address: copy the chart into your registry."""
    package: str = ""
    """Name of the chart in that repository."""
    namespace: Callable[[Site], str]
    """Namespace to install it in, where the environment expects it."""
    wave: int
    """Position in the order of deployment. An operator is healthy before one of a higher wave is installed."""
    used: Callable[[Site], bool]
    """Whether an environment uses it."""
    because: str
    """What makes an environment use it, for messages."""
    provides: tuple[str, ...] = ()
    """Names in ``operations/operators.py`` of what the chart adds to a cluster."""
    required: tuple[tuple[str, ...], ...] = ()
    """Values without defaults that work: each a path of keys."""
    refused: Callable[[Site], tuple[str, str] | None] = lambda _: None
    """Why it does not work in an environment that installs it, and what does; None if it works."""
    read: str
    """Version of the chart that its values were read from, and where."""


def _on_eks(site: Site) -> bool:
    return site.environment.target == "aws" and site.environment.cluster.existing is None


def _scaled_by(site: Site) -> str | None:
    return (site.environment.cluster.autoscaler or "cluster-autoscaler") if _on_eks(site) else None


def _without_cert_manager(site: Site) -> tuple[str, str] | None:
    if site.environment.delivery != "argocd" or site.environment.cluster.addons.cert_manager:
        return None
    what = "Argo CD, for which the chart makes another certificate of its webhook in each rendering"
    return what, "`cluster.addons.cert_manager: true`, and cert-manager issues it"


def _gateway(site: Site) -> bool:
    cluster = site.environment.cluster
    return cluster.has_gateway and cluster.gateway_policies == "envoy"


RECIPES: Mapping[str, Recipe] = {
    # Nodes first, because the pods of all others may need new ones.
    "cluster-autoscaler": Recipe(
        title="Cluster Autoscaler",
        repository="https://kubernetes.github.io/autoscaler",
        package="cluster-autoscaler",
        namespace=lambda _: "kube-system",
        wave=-50,
        used=lambda site: _scaled_by(site) == "cluster-autoscaler",
        because="cluster.autoscaler: cluster-autoscaler, on AWS",
        read="9.59.0, https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/charts",
    ),
    "karpenter": Recipe(
        title="Karpenter",
        chart="oci://public.ecr.aws/karpenter/karpenter",
        namespace=lambda _: "kube-system",
        wave=-50,
        used=lambda site: _scaled_by(site) == "karpenter",
        because="cluster.autoscaler: karpenter, on AWS",
        provides=("Karpenter",),
        read="1.14.1, https://github.com/aws/karpenter-provider-aws/tree/main/charts/karpenter",
    ),
    "prometheus-operator": Recipe(
        title="Prometheus Operator",
        chart="oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack",
        namespace=lambda site: site.environment.cluster.monitoring_namespace,
        wave=-40,
        used=lambda site: site.environment.cluster.addons.prometheus_operator,
        because="cluster.addons.prometheus_operator",
        provides=("Prometheus Operator",),
        read="88.5.3, https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack",
    ),
    # Before cert-manager, which looks for the Gateway API only when it starts
    # (https://cert-manager.io/docs/usage/gateway/).
    "envoy-gateway": Recipe(
        title="Envoy Gateway",
        chart="oci://docker.io/envoyproxy/gateway-helm",
        namespace=lambda site: site.environment.cluster.entrance_namespace,
        wave=-30,
        used=_gateway,
        because="cluster.addons.gateway_api with gateway_policies: envoy and no ingress_class",
        provides=("Envoy Gateway", "Gateway API CRDs"),
        read="main of August 2026, https://github.com/envoyproxy/gateway/tree/main/charts/gateway-helm",
    ),
    "cert-manager": Recipe(
        title="cert-manager",
        chart="oci://quay.io/jetstack/charts/cert-manager",
        namespace=lambda _: "cert-manager",
        wave=-20,
        used=lambda site: site.environment.cluster.addons.cert_manager,
        because="cluster.addons.cert_manager",
        provides=("cert-manager",),
        read="master of August 2026, https://github.com/cert-manager/cert-manager/tree/master/deploy/charts",
    ),
    # After cert-manager, which issues the certificate of its webhook.
    "aws-load-balancer-controller": Recipe(
        title="AWS Load Balancer Controller",
        repository="https://aws.github.io/eks-charts",
        package="aws-load-balancer-controller",
        namespace=lambda _: "kube-system",
        wave=-15,
        used=lambda site: site.environment.cluster.load_balancer_controller,
        because="cluster.load_balancer_controller",
        provides=("AWS Load Balancer Controller",),
        refused=_without_cert_manager,
        read="3.5.0, https://github.com/aws/eks-charts/tree/master/stable/aws-load-balancer-controller",
    ),
    "argo-cd": Recipe(
        title="Argo CD",
        chart="oci://ghcr.io/argoproj/argo-helm/argo-cd",
        namespace=lambda _: "argocd",
        wave=-10,
        used=lambda _: False,  # Only one of the clusters that Argo CD deploys to runs it.
        because="installed: true, in the environment whose cluster runs it",
        provides=("Argo CD",),
        read="10.1.1, https://github.com/argoproj/argo-helm/tree/main/charts/argo-cd",
    ),
    "argo-rollouts": Recipe(
        title="Argo Rollouts",
        chart="oci://ghcr.io/argoproj/argo-helm/argo-rollouts",
        namespace=lambda _: "argo-rollouts",
        wave=-10,
        used=lambda site: site.environment.cluster.addons.argo_rollouts,
        because="cluster.addons.argo_rollouts",
        provides=("Argo Rollouts",),
        read="2.41.0, https://github.com/argoproj/argo-helm/tree/main/charts/argo-rollouts",
    ),
    "external-dns": Recipe(
        title="ExternalDNS",
        repository="https://kubernetes-sigs.github.io/external-dns",
        package="external-dns",
        namespace=lambda _: "external-dns",
        wave=-10,
        used=lambda site: "external-dns" in site.environment.cluster.dns_programs,
        because="external-dns in cluster.dns_programs",
        provides=("ExternalDNS",),
        read="1.21.1, https://github.com/kubernetes-sigs/external-dns/tree/master/charts/external-dns",
    ),
    "external-secrets": Recipe(
        title="External Secrets Operator",
        chart="oci://ghcr.io/external-secrets/charts/external-secrets",
        namespace=lambda _: "external-secrets",
        wave=-10,
        used=lambda site: site.environment.cluster.addons.external_secrets,
        because="cluster.addons.external_secrets",
        provides=("External Secrets Operator",),
        read="2.9.0, https://github.com/external-secrets/external-secrets/tree/main/deploy/charts",
    ),
    "keda": Recipe(
        title="KEDA",
        repository="https://kedacore.github.io/charts",
        package="keda",
        namespace=lambda site: site.environment.cluster.keda_namespace,
        wave=-10,
        used=lambda site: site.environment.cluster.addons.keda,
        because="cluster.addons.keda",
        provides=("KEDA",),
        read="2.20.2, https://github.com/kedacore/charts/tree/main/keda",
    ),
    "kyverno": Recipe(
        title="Kyverno",
        chart="oci://ghcr.io/kyverno/charts/kyverno",
        namespace=lambda _: "kyverno",
        wave=-10,
        used=lambda site: site.environment.cluster.addons.kyverno,
        because="cluster.addons.kyverno",
        provides=("Kyverno",),
        read="main of August 2026, https://github.com/kyverno/kyverno/tree/main/charts/kyverno",
    ),
    "metrics-server": Recipe(
        title="metrics-server",
        repository="https://kubernetes-sigs.github.io/metrics-server",
        package="metrics-server",
        namespace=lambda _: "kube-system",
        wave=-10,
        used=_on_eks,  # The other clouds bring it along.
        because="a new cluster on AWS",
        provides=("metrics-server",),
        read="3.13.1, https://github.com/kubernetes-sigs/metrics-server/tree/master/charts/metrics-server",
    ),
    "velero": Recipe(
        title="Velero",
        chart="oci://ghcr.io/vmware-tanzu/charts/velero",
        namespace=lambda _: "velero",
        wave=-10,
        used=lambda site: site.environment.cluster.addons.velero,
        because="cluster.addons.velero",
        provides=("Velero",),
        # The chart's default is a location without a provider and a bucket, and Velero works with no cloud without the
        # plugin of that cloud.
        required=(("configuration", "backupStorageLocation"), ("initContainers",)),
        read="12.1.0, https://github.com/vmware-tanzu/helm-charts/tree/main/charts/velero",
    ),
}
"""Operators by the name that `operator` takes."""
