"""Argo CD projects: sources, destinations, kinds, sync windows and permissions of an environment's application.

https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
"""

from collections.abc import Sequence

from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE, IN_CLUSTER, Data, Delivery, metadata
from quantacirc_cdk.manifests import cluster_scoped, group_of
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.environment import ChangeWindow

Kind = tuple[str, str]
"""API group and kind."""
CLUSTER_KINDS = (("", "Namespace"), ("scheduling.k8s.io", "PriorityClass"))
NAMESPACE_KINDS = (
    ("", "ConfigMap"),
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("argoproj.io", "AnalysisTemplate"),
    ("argoproj.io", "Rollout"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("cert-manager.io", "Certificate"),
    ("cert-manager.io", "Issuer"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("external-secrets.io", "ExternalSecret"),
    ("external-secrets.io", "SecretStore"),
    ("gateway.envoyproxy.io", "BackendTrafficPolicy"),
    ("gateway.envoyproxy.io", "SecurityPolicy"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "ReferenceGrant"),
    ("gateway.networking.k8s.io", "TLSRoute"),
    ("keda.sh", "ScaledObject"),
    ("keda.sh", "TriggerAuthentication"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "ServiceMonitor"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policies.kyverno.io", "NamespacedImageValidatingPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("velero.io", "Schedule"),
)
"""Kinds of the Kubernetes constructs. Other kinds are allowed only if the environment's manifests contain them."""

# Objects that the cluster and its controllers create in a namespace.
_NOT_ORPHANED = (
    {"group": "", "kind": "ConfigMap", "name": "kube-root-ca.crt"},
    {"group": "", "kind": "PersistentVolumeClaim"},
    {"group": "", "kind": "Secret"},
    {"group": "", "kind": "ServiceAccount", "name": "default"},
    {"group": "batch", "kind": "Job"},
    {"group": "cert-manager.io", "kind": "CertificateRequest"},
)


def environment_project(delivery: Delivery, environment: Environment, objects: Sequence[Data] = ()) -> Data:
    """Return the project of an environment: its namespace on its clusters, with warnings about orphaned objects.

    Also allows the kinds and namespaces of ``objects``, the environment's objects, because a project can add kinds that
    the constructs never create.
    """
    name = delivery.name_of(environment.name)
    context = environment.cluster.context
    namespaces = [delivery.namespace_of(environment)]
    if environment.cluster.addons.velero:
        namespaces.append("velero")
    stated = {str(item["metadata"].get("namespace", "")) for item in objects if not cluster_scoped(item)}
    namespaces += sorted(stated - {"", *namespaces})
    cluster_kinds = {(group_of(item), item["kind"]) for item in objects if cluster_scoped(item)}
    namespace_kinds = {(group_of(item), item["kind"]) for item in objects if not cluster_scoped(item)}
    spec: Data = {
        "description": environment.description or f"Environment {environment.name}.",
        "sourceRepos": [delivery.source.repository],
        "destinations": [
            {"name": cluster, "namespace": namespace}
            for cluster in (context, f"{context}-*")
            for namespace in namespaces
        ],
        "clusterResourceWhitelist": kinds(with_found(CLUSTER_KINDS, cluster_kinds)),
        "namespaceResourceWhitelist": kinds(with_found(NAMESPACE_KINDS, namespace_kinds)),
        "orphanedResources": {"warn": True, "ignore": [dict(item) for item in _NOT_ORPHANED]},
        "roles": [
            role(name, "viewer", "May look.", ("get",)),
            role(name, "deployer", "May view and sync.", ("get", "sync")),
        ],
    }
    if environment.change_windows:
        spec["syncWindows"] = [_window(window) for window in environment.change_windows]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": metadata(delivery, name, ARGOCD_NAMESPACE),
        "spec": spec,
    }


def root_project(delivery: Delivery) -> Data:
    """Return the project of the application that creates the others: Argo CD objects in Argo CD's namespace."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": metadata(delivery, delivery.root, ARGOCD_NAMESPACE),
        "spec": {
            "description": f"What delivers {delivery.system.name}.",
            "sourceRepos": [delivery.source.repository],
            "destinations": [{"server": IN_CLUSTER, "namespace": ARGOCD_NAMESPACE}],
            "clusterResourceWhitelist": [],
            "namespaceResourceWhitelist": kinds(
                (
                    ("", "ConfigMap"),
                    ("argoproj.io", "AppProject"),
                    *([("argoproj.io", "Application")] if delivery.has_charts else []),
                    ("argoproj.io", "ApplicationSet"),
                )
            ),
        },
    }


def with_found(known: Sequence[Kind], found: set[Kind]) -> list[Kind]:
    """Return the kinds, and those that were ``found`` besides."""
    return [*known, *sorted(found - set(known))]


def kinds(found: Sequence[Kind]) -> list[Data]:
    """Return kinds as a project lists them."""
    return [{"group": group, "kind": kind} for group, kind in found]


def role(project: str, name: str, description: str, actions: tuple[str, ...]) -> Data:
    """Return a role of a project for the group ``<project>-<name>s``."""
    policies = [f"p, proj:{project}:{name}, applications, {action}, {project}/*, allow" for action in actions]
    return {"name": name, "description": description, "groups": [f"{project}-{name}s"], "policies": policies}


def _window(window: ChangeWindow) -> Data:
    return {
        "kind": "allow",
        "schedule": window.schedule,
        "duration": f"{window.hours}h",
        "timeZone": window.time_zone,
        "applications": ["*"],
        "manualSync": False,  # Outside of the windows, manual syncs are also blocked.
    }
