"""The chart values of operators that follow from the model: names of cloud resources, identities, what to look for."""

from collections.abc import Callable, Mapping
from typing import Any

from quantacirc_cdk.contract.contract import contract_of
from quantacirc_cdk.contract.identities import AZURE_CLIENT_ID, READER, IdentityBinding
from quantacirc_cdk.contract.karpenter import SERVICE_ACCOUNT, karpenter_of
from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.model.site import Site

Data = dict[str, Any]

CERT_MANAGER = "cert-manager"
_SELECTORS = ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")


def values_of(operator: str, site: Site) -> Data:
    """Return the values that the model determines for an operator."""
    found = _VALUES.get(operator)
    return found(site) if found else {}


def _argo_cd(site: Site) -> Data:  # noqa: ARG001
    # Both are among the files for Argo CD (gitops/settings.py), and two applications must not own one object.
    return {"configs": {"cm": {"create": False}}, "notifications": {"cm": {"create": False}}}


def _cert_manager(site: Site) -> Data:
    found: Data = {
        # Deleting the definitions deletes every certificate.
        "crds": {"enabled": True, "keep": True},
        # The default is kube-system, where nobody needs rights for this.
        "global": {"leaderElection": {"namespace": "cert-manager"}},
    }
    if site.environment.cloud and CERT_MANAGER in site.environment.cluster.dns_programs:
        found |= _with_identity(CERT_MANAGER, contract_of(site.system, site.environment).identities[CERT_MANAGER])
    if site.environment.cluster.has_gateway:
        found["config"] = {
            "apiVersion": "controller.config.cert-manager.io/v1alpha1",
            "kind": "ControllerConfiguration",
            "enableGatewayAPI": True,
        }
    return found


def _cluster_autoscaler(site: Site) -> Data:
    cloud = site.environment.cloud
    return {
        "autoDiscovery": {"clusterName": environment_name(site.system, site.environment)},
        # Pods cannot ask the instance metadata service.
        **({"awsRegion": cloud.region} if cloud else {}),
        "cloudProvider": "aws",
        "extraArgs": {"balance-similar-node-groups": True},
        # EKS Pod Identity knows the pods by it.
        "rbac": {"serviceAccount": {"name": "cluster-autoscaler"}},
    }


def _with_identity(account: str, identity: IdentityBinding | None) -> Data:
    """Return the values of a service account with an identity, as the charts of several operators name them."""
    named: Data = {"name": account}
    found: Data = {"serviceAccount": named}
    if identity and identity.client_id:
        named["annotations"] = {AZURE_CLIENT_ID: identity.client_id}
        found["podLabels"] = dict(identity.pod_labels)
    return found


def _external_secrets(site: Site) -> Data:
    return _with_identity(READER, contract_of(site.system, site.environment).reader if site.environment.cloud else None)


def _karpenter(site: Site) -> Data:
    binding = karpenter_of(site)
    name = binding.cluster if binding else environment_name(site.system, site.environment)
    return {
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        "settings": {"clusterName": name, "interruptionQueue": name},
    }


def _prometheus_operator(site: Site) -> Data:
    # Without these, Prometheus reads only the objects of its release.
    spec: Data = {f"{one}SelectorNilUsesHelmValues": False for one in _SELECTORS}
    found: Data = {
        # Its chart generates a password in each rendering, so Argo CD would restart Grafana again and again. To turn it
        # on, name a Secret.
        "grafana": {"enabled": False},
        "prometheus": {"prometheusSpec": spec},
    }
    if site.environment.target != "local":  # A cloud does not show its control plane, so their alerts would fire.
        hidden = ("kubeControllerManager", "kubeEtcd", "kubeScheduler")
        found |= {one: {"enabled": False} for one in hidden}
    return found


def _velero(site: Site) -> Data:  # noqa: ARG001
    return {"serviceAccount": {"server": {"name": "velero"}}}


_VALUES: Mapping[str, Callable[[Site], Data]] = {
    "argo-cd": _argo_cd,
    "cert-manager": _cert_manager,
    "cluster-autoscaler": _cluster_autoscaler,
    "external-secrets": _external_secrets,
    "karpenter": _karpenter,
    "prometheus-operator": _prometheus_operator,
    "velero": _velero,
}
