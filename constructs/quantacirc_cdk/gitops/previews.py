"""Previews of pull requests: two applications for each request with the label, in a namespace that both share.

The first has the namespace with its Pod Security labels, quota, limits and PriorityClasses, from the deployed branch: a
pull request cannot change them. The second has the chart of the pull request's last commit, and no object outside of
the namespace. Both are deleted with the pull request.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Pull-Request/
"""

import re
from collections.abc import Sequence

from quantacirc_cdk.gitops.names import ARGOCD_NAMESPACE, CHARTS, PREVIEWS, Data, Delivery, metadata
from quantacirc_cdk.gitops.project import NAMESPACE_KINDS, kinds, role, with_found
from quantacirc_cdk.helm.expression import NAMESPACE
from quantacirc_cdk.helm.node import Insert, Text
from quantacirc_cdk.helm.preview import GUARDS, MONITORING
from quantacirc_cdk.helm.yaml_text import document
from quantacirc_cdk.manifests import cluster_scoped, group_of
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.environment import Previews
from quantacirc_cdk.model.previews import HOSTS, INFIX, software_of
from quantacirc_cdk.model.system import Source
from quantacirc_cdk.text import yaml
from quantacirc_cdk.text.go_template import literal

POLL_SECONDS = 300
"""Seconds between two looks for pull requests; a webhook makes Argo CD look at once."""
NUMBER = "{{.number}}"
KEY = "token"
"""Key of the access token in its Secret."""
COMMIT_DIGITS = 12
"""Digits of a commit in the tag of an image, as ``docker/build.sh`` pushes it."""
GUARD_KINDS = ("Namespace", "PriorityClass", *GUARDS)
"""Kinds that a pull request cannot change."""
_LEFT_OUT_GROUPS = (MONITORING, "velero.io")
_GUARD_CLUSTER_KINDS = (("", "Namespace"), ("scheduling.k8s.io", "PriorityClass"))
_GUARD_NAMESPACE_KINDS = (("", "LimitRange"), ("", "ResourceQuota"))


def preview_objects(
    delivery: Delivery, environment: Environment, previews: Previews, objects: Sequence[Data]
) -> list[Data]:
    """Return the projects and the ApplicationSets of an environment's previews; ``objects`` are those of the
    environment.
    """
    guard, system = f"{delivery.name_of(environment.name)}-preview-namespaces", previews_name(delivery, environment)
    name = delivery.system.name
    commit = f"{{{{trunc {COMMIT_DIGITS} .head_sha}}}}"
    preview: Data = {"name": f"pr-{NUMBER}", "domain": environment.domain}
    if previews.images == "commit":
        preview["imageTag"] = commit
    helm: Data = {
        "releaseName": name,
        "valueFiles": [f"values-{environment.name}.yaml"],
        "valuesObject": {"preview": preview},
    }
    branch, repository = literal(delivery.source.branch), literal(delivery.source.repository)
    sources: dict[str, Data] = {
        guard: {"targetRevision": branch, "path": f"{PREVIEWS}/{environment.name}", "helm": {"releaseName": name}},
        system: {"targetRevision": "{{.head_sha}}", "path": f"{CHARTS}/{name}", "helm": helm},
    }
    own = {(group_of(item), item["kind"]) for item in objects if not cluster_scoped(item)}
    allowed = [
        one for one in with_found(NAMESPACE_KINDS, own) if one[1] not in GUARDS and one[0] not in _LEFT_OUT_GROUPS
    ]
    generator = _generator(delivery.source, previews)
    return [
        _project(delivery, environment, guard, _GUARD_CLUSTER_KINDS, _GUARD_NAMESPACE_KINDS),
        _project(delivery, environment, system, (), allowed),
        *(
            _application_set(delivery, environment, project, generator, {"repoURL": repository, **source})
            for project, source in sources.items()
        ),
    ]


def previews_name(delivery: Delivery, environment: Environment) -> str:
    """Return the name of the project and the ApplicationSet of an environment's previews."""
    return f"{delivery.name_of(environment.name)}-previews"


def guard_chart(delivery: Delivery, environment: Environment, objects: Sequence[Data]) -> dict[str, str]:
    """Return the chart of the namespace of a preview: the environment's own, in the namespace of the release."""
    about = {
        "apiVersion": "v2",
        "name": f"{delivery.system.name}-preview-namespace",
        "description": f"Namespace of a preview of {environment.name}.",
        "type": "application",
        "version": "1.0.0",
    }
    namespace = delivery.namespace_of(environment)
    label = {f"{delivery.system.name}.preview-of": environment.name}
    found = [_guarded(item, namespace, label) for item in objects if item["kind"] in GUARD_KINDS]
    return {"Chart.yaml": yaml.dump(about), "templates/namespace.yaml": "".join(found)}


def _guarded(item: Data, namespace: str, label: Data) -> str:
    """Return the template of an object, without the annotations that would keep it when the preview is deleted.

    The ``label`` lets an operator find the namespaces of previews.
    """
    about = {key: part for key, part in item["metadata"].items() if key not in ("annotations", "namespace")}
    about["labels"] = {**about.get("labels", {}), **label}
    if cluster_scoped(item):
        about["name"] = Text((NAMESPACE, str(about["name"]).removeprefix(namespace)))
    else:
        about["namespace"] = Insert(NAMESPACE)
    return document({**item, "metadata": about}, ())


def _application_set(delivery: Delivery, environment: Environment, name: str, generator: Data, source: Data) -> Data:
    own = name == previews_name(delivery, environment)
    application = f"{delivery.name_of(environment.name)}{INFIX}{NUMBER}{'' if own else '-namespace'}"
    namespace = f"{delivery.namespace_of(environment)}{INFIX}{NUMBER}"
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": metadata(delivery, name, ARGOCD_NAMESPACE),
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"pullRequest": generator}],
            "template": {
                "metadata": {
                    "name": application,
                    "labels": {**delivery.labels, "environment": environment.name, "preview": f"pr-{NUMBER}"},
                },
                "spec": {
                    "project": name,
                    "source": source,
                    "destination": {"name": literal(environment.cluster.context), "namespace": namespace},
                    "revisionHistoryLimit": 1,
                    "syncPolicy": {
                        "automated": {"prune": True, "selfHeal": True},
                        "syncOptions": ["CreateNamespace=false", "ServerSideApply=true"],
                        # The namespace is that of the other application, which may be synced later.
                        "retry": {"limit": 10, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}},
                    },
                },
            },
        },
    }


def _generator(source: Source, previews: Previews) -> Data:
    software = software_of(source, previews)
    secret = {"tokenRef": {"secretName": previews.secret, "key": KEY}} if previews.secret else {}
    common: Data = {"labels": [previews.label], **secret}
    if source.host not in HOSTS:
        common["api"] = f"https://{source.host}/"
    if software == "gitlab":
        request: Data = {"project": source.path, "pullRequestState": "opened", **common}
    else:
        owner, _, repository = source.path.partition("/")
        request = {"owner": owner, "repo": repository, **common}
    return {
        str(software): request,
        "filters": [{"targetBranchMatch": f"^{re.escape(source.branch)}$"}],
        "requeueAfterSeconds": POLL_SECONDS,
    }


def _project(
    delivery: Delivery,
    environment: Environment,
    name: str,
    cluster_kinds: Sequence[tuple[str, str]],
    namespace_kinds: Sequence[tuple[str, str]],
) -> Data:
    context = environment.cluster.context
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": metadata(delivery, name, ARGOCD_NAMESPACE),
        "spec": {
            "description": f"Previews of pull requests in {environment.name}.",
            "sourceRepos": [delivery.source.repository],
            "destinations": [{"name": context, "namespace": f"{delivery.namespace_of(environment)}{INFIX}*"}],
            "clusterResourceWhitelist": kinds(cluster_kinds),
            "namespaceResourceWhitelist": kinds(namespace_kinds),
            "roles": [role(name, "viewer", "May look.", ("get",))],
        },
    }
