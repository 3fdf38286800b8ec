"""Argo CD applications: one for each environment, from an ApplicationSet with a list or cluster generator.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
"""

from typing import Literal

from quantacirc_cdk.gitops.names import (
    ARGOCD_NAMESPACE,
    CHARTS,
    IN_CLUSTER,
    MANIFESTS,
    OUTPUT,
    Data,
    Delivery,
    metadata,
)
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.text.go_template import literal

Variant = Literal["environments", "clusters", "helm"]
VARIANTS: dict[Variant, str] = {
    "environments": "the manifests, one cluster for each environment",
    "clusters": "the manifests, every cluster that is labelled with the environment",
    "helm": "the chart, one cluster for each environment",
}

RETRIES = 5
"""Attempts of a failed sync, about five minutes."""
CHART_RETRIES = 12
"""The same where charts may add kinds, about 40 minutes: a commit that adds an operator and objects for it changes both
applications at the same time."""

EVENTS = ("on-deployed", "on-health-degraded", "on-sync-failed")
"""Events that the owners of an environment are notified of."""

_SLACK = "".join(f'    notifications.argoproj.io/subscribe.{event}.slack: "{{{{ . }}}}"\n' for event in EVENTS)

# Differences between environments that a text cannot express. An autoscaler owns the replicas of its target, and Argo
# Rollouts those of a Deployment whose pods it runs. A `spec` without content would be null, which deletes that of the
# template.
_PATCH = (
    "{{- with .slack }}\nmetadata:\n  annotations:\n"
    + _SLACK
    + """\
{{- end }}
{{- if or .scaled .rolled .labelled .automated }}
spec:
{{- else }}
spec: {}
{{- end }}
  {{- if or .scaled .rolled .labelled }}
  ignoreDifferences:
    {{- if .labelled }}
    - group: "*"
      kind: "*"
      jsonPointers:
        - /metadata/labels/app.kubernetes.io~1managed-by
        - /spec/template/metadata/labels/app.kubernetes.io~1managed-by
        - /spec/jobTemplate/spec/template/metadata/labels/app.kubernetes.io~1managed-by
    {{- end }}
    {{- range .scaled }}
    - { group: apps, kind: Deployment, name: {{ . }}, jsonPointers: [/spec/replicas] }
    {{- end }}
    {{- range .rolled }}
    - { group: argoproj.io, kind: Rollout, name: {{ . }}, jsonPointers: [/spec/replicas] }
    {{- end }}
  {{- end }}
  {{- if .automated }}
  syncPolicy:
    automated: { prune: true, selfHeal: true }
  {{- end }}
"""
)


def application_set(delivery: Delivery, variant: Variant) -> Data:
    """Return the ApplicationSet. All variants have the same name, so that choosing another one replaces the first.

    An application whose environment no longer exists is kept and reports the missing path, so that nothing is orphaned
    unnoticed.
    """
    elements: Data = {"list": {"elements": [_element(delivery, one, variant) for one in delivery.environments]}}
    if variant == "clusters":
        selector = {"matchLabels": {delivery.environment_label: "{{.environment}}"}}
        generator: Data = {"matrix": {"generators": [elements, {"clusters": {"selector": selector}}]}}
        name, cluster = "{{.environment}}-{{.nameNormalized}}", "{{.name}}"
    else:
        generator, name, cluster = elements, "{{.environment}}", "{{.cluster}}"
    project = delivery.name_of("{{.environment}}")
    subscriptions = {f"notifications.argoproj.io/subscribe.{event}.email": "{{.owners}}" for event in EVENTS}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": metadata(delivery, delivery.system.name, ARGOCD_NAMESPACE),
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [generator],
            "syncPolicy": {"preserveResourcesOnDeletion": True, "applicationsSync": "create-update"},
            "template": {
                "metadata": {
                    "name": delivery.name_of(name),
                    "labels": {**delivery.labels, "environment": "{{.environment}}"},
                    "annotations": subscriptions,
                },
                "spec": {
                    "project": project,
                    "source": _source(delivery, variant),
                    "destination": {"name": cluster, "namespace": "{{.namespace}}"},
                    "revisionHistoryLimit": 10,
                    "syncPolicy": _sync_policy(retries=CHART_RETRIES if delivery.has_charts else RETRIES),
                },
            },
            "templatePatch": _PATCH,
        },
    }


def root_application(delivery: Delivery, variant: Variant) -> Data:
    """Return the application that creates the projects and the ApplicationSet.

    It does not prune automatically: a project that is removed from the repository is out of sync until you prune it.
    """
    policy = _sync_policy() | {"automated": {"prune": False, "selfHeal": True}}
    charts = "charts/*.yaml," if delivery.has_charts else ""
    previews = "previews/*.yaml," if delivery.has_previews else ""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata(delivery, delivery.root, ARGOCD_NAMESPACE),
        "spec": {
            "project": delivery.root,
            "source": {
                "repoURL": delivery.source.repository,
                "targetRevision": delivery.source.branch,
                "path": f"{OUTPUT}/argocd",
                "directory": {
                    "recurse": True,
                    "include": f"{{{charts}{previews}projects/*.yaml,settings/*.yaml,applications/{variant}.yaml}}",
                },
            },
            "destination": {"server": IN_CLUSTER, "namespace": ARGOCD_NAMESPACE},
            "syncPolicy": policy,
        },
    }


def scaled(site: Site) -> list[str]:
    """Return the components with an autoscaler, in the order of the system."""
    replicas = {name: site.replicas(name) for name, component in site.present.items() if component.scales}
    return [name for name, count in replicas.items() if count.max > count.min]


def _element(delivery: Delivery, environment: Environment, variant: Variant) -> Data:
    site = Site(delivery.system, environment)
    by_load, in_turn = scaled(site), site.in_steps
    return {
        "environment": environment.name,
        "cluster": environment.cluster.context,
        "namespace": delivery.namespace_of(environment),
        "owners": ";".join(environment.owners),
        "slack": ";".join(environment.notifications.slack) if environment.notifications else "",
        # With approval, or if the pipeline applies the release, Argo CD only shows differences.
        "automated": environment.delivery == "argocd" and not environment.approval,
        "scaled": [name for name in site.present if name in by_load or name in in_turn],
        # Helm, which deploys it, labels its objects in another way than the manifests.
        "labelled": environment.delivery == "helm" and variant != "helm",
        "rolled": [name for name in in_turn if name in by_load],
    }


def _source(delivery: Delivery, variant: Variant) -> Data:
    repository, branch = delivery.source.repository, delivery.source.branch
    source = {"repoURL": literal(repository), "targetRevision": literal(branch)}
    if variant == "helm":
        name = delivery.system.name
        helm = {"releaseName": name, "valueFiles": ["values-{{.environment}}.yaml"]}
        return {**source, "path": f"{CHARTS}/{name}", "helm": helm}
    return {**source, "path": f"{MANIFESTS}/{{{{.environment}}}}"}


def _sync_policy(retries: int = RETRIES) -> Data:
    return {
        "syncOptions": [
            "ApplyOutOfSyncOnly=true",
            "CreateNamespace=false",  # It is one of the manifests, with its labels.
            "PruneLast=true",
            "RespectIgnoreDifferences=true",
            "ServerSideApply=true",
        ],
        "retry": {"limit": retries, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}},
    }
