"""Flux instead of Argo CD: the cluster of each environment reads its own folder.

https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from quantacirc_cdk.gitops.names import FLUX_NAMESPACE, MANIFESTS, Data, Delivery, metadata
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.site import Site

NOTIFICATION = "notification.toolkit.fluxcd.io/v1beta3"
SLACK = "https://slack.com/api/chat.postMessage"
"""Slack's API for messages of an app."""

# Flux reads the generation in the status of an object as a number, and that of a Rollout is a text, so it needs
# expressions (Flux 2.5): https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions
_SEEN = "has(status.observedGeneration) && status.observedGeneration == string(metadata.generation)"
_ROLLOUT_HEALTH = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Rollout",
    "current": f"{_SEEN} && has(status.phase) && status.phase == 'Healthy'",
    "failed": f"{_SEEN} && has(status.phase) && status.phase == 'Degraded'",
}


def flux_objects(delivery: Delivery, environment: Environment) -> list[Data]:
    """Return the GitRepository and the Kustomization of an environment, and its notifications.

    With approval, or if the pipeline applies the release, the Kustomization is suspended. Sync it manually with ``flux
    resume`` and ``flux suspend``.
    """
    name, site = delivery.system.name, Site(delivery.system, environment)
    return [
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": metadata(delivery, name, FLUX_NAMESPACE),
            "spec": {
                "interval": "1m",
                "timeout": "1m",
                "url": delivery.source.url,
                **({"secretRef": {"name": secret}} if (secret := delivery.system.git_secret) else {}),
                "ref": {"branch": delivery.source.branch},
                "ignore": _all_but(f"{MANIFESTS}/{environment.name}"),
            },
        },
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": metadata(delivery, delivery.name_of(environment.name), FLUX_NAMESPACE),
            "spec": {
                "interval": "10m",
                "retryInterval": "1m",
                "timeout": f"{15 + -(-site.pause_seconds // 60)}m",
                "path": f"./{MANIFESTS}/{environment.name}",
                "prune": True,
                "wait": True,
                "suspend": environment.delivery != "argocd" or environment.approval,
                "sourceRef": {"kind": "GitRepository", "name": name},
                **({"healthCheckExprs": [_ROLLOUT_HEALTH]} if site.in_steps else {}),
            },
        },
        *_notifications(delivery, environment),
    ]


def _notifications(delivery: Delivery, environment: Environment) -> list[Data]:
    """Return a Provider and an Alert for each Slack channel; the Secret ``<system>-slack`` has the key ``token``.

    https://fluxcd.io/flux/components/notification/providers/#slack
    """
    found: list[Data] = []
    for channel in environment.notifications.slack if environment.notifications else ():
        name = f"{delivery.name_of(environment.name)}-{channel.replace('_', '.')}"
        provider = {
            "type": "slack",
            "channel": channel,
            "address": SLACK,
            "secretRef": {"name": f"{delivery.system.name}-slack"},
        }
        alert = {
            "providerRef": {"name": name},
            "eventSeverity": "info",
            "eventSources": [{"kind": "Kustomization", "name": delivery.name_of(environment.name)}],
            "eventMetadata": {"environment": environment.name},
        }
        for kind, spec in (("Provider", provider), ("Alert", alert)):
            about = metadata(delivery, name, FLUX_NAMESPACE)
            found.append({"apiVersion": NOTIFICATION, "kind": kind, "metadata": about, "spec": spec})
    return found


def _all_but(path: str) -> str:
    """Return the patterns that exclude everything except a folder. Each parent must be included, because a folder below
    an excluded one cannot be included.
    """
    lines: list[str] = []
    parent = ""
    for part in path.split("/"):
        lines += [f"{parent}/*", f"!{parent}/{part}"]
        parent += f"/{part}"
    return "".join(f"{line}\n" for line in lines)
