"""Flux instead of Argo CD: the cluster of each environment reads its own folder.

https://fluxcd.io/flux/components/kustomize/kustomizations/
"""

from collections.abc import Sequence

from quantacirc_cdk.gitops.names import (
    FLUX_CHARTS,
    FLUX_NAMESPACE,
    MANIFESTS,
    OUTPUT,
    Data,
    Delivery,
    metadata,
)
from quantacirc_cdk.model import Environment
from quantacirc_cdk.model.site import Site

CHART_MINUTES = 30
"""Minutes that all charts before a system may take together, until they are tried again."""
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


def flux_objects(delivery: Delivery, environment: Environment, *, charts_first: bool = False) -> list[Data]:
    """Return the GitRepository and the Kustomization of an environment, and its notifications.

    With approval or change windows, which Flux does not know, or if the pipeline applies the release, the Kustomization
    is suspended. Sync it manually with ``flux resume`` and ``flux suspend``. With ``charts_first``, it waits for a
    second Kustomization, with the charts that precede the system: their operators then run before their custom
    resources are applied.
    """
    site = Site(delivery.system, environment)
    own, before = delivery.name_of(environment.name), delivery.charts_of(environment.name)
    folders = {own: f"{MANIFESTS}/{environment.name}"}
    if charts_first:
        folders[before] = f"{OUTPUT}/{FLUX_CHARTS}/{environment.name}"
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": metadata(delivery, own, FLUX_NAMESPACE),
        "spec": {
            "interval": "1m",
            "timeout": "1m",
            "url": delivery.source.url,
            **({"secretRef": {"name": secret}} if (secret := delivery.system.git_secret) else {}),
            "ref": {"branch": delivery.source.branch},
            "ignore": _all_but([*folders.values()]),
        },
    }
    minutes = 15 + -(-site.pause_seconds // 60)
    waits = {"dependsOn": [{"name": before}]} if charts_first else {}
    health = {"healthCheckExprs": [_ROLLOUT_HEALTH]} if site.in_steps else {}
    return [
        source,
        *(
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": metadata(delivery, one, FLUX_NAMESPACE),
                "spec": {
                    "interval": "10m",
                    "retryInterval": "1m",
                    "timeout": f"{minutes if one == own else CHART_MINUTES}m",
                    "path": f"./{folder}",
                    "prune": True,
                    "wait": True,
                    "suspend": environment.delivery != "argocd"
                    or environment.approval
                    or bool(environment.change_windows),
                    "sourceRef": {"kind": "GitRepository", "name": own},
                    **({**waits, **health} if one == own else {}),
                },
            }
            for one, folder in folders.items()
        ),
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


def _all_but(paths: Sequence[str]) -> str:
    """Return the patterns that exclude everything except some folders. Each parent must be included, because a folder
    below an excluded one cannot be included.
    """
    below: dict[str, list[str]] = {}
    for path in paths:
        parent = ""
        for part in path.split("/"):
            inside = below.setdefault(parent, [])
            if part not in inside:
                inside.append(part)
            parent += f"/{part}"
    lines = [
        line for parent, parts in below.items() for line in (f"{parent}/*", *(f"!{parent}/{one}" for one in parts))
    ]
    return "".join(f"{line}\n" for line in lines)
