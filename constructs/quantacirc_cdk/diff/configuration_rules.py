"""Effects of changes of configuration, permissions, limits and add-on objects."""

from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.diff.object_rules import IMAGE_POLICIES, ISSUERS, ROLLOUTS
from quantacirc_cdk.limits.quantity import parse_quantity

DOCS = "https://kubernetes.io/docs"
CONFIG = f"{DOCS}/concepts/configuration"
RBAC = f"{DOCS}/reference/access-authn-authz/rbac/"
CUSTOM = f"{DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
ENFORCE = "pod-security.kubernetes.io/enforce"
SPECIFICATION = f"{ROLLOUTS}/features/specification/"
LEVELS = ("privileged", "baseline", "restricted")


def _was_immutable(change: FieldChange) -> bool:
    return change.old.get("immutable") is True


def _enforces_more(change: FieldChange) -> bool:
    if change.path[-1] != ENFORCE or change.removed:
        return False
    before = LEVELS[0] if change.added else str(change.before)
    return before in LEVELS and change.after in LEVELS and LEVELS.index(change.after) > LEVELS.index(before)


def _permissions(rules: Any) -> set[tuple[str, ...]]:
    return set(_each_permission(rules)) if isinstance(rules, list) else set()


def _each_permission(rules: list[Any]) -> Iterator[tuple[str, ...]]:
    for entry in rules:
        for verb in entry.get("verbs") or []:
            for group in entry.get("apiGroups") or [""]:
                for resource in entry.get("resources") or entry.get("nonResourceURLs") or []:
                    for name in entry.get("resourceNames") or ["*"]:
                        yield verb, group, resource, name


def _permits_no_less(change: FieldChange) -> bool:
    return _permissions(change.old.get("rules")) <= _permissions(change.new.get("rules"))


def _permits_the_same(change: FieldChange) -> bool:
    return _permissions(change.old.get("rules")) == _permissions(change.new.get("rules"))


def _subjects_stay(change: FieldChange) -> bool:
    before, after = change.old.get("subjects") or [], change.new.get("subjects") or []
    return all(subject in after for subject in before)


def _raised(change: FieldChange) -> bool:
    """Return whether a change raises or removes a limit of a quota."""
    if change.removed:
        return True
    try:
        return parse_quantity(str(change.after)) >= parse_quantity(str(change.before))
    except ValueError:
        return False


def _only_defaults(change: FieldChange) -> bool:
    """Return whether the minimum and maximum of every type stay, and only its defaults change."""
    sides = (change.before, change.after)
    if not all(isinstance(side, list) for side in sides):
        return False
    before, after = (
        [{key: value for key, value in limit.items() if key not in ("default", "defaultRequest")} for limit in side]
        for side in sides
    )
    return before == after


def _drops_version(change: FieldChange) -> bool:
    return len(change.path) == 3 and change.removed


SYNCED = "ExternalSecret ClusterExternalSecret"

# fmt: off
RULES = (
    rule("immutable-data", Impact.RECREATE, "ConfigMap Secret", "data binaryData stringData immutable",
         when=_was_immutable,
         says="the data of an immutable ConfigMap or Secret cannot be changed",
         source=f"{CONFIG}/configmap/#configmap-immutable"),
    rule("secret-type", Impact.RECREATE, "Secret", "type",
         says="the type of a Secret cannot be changed", source=f"{CONFIG}/secret/#secret-types"),
    rule("configuration-data", Impact.NO_OP, "ConfigMap Secret",
         says="mounted files follow within minutes; environment variables and subPath mounts with the next restart",
         source=f"{CONFIG}/configmap/#mounted-configmaps-are-updated-automatically"),
    rule("priority-immutable", Impact.RECREATE, "PriorityClass", "value preemptionPolicy",
         says="this field of a PriorityClass cannot be changed",
         source="https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/scheduling/validation/validation.go"),
    rule("priority-words", Impact.NO_OP, "PriorityClass",
         says="applies to pods created from now on",
         source=f"{DOCS}/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass"),
    rule("role-ref-immutable", Impact.RECREATE, "RoleBinding ClusterRoleBinding", "roleRef",
         says="the role a binding refers to cannot be changed", source=f"{RBAC}#clusterrolebinding-example"),
    rule("subject-added", Impact.WIDENS_ACCESS, "RoleBinding ClusterRoleBinding", "subjects", when=_subjects_stay,
         says="grants additional permissions; permissions add up", source=RBAC),
    rule("subject-removed", Impact.UNAVAILABILITY, "RoleBinding ClusterRoleBinding", "subjects",
         says="requests of removed subjects are refused immediately", source=RBAC),
    rule("permission-reworded", Impact.NO_OP, "Role ClusterRole", "rules", when=_permits_the_same,
         says="grants the same permissions in another form", source=f"{RBAC}#role-and-clusterrole"),
    rule("permission-added", Impact.WIDENS_ACCESS, "Role ClusterRole", "rules", when=_permits_no_less,
         says="grants more; no permission is removed", source=f"{RBAC}#role-and-clusterrole"),
    rule("permission-removed", Impact.UNAVAILABILITY, "Role ClusterRole", "rules",
         says="requests that need a removed permission are refused immediately",
         source=f"{RBAC}#role-and-clusterrole"),
    rule("service-account", Impact.NO_OP, "ServiceAccount",
         says="running pods keep their identity and token",
         source=f"{DOCS}/tasks/configure-pod-container/configure-service-account/"),
    rule("pod-security-tightened", Impact.UNAVAILABILITY, "Namespace", "metadata.labels", when=_enforces_more,
         says="running pods stay, but new pods that violate the new level are refused",
         source=f"{DOCS}/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"),
    rule("quota-scopes-immutable", Impact.RECREATE, "ResourceQuota", "spec.scopes spec.scopeSelector",
         says="the scope of a quota cannot be changed",
         source="https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/validation.go"),
    rule("quota-raised", Impact.NO_OP, "ResourceQuota", "spec.hard", when=_raised,
         says="allows more; running pods are not affected",
         source=f"{DOCS}/concepts/policy/resource-quotas/#quota-and-cluster-capacity"),
    rule("limit-defaults", Impact.NO_OP, "LimitRange", "spec.limits", when=_only_defaults,
         says="applies to new containers without a request or limit",
         source=f"{DOCS}/concepts/policy/limit-range/#limitrange-and-admission-checks-for-pods"),
    rule("limits-lowered", Impact.UNAVAILABILITY, "ResourceQuota LimitRange", "spec",
         says="running pods stay, but new pods above the limit are refused, also in a rollout",
         source=f"{DOCS}/concepts/policy/resource-quotas/"),
    rule("disruption-budget", Impact.NO_OP, "PodDisruptionBudget",
         says="applies to evictions from now on", source=f"{DOCS}/tasks/run-application/configure-pdb/"),
    rule("no-pods-by-use", Impact.RECREATE, "HorizontalPodAutoscaler", "spec.minReplicas",
         when=lambda change: change.after == 0,
         says="the API refuses a minimum of 0 replicas without the feature HPAScaleToZero, which is off by default",
         source=f"{DOCS}/reference/command-line-tools-reference/feature-gates/"),
    rule("runtime-class-immutable", Impact.RECREATE, "RuntimeClass", "handler",
         says="the handler of a RuntimeClass cannot be changed",
         source=f"{DOCS}/concepts/containers/runtime-class/"),
    rule("autoscaler", Impact.NO_OP, "HorizontalPodAutoscaler ScaledObject ScaledJob",
         says="the number of pods changes; remaining pods are not restarted",
         source=f"{DOCS}/tasks/run-application/horizontal-pod-autoscale/"),
    rule("rollout-scaled", Impact.NO_OP, "Rollout", "spec.replicas",
         says="the number of pods changes; remaining pods are not restarted", source=SPECIFICATION),
    rule("rollout-steps", Impact.NO_OP, "Rollout",
         "spec.strategy spec.rollbackWindow spec.revisionHistoryLimit spec.minReadySeconds spec.progressDeadlineAbort "
         "spec.progressDeadlineSeconds",
         says="applies to the next release, and to the rest of a release that is not finished", source=SPECIFICATION),
    rule("analysis", Impact.NO_OP, "AnalysisTemplate", "spec",
         says="applies to the measurements of the next release", source=f"{ROLLOUTS}/features/analysis/"),
    rule("crd-immutable", Impact.RECREATE,
         "CustomResourceDefinition",
         "spec.scope spec.group spec.names.plural spec.names.kind",
         says="this field of a CustomResourceDefinition cannot be changed once it is established", source=CUSTOM),
    rule("crd-version-removed", Impact.RECREATE, "CustomResourceDefinition", "spec.versions", when=_drops_version,
         says="a version in which objects are stored cannot be removed before they are migrated",
         source=f"{DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"
                "#upgrade-existing-objects-to-a-new-stored-version"),
    rule("crd-schema", Impact.NO_OP, "CustomResourceDefinition", "spec",
         says="applies to objects written from now on", source=CUSTOM),
    rule("synced-secret-moves", Impact.UNAVAILABILITY, SYNCED,
         "spec.target.name spec.target.creationPolicy spec.target.deletionPolicy",
         says="the Secret is created under another name or with other policies; the old one is deleted",
         source="https://external-secrets.io/latest/guides/ownership-deletion-policy/"),
    rule("synced-secret", Impact.NO_OP, f"{SYNCED} SecretStore ClusterSecretStore", "spec",
         says="the Secret is refreshed; mounted files follow, environment variables with the next restart",
         source="https://external-secrets.io/latest/api/externalsecret/"),
    rule("certificate", Impact.NO_OP, "Certificate", "spec",
         when=lambda change: change.path[1:2] != ("secretName",) and ABSENT not in (change.before, change.after),
         says="a new certificate replaces the old one when it is issued",
         source="https://cert-manager.io/docs/usage/certificate/#issuance-triggers"),
    rule("certificate-moves", Impact.UNAVAILABILITY, "Certificate", "spec.secretName",
         says="the certificate is issued into another Secret; pods with the old one keep an expiring certificate",
         source="https://cert-manager.io/docs/usage/certificate/"),
    rule("issuer", Impact.UNAVAILABILITY, ISSUERS, "spec",
         says="new certificates are signed by another authority, which clients must trust",
         source="https://cert-manager.io/docs/concepts/issuer/"),
    rule("image-policy", Impact.UNAVAILABILITY, IMAGE_POLICIES, "spec",
         says="running pods stay, but new pods with images that violate it are refused, also in a rollout",
         source="https://kyverno.io/docs/policy-types/image-validating-policy/"),
    rule("observed", Impact.NO_OP,
         "ServiceMonitor PodMonitor PrometheusRule Probe Schedule Application ApplicationSet",
         "spec",
         says="changes what is monitored or backed up, not what runs",
         source="https://prometheus-operator.dev/docs/api-reference/api/"),
    rule("object-metadata", Impact.NO_OP, "", "metadata.labels metadata.annotations",
         says="changes of an object's own labels and annotations restart nothing",
         source=f"{DOCS}/concepts/overview/working-with-objects/labels/"),
)
# fmt: on
