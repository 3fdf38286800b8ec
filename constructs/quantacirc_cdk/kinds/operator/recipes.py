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
    required: Callable[[Site], tuple[tuple[str, ...], ...]] = lambda _: ()
    """Values without which it does not work in an environment that installs it: each a path of keys."""
    refused: Callable[[Site], tuple[str, str] | None] = lambda _: None
    """Why it does not work in an environment that installs it, after its title, and what does; None if it works."""
    read: str
    """Version of the chart that its values were read from, and where."""


def _on_eks(site: Site) -> bool:
    return site.environment.target == "aws" and site.environment.cluster.existing is None


_NOT_HERE = "no `installed`"
_OF_EKS = "no `installed`, or `target: aws`, with `cluster.existing` for an EKS cluster that exists"


def _elsewhere(site: Site, what: str) -> tuple[str, str] | None:
    """Return why an operator of EKS is not for the cluster of another cloud, which does ``what`` itself."""
    environment = site.environment
    if environment.target == "local":
        return "in a local environment, of whose cluster the model names no account, region or VPC", _OF_EKS
    managed = MANAGED.get(environment.target)
    return (f"on {managed}, which {what} itself", _NOT_HERE) if managed else None


MANAGED = {"gcp": "GKE", "azure": "AKS"}
"""The Kubernetes service of each cloud that brings along what EKS leaves to operators."""


def _scaled_by(site: Site) -> str | None:
    return (site.environment.cluster.autoscaler or "cluster-autoscaler") if _on_eks(site) else None


def _without_permissions(key: str, value: str) -> tuple[str, str]:
    """Return that the stack gives an operator nothing, and the setting of the cluster with which it does."""
    return "without the permissions that the stack creates for it", f"`cluster.{key}: {value}`, or no `installed`"


def _does_not_scale(name: str) -> Callable[[Site], tuple[str, str] | None]:
    """Return why an autoscaler does not work where the stack has no role for it.

    Sources: https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler,
    https://learn.microsoft.com/azure/aks/cluster-autoscaler-overview.
    """

    def refused(site: Site) -> tuple[str, str] | None:
        other = _on_eks(site) and _scaled_by(site) != name
        return _elsewhere(site, "scales its nodes") or (_without_permissions("autoscaler", name) if other else None)

    return refused


def _makes_no_load_balancers(site: Site) -> tuple[str, str] | None:
    cluster = site.environment.cluster
    if wrong := _elsewhere(site, "makes load balancers"):
        return wrong
    if _on_eks(site) and not cluster.load_balancer_controller:
        return _without_permissions("load_balancer_controller", "true")
    if site.environment.delivery != "argocd" or cluster.addons.cert_manager:
        return None
    what = "with Argo CD, for which the chart makes another certificate of its webhook in each rendering"
    return what, "`cluster.addons.cert_manager: true`, and cert-manager issues it"


def _second_metrics_server(site: Site) -> tuple[str, str] | None:
    """Return whose API service a second one would clash with.

    Sources: https://cloud.google.com/kubernetes-engine/docs/concepts/horizontalpodautoscaler,
    https://learn.microsoft.com/azure/aks/tutorial-kubernetes-scale.
    """
    managed = MANAGED.get(site.environment.target)
    return (f"on {managed}, whose own serves v1beta1.metrics.k8s.io", _NOT_HERE) if managed else None


def _provider_of_records(site: Site) -> tuple[tuple[str, ...], ...]:
    """Return the value that names who serves the records, unless the zone of the stack does."""
    return () if "external-dns" in site.environment.cluster.dns_programs else (("provider",),)


def _locations(site: Site) -> tuple[tuple[str, ...], ...]:
    """Return the values that name the bucket and the plugin, unless both follow from the model.

    The chart's default is a location without a provider and a bucket, and Velero works with no cloud without the
    plugin of that cloud.
    """
    known = site.environment.cloud and site.environment.cluster.velero_store
    return () if known else (("configuration", "backupStorageLocation"), ("initContainers",))


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
        refused=_does_not_scale("cluster-autoscaler"),
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
        refused=_does_not_scale("karpenter"),
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
        used=lambda site: _on_eks(site) and site.environment.cluster.load_balancer_controller,
        because="cluster.load_balancer_controller",
        provides=("AWS Load Balancer Controller",),
        refused=_makes_no_load_balancers,
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
        required=_provider_of_records,
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
        refused=_second_metrics_server,
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
        required=_locations,
        read="12.1.0, https://github.com/vmware-tanzu/helm-charts/tree/main/charts/velero",
    ),
}
"""Operators by the name that `operator` takes."""
