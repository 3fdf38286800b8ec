"""The order in which Argo CD applies a system: each wave is healthy before the next one starts.

Wave 0: the namespace, its bounds, policies, identities, configuration and Services. 1: secrets and certificates. 2: the
bus and the stores. 3: jobs that prepare them. 4: what works. 5: what watches it and lets people in. Within a wave
Argo CD has an order of its own, by kind. ``kubectl`` and Helm do not read the annotation.

Source: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
"""

from collections.abc import Mapping

ANNOTATION = "argocd.argoproj.io/sync-wave"

GROUND, SECRETS, STORES, TASKS, WORKLOADS, WATCHERS = range(6)

_KINDS: Mapping[str, int] = {
    "Certificate": SECRETS,
    "ClusterSecretStore": SECRETS,
    "ExternalSecret": SECRETS,
    "Issuer": SECRETS,
    "Secret": SECRETS,
    "SecretStore": SECRETS,
    "StatefulSet": STORES,
    "Job": TASKS,
    "CronJob": WORKLOADS,
    "DaemonSet": WORKLOADS,
    "Deployment": WORKLOADS,
    # An autoscaler whose target is not there yet is unhealthy, and would hold up its wave.
    "HorizontalPodAutoscaler": WORKLOADS,
    "ScaledObject": WORKLOADS,
    "HTTPRoute": WATCHERS,
    "Ingress": WATCHERS,
    "PodMonitor": WATCHERS,
    "PrometheusRule": WATCHERS,
    "Schedule": WATCHERS,
    "ServiceMonitor": WATCHERS,
}


def sync_wave(kind: str, name: str, *, secrets_job: str) -> Mapping[str, str]:
    """Return the annotation of an object; nothing for wave 0, which is Argo CD's default.

    ``secrets_job`` is the ``app.kubernetes.io/name`` of the job that makes the Secrets others wait for.
    """
    wave = SECRETS if kind == "Job" and name == secrets_job else _KINDS.get(kind, GROUND)
    return {ANNOTATION: str(wave)} if wave else {}
