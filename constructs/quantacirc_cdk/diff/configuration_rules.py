"""What changes of configuration, permissions, limits and add-ons' objects do."""

from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange
from quantacirc_cdk.diff.impact import Impact, Rule

DOCS = "https://kubernetes.io/docs"
CONFIG = f"{DOCS}/concepts/configuration"
RBAC = f"{DOCS}/reference/access-authn-authz/rbac/"
CUSTOM = f"{DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
ENFORCE = "pod-security.kubernetes.io/enforce"
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
    for rule in rules:
        for verb in rule.get("verbs") or []:
            for group in rule.get("apiGroups") or [""]:
                for resource in rule.get("resources") or rule.get("nonResourceURLs") or []:
                    for name in rule.get("resourceNames") or ["*"]:
                        yield verb, group, resource, name


def _permits_no_less(change: FieldChange) -> bool:
    return _permissions(change.old.get("rules")) <= _permissions(change.new.get("rules"))


def _subjects_stay(change: FieldChange) -> bool:
    before, after = change.old.get("subjects") or [], change.new.get("subjects") or []
    return all(subject in after for subject in before)


def _drops_version(change: FieldChange) -> bool:
    return len(change.path) == 3 and change.removed


SYNCED = ("ExternalSecret", "ClusterExternalSecret")

RULES = (
    Rule(
        id="immutable-data",
        impact=Impact.RECREATE,
        kinds=("ConfigMap", "Secret"),
        paths=("data", "binaryData", "stringData", "immutable"),
        when=_was_immutable,
        says="the data of an immutable ConfigMap or Secret cannot be changed",
        source=f"{CONFIG}/configmap/#configmap-immutable",
    ),
    Rule(
        id="secret-type",
        impact=Impact.RECREATE,
        kinds=("Secret",),
        paths=("type",),
        says="the type of a Secret cannot be changed",
        source=f"{CONFIG}/secret/#secret-types",
    ),
    Rule(
        id="configuration-data",
        impact=Impact.NO_OP,
        kinds=("ConfigMap", "Secret"),
        says="mounted files follow within minutes; environment variables and subPath mounts with the next restart",
        source=f"{CONFIG}/configmap/#mounted-configmaps-are-updated-automatically",
    ),
    Rule(
        id="priority-immutable",
        impact=Impact.RECREATE,
        kinds=("PriorityClass",),
        paths=("value", "preemptionPolicy"),
        says="this field of a PriorityClass cannot be changed",
        source="https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/scheduling/validation/validation.go",
    ),
    Rule(
        id="priority-words",
        impact=Impact.NO_OP,
        kinds=("PriorityClass",),
        says="applies to pods created from now on",
        source=f"{DOCS}/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass",
    ),
    Rule(
        id="role-ref-immutable",
        impact=Impact.RECREATE,
        kinds=("RoleBinding", "ClusterRoleBinding"),
        paths=("roleRef",),
        says="the role a binding refers to cannot be changed",
        source=f"{RBAC}#clusterrolebinding-example",
    ),
    Rule(
        id="subject-added",
        impact=Impact.NO_OP,
        kinds=("RoleBinding", "ClusterRoleBinding"),
        paths=("subjects",),
        when=_subjects_stay,
        says="permits somebody more; permissions add up",
        source=RBAC,
    ),
    Rule(
        id="subject-removed",
        impact=Impact.UNAVAILABILITY,
        kinds=("RoleBinding", "ClusterRoleBinding"),
        paths=("subjects",),
        says="requests of those who are no longer named are refused at once",
        source=RBAC,
    ),
    Rule(
        id="permission-added",
        impact=Impact.NO_OP,
        kinds=("Role", "ClusterRole"),
        paths=("rules",),
        when=_permits_no_less,
        says="permits more; nothing that was permitted is refused",
        source=f"{RBAC}#role-and-clusterrole",
    ),
    Rule(
        id="permission-removed",
        impact=Impact.UNAVAILABILITY,
        kinds=("Role", "ClusterRole"),
        paths=("rules",),
        says="requests that need a permission that is gone are refused at once",
        source=f"{RBAC}#role-and-clusterrole",
    ),
    Rule(
        id="service-account",
        impact=Impact.NO_OP,
        kinds=("ServiceAccount",),
        says="running pods keep the identity and the token they started with",
        source=f"{DOCS}/tasks/configure-pod-container/configure-service-account/",
    ),
    Rule(
        id="pod-security-tightened",
        impact=Impact.UNAVAILABILITY,
        kinds=("Namespace",),
        paths=("metadata.labels",),
        when=_enforces_more,
        says="running pods stay, but those that break the new level are not created again",
        source=f"{DOCS}/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces",
    ),
    Rule(
        id="limits-lowered",
        impact=Impact.UNAVAILABILITY,
        kinds=("ResourceQuota", "LimitRange"),
        paths=("spec",),
        says="running pods stay, but new ones beyond the limit are refused, also in a rollout",
        source=f"{DOCS}/concepts/policy/resource-quotas/",
    ),
    Rule(
        id="disruption-budget",
        impact=Impact.NO_OP,
        kinds=("PodDisruptionBudget",),
        says="applies to evictions from now on",
        source=f"{DOCS}/tasks/run-application/configure-pdb/",
    ),
    Rule(
        id="autoscaler",
        impact=Impact.NO_OP,
        kinds=("HorizontalPodAutoscaler", "ScaledObject", "ScaledJob"),
        says="the number of pods follows; those that stay are not restarted",
        source=f"{DOCS}/tasks/run-application/horizontal-pod-autoscale/",
    ),
    Rule(
        id="crd-immutable",
        impact=Impact.RECREATE,
        kinds=("CustomResourceDefinition",),
        paths=("spec.scope", "spec.group", "spec.names.plural", "spec.names.kind"),
        says="this field of a CustomResourceDefinition cannot be changed once it is established",
        source=CUSTOM,
    ),
    Rule(
        id="crd-version-removed",
        impact=Impact.RECREATE,
        kinds=("CustomResourceDefinition",),
        paths=("spec.versions",),
        when=_drops_version,
        says="a version that objects are stored in cannot be removed before they are migrated",
        source=f"{DOCS}/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"
        "#upgrade-existing-objects-to-a-new-stored-version",
    ),
    Rule(
        id="crd-schema",
        impact=Impact.NO_OP,
        kinds=("CustomResourceDefinition",),
        paths=("spec",),
        says="applies to objects written from now on",
        source=CUSTOM,
    ),
    Rule(
        id="synced-secret-moves",
        impact=Impact.UNAVAILABILITY,
        kinds=SYNCED,
        paths=("spec.target.name", "spec.target.creationPolicy", "spec.target.deletionPolicy"),
        says="the Secret that pods mount is made under another name or by other rules; the old one is deleted",
        source="https://external-secrets.io/latest/guides/ownership-deletion-policy/",
    ),
    Rule(
        id="synced-secret",
        impact=Impact.NO_OP,
        kinds=(*SYNCED, "SecretStore", "ClusterSecretStore"),
        paths=("spec",),
        says="the Secret is refreshed; mounted files follow, environment variables with the next restart",
        source="https://external-secrets.io/latest/api/externalsecret/",
    ),
    Rule(
        id="certificate",
        impact=Impact.NO_OP,
        kinds=("Certificate",),
        paths=("spec",),
        when=lambda change: change.path[1:2] != ("secretName",) and ABSENT not in (change.before, change.after),
        says="a new certificate replaces the old one when it is issued",
        source="https://cert-manager.io/docs/usage/certificate/#issuance-triggers",
    ),
    Rule(
        id="observed",
        impact=Impact.NO_OP,
        kinds=("ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "Schedule", "Application", "ApplicationSet"),
        paths=("spec",),
        says="changes what is observed or saved, not what runs",
        source="https://prometheus-operator.dev/docs/api-reference/api/",
    ),
    Rule(
        id="object-metadata",
        impact=Impact.NO_OP,
        paths=("metadata.labels", "metadata.annotations"),
        says="labels and annotations of the object itself restart nothing",
        source=f"{DOCS}/concepts/overview/working-with-objects/labels/",
    ),
)
