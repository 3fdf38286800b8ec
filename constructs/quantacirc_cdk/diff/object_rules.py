"""Effects of adding and removing whole Kubernetes objects."""

from quantacirc_cdk.diff import chart_rules
from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.diff.network_rules import CLIENTS, GRANTS, LIMITS, ROUTES

DOCS = "https://kubernetes.io/docs"
ROLLOUTS = "https://argo-rollouts.readthedocs.io/en/stable"
IMAGE_POLICIES = "NamespacedImageValidatingPolicy ImageValidatingPolicy"
ISSUERS = "Issuer ClusterIssuer"
NOTHING = (
    "HorizontalPodAutoscaler PodDisruptionBudget ScaledObject ServiceMonitor PodMonitor PrometheusRule "
    "PriorityClass LimitRange ResourceQuota NetworkPolicy CiliumNetworkPolicy StorageClass Schedule Probe "
    "BackendTrafficPolicy AnalysisTemplate "
    f"{IMAGE_POLICIES}"
)


def _keeps_data(change: FieldChange) -> bool:
    """Return whether a removed object is annotated to stay in the cluster.

    Argo CD's option ``Delete`` is about the deletion of the whole application: an object that only has that option, and
    is no longer in the manifests, is pruned (https://github.com/argoproj/argo-cd/issues/7124).
    """
    annotations = look_up(change.old, "metadata", "annotations", default={})
    options = {option.strip() for option in str(annotations.get("argocd.argoproj.io/sync-options", "")).split(",")}
    return annotations.get("helm.sh/resource-policy") == "keep" or bool(options & {"Prune=false", "Prune=confirm"})


def _has_claims(change: FieldChange) -> bool:
    return bool(look_up(change.old, "spec", "volumeClaimTemplates"))


# fmt: off
REMOVED = (
    *chart_rules.REMOVED,
    rule("kept", Impact.NO_OP, when=_keeps_data,
         says="the object is annotated to stay in the cluster, and is no longer managed",
         source="https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource"),
    rule("namespace-removed", Impact.DATA_LOSS, "Namespace",
         says="everything in the namespace is deleted with it, including claims and their volumes",
         source=f"{DOCS}/concepts/overview/working-with-objects/namespaces/"),
    rule("claim-removed", Impact.DATA_LOSS, "PersistentVolumeClaim",
         says="with the reclaim policy Delete, the default of most classes, the data is deleted with the claim",
         source=f"{DOCS}/concepts/storage/persistent-volumes/#delete"),
    rule("volume-removed", Impact.DATA_LOSS, "PersistentVolume",
         says="nothing in the cluster references the data any more, and it may be deleted",
         source=f"{DOCS}/concepts/storage/persistent-volumes/#reclaiming"),
    rule("stateful-set-removed", Impact.DATA_LOSS, "StatefulSet", when=_has_claims,
         says="its retention policy decides about its claims; a StatefulSet of another name starts with empty volumes",
         source=f"{DOCS}/concepts/workloads/controllers/statefulset/#stable-storage"),
    rule("crd-removed", Impact.DATA_LOSS, "CustomResourceDefinition",
         says="every object of this kind is deleted with its definition",
         source=f"{DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
                "#delete-a-customresourcedefinition"),
    rule("stream-removed", Impact.DATA_LOSS, "Stream KeyValue ObjectStore",
         says="the messages in the stream are deleted with it",
         source="https://docs.nats.io/nats-concepts/jetstream/streams"),
    rule("harmless-removal", Impact.NO_OP, NOTHING,
         says="running pods are not affected", source=f"{DOCS}/concepts/overview/working-with-objects/"),
    rule("rollout-removed", Impact.UNAVAILABILITY, "Rollout",
         says="its pods are deleted: unless `qcdk deploy` or scripts/deploy.sh starts those of its Deployment first, "
              "scale the Deployment before the deployment",
         source=f"{ROLLOUTS}/migrating/#migrating-to-deployments"),
    rule("workload-removed", Impact.UNAVAILABILITY, "Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob",
         says="its pods are deleted, and its work stops",
         source=f"{DOCS}/concepts/architecture/garbage-collection/#cascading-deletion"),
    rule("address-removed", Impact.UNAVAILABILITY, f"Service Ingress Gateway {ROUTES}",
         says="its address no longer responds", source=f"{DOCS}/concepts/services-networking/service/"),
    rule("identity-removed", Impact.UNAVAILABILITY, "ServiceAccount Role ClusterRole RoleBinding ClusterRoleBinding",
         says="requests that rely on it are refused, and pods that name it are not created",
         source=f"{DOCS}/reference/access-authn-authz/rbac/"),
    rule("grant-removed", Impact.UNAVAILABILITY, "ReferenceGrant",
         says="references from other namespaces are refused: a Gateway loses the certificate and drops the listener",
         source=GRANTS),
    rule("configuration-removed", Impact.UNAVAILABILITY,
         "ConfigMap Secret ExternalSecret SecretStore ClusterSecretStore Certificate",
         says="running pods keep the values they read; new pods that reference it do not start",
         source=f"{DOCS}/concepts/configuration/configmap/#using-configmaps-as-files-from-a-pod"),
    rule("clients-removed", Impact.WIDENS_ACCESS, "SecurityPolicy",
         says="its routes accept all clients", source=CLIENTS),
    rule("issuer-removed", Impact.UNAVAILABILITY, ISSUERS,
         says="its certificates are no longer renewed", source="https://cert-manager.io/docs/concepts/issuer/"),
)
# fmt: on

# fmt: off
ADDED = (
    rule("policy-added", Impact.UNAVAILABILITY, "NetworkPolicy CiliumNetworkPolicy",
         says="pods that it selects, and that no policy selected before, now refuse connections without a rule",
         source=f"{DOCS}/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation"),
    rule("quota-added", Impact.UNAVAILABILITY, "ResourceQuota LimitRange",
         says="running pods stay, but new pods above the limit are refused, also in a rollout",
         source=f"{DOCS}/concepts/policy/resource-quotas/"),
    rule("grant-added", Impact.WIDENS_ACCESS, "ReferenceGrant",
         says="objects of another namespace may refer to objects of this one", source=GRANTS),
    rule("limits-added", Impact.UNAVAILABILITY, "BackendTrafficPolicy",
         says="requests above the limits are refused", source=LIMITS),
    rule("clients-added", Impact.UNAVAILABILITY, "SecurityPolicy",
         says="requests that it does not allow are refused", source=CLIENTS),
    rule("image-policy-added", Impact.UNAVAILABILITY, IMAGE_POLICIES,
         says="running pods stay, but new pods with images that violate it are refused, also in a rollout",
         source="https://kyverno.io/docs/policy-types/image-validating-policy/"),
    rule("rollout-added", Impact.ROLLING_RESTART, "Rollout",
         says="its pods replace those of the Deployment; an autoscaler begins with one pod of the Rollout",
         source=f"{ROLLOUTS}/migrating/#reference-deployment-from-rollout"),
    rule("added", Impact.NO_OP,
         says="new; existing objects are not affected", source=f"{DOCS}/concepts/overview/working-with-objects/"),
)
# fmt: on

ALLOWS = rule(
    "policy-allows",
    Impact.WIDENS_ACCESS,
    says="another policy refused every connection of these pods; its rules now allow some",
    source=f"{DOCS}/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation",
)
SUCCEEDED = rule(
    "job-succeeded",
    Impact.NO_OP,
    "Job",
    says="a Job cannot be changed: another Job replaces it, with another hash at the end of its name",
    source=f"{DOCS}/concepts/workloads/controllers/job/#pod-template",
)
UNKNOWN = rule(
    "unknown",
    Impact.UNAVAILABILITY,
    says="no rule covers this change; it counts as an interruption until you have checked it",
    source=f"{DOCS}/concepts/overview/working-with-objects/",
)
