"""The chart values of operators that follow from the model: names of cloud resources, identities, what to look for."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.contract.contract import contract_of
from quantacirc_cdk.contract.identities import READER, VELERO, IdentityBinding
from quantacirc_cdk.contract.karpenter import SERVICE_ACCOUNT, karpenter_of
from quantacirc_cdk.contract.names import environment_name
from quantacirc_cdk.contract.velero import velero_of
from quantacirc_cdk.model.site import Site

if TYPE_CHECKING:
    from quantacirc_cdk.kinds.operator.spec import Plugin

Data = dict[str, Any]

CERT_MANAGER = "cert-manager"
EXTERNAL_DNS = "external-dns"
LOAD_BALANCERS = "aws-load-balancer-controller"
"""Service account of the AWS Load Balancer Controller, which has the role of the stack."""
_SELECTORS = ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")


def values_of(operator: str, site: Site) -> Data:
    """Return the values that the model determines for an operator."""
    found = _VALUES.get(operator)
    return found(site) if found else {}


def _argo_cd(site: Site) -> Data:  # noqa: ARG001
    # Both are among the files for Argo CD (gitops/settings.py), and two applications must not own one object.
    return {"configs": {"cm": {"create": False}}, "notifications": {"cm": {"create": False}}}


def _cluster_name(site: Site) -> str:
    existing = site.environment.cluster.existing
    return existing.name if existing else environment_name(site.system, site.environment)


def _load_balancers(site: Site) -> Data:
    environment, cloud = site.environment, site.environment.cloud
    network, name = environment.network, environment_name(site.system, environment)
    found: Data = {
        "clusterName": _cluster_name(site),
        "serviceAccount": {"name": LOAD_BALANCERS},
        # The certificate of its webhook: from cert-manager, or the one that Helm made before.
        **({"enableCertManager": True} if environment.cluster.addons.cert_manager else {"keepTLSSecret": True}),
    }
    if cloud and network:  # Pods cannot ask the instance metadata service.
        there = network.existing.name if network.existing else name
        found |= {"vpcId": there} if there.startswith("vpc-") else {"vpcTags": {"Name": there}}
        found["region"] = cloud.region
    return found


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
        "autoDiscovery": {"clusterName": _cluster_name(site)},
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
    if identity and identity.annotations:
        named["annotations"] = dict(identity.annotations)
    if identity and identity.pod_labels:
        found["podLabels"] = dict(identity.pod_labels)
    return found


def _external_dns(site: Site) -> Data:
    environment, cloud = site.environment, site.environment.cloud
    if cloud is None or EXTERNAL_DNS not in environment.cluster.dns_programs:
        return {}
    name = environment_name(site.system, environment)
    routes = ["gateway-grpcroute", "gateway-httproute"] if environment.cluster.has_gateway else ["ingress"]
    found = _with_identity(EXTERNAL_DNS, contract_of(site.system, environment).identities[EXTERNAL_DNS])
    found |= {
        "domainFilters": [environment.domain],
        # A name that stays when its address goes is another's to take. It deletes records of this owner alone.
        "policy": "sync",
        "provider": {"name": {"aws": "aws", "gcp": "google", "azure": "azure"}[environment.target]},
        "sources": ["service", *routes],
        "txtOwnerId": name,
    }
    if environment.target == "aws":
        found["env"] = [{"name": "AWS_DEFAULT_REGION", "value": cloud.region}]
    elif environment.target == "gcp":
        found["extraArgs"] = {"google-project": cloud.account}
    else:
        # It has no secret; the tenant is in the pod's environment
        # (https://github.com/kubernetes-sigs/external-dns/blob/master/provider/azure/config.go).
        settings = {"resourceGroup": name, "subscriptionId": cloud.account, "useWorkloadIdentityExtension": True}
        data = {"azure.json": json.dumps(settings)}
        found["secretConfiguration"] = {"enabled": True, "mountPath": "/etc/kubernetes", "data": data}
    return found


def _external_secrets(site: Site) -> Data:
    return _with_identity(READER, contract_of(site.system, site.environment).reader if site.environment.cloud else None)


def _karpenter(site: Site) -> Data:
    binding = karpenter_of(site)
    queue = {"interruptionQueue": binding.cluster} if binding else {}  # Of an existing cluster, `values` have it.
    return {"serviceAccount": {"name": SERVICE_ACCOUNT}, "settings": {"clusterName": _cluster_name(site), **queue}}


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
    if site.environment.cluster.mode == "autopilot":
        # It denies Services in kube-system and pods in the host's namespaces
        # (https://github.com/prometheus-community/helm-charts/issues/713).
        found |= {one: {"enabled": False} for one in ("coreDns", "kubeProxy", "kubelet", "nodeExporter")}
        found["prometheusOperator"] = {"kubeletService": {"enabled": False}}
    return found


def _metrics_server(site: Site) -> Data:
    if not site.environment.high_availability:
        return {}
    return {"podDisruptionBudget": {"enabled": True, "minAvailable": 1}, "replicas": 2}


def _velero(site: Site) -> Data:
    binding, provider = velero_of(site), site.environment.target
    if binding is None:
        return {"serviceAccount": {"server": {"name": VELERO}}}
    found = _with_identity(VELERO, contract_of(site.system, site.environment).identities[VELERO])
    storage = {"provider": provider, "bucket": binding.bucket, "config": dict(binding.storage)}
    return found | {
        "serviceAccount": {"server": found["serviceAccount"]},
        "configuration": {
            # The Schedule of the system names this location.
            "backupStorageLocation": [{"name": "default", "default": True, **storage}],
            "volumeSnapshotLocation": [
                {"name": "default", "provider": provider, "config": dict(binding.snapshots)},
            ],
        },
        "credentials": {
            "useSecret": bool(binding.variables),
            **({"secretContents": {"cloud": _lines(binding.variables)}} if binding.variables else {}),
        },
    }


def _lines(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in sorted(variables.items()))


def plugin_values(site: Site, plugins: Mapping[Any, "Plugin"]) -> Data:
    """Return the values that load Velero's plugin for the cloud; none without a bucket for Velero."""
    binding, plugin = velero_of(site), plugins.get(site.environment.target)
    if binding is None or plugin is None:
        return {}
    image = f"{plugin.registry}/{binding.plugin}:{plugin.version}@{plugin.digest}"
    mount = {"mountPath": "/target", "name": "plugins"}
    return {"initContainers": [{"name": binding.plugin.partition("/")[2], "image": image, "volumeMounts": [mount]}]}


_VALUES: Mapping[str, Callable[[Site], Data]] = {
    "argo-cd": _argo_cd,
    "aws-load-balancer-controller": _load_balancers,
    "cert-manager": _cert_manager,
    "cluster-autoscaler": _cluster_autoscaler,
    "external-dns": _external_dns,
    "external-secrets": _external_secrets,
    "karpenter": _karpenter,
    "metrics-server": _metrics_server,
    "prometheus-operator": _prometheus_operator,
    "velero": _velero,
}
