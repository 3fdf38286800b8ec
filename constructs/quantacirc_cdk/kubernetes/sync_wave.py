"""Order in which Argo CD applies a system: each wave must be healthy before the next one starts.

Wave 0: the namespace, its quota and limits, policies, identities, configuration and Services. Wave 1: secrets and
certificates. Wave 2: the bus and the stores. Wave 3: jobs that prepare them. Wave 4: workloads. Wave 5: monitoring and
ingress. Within a wave, Argo CD orders by kind. ``kubectl`` and Helm ignore the annotation.

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
    # An autoscaler without its target is unhealthy, and would block its wave.
    "HorizontalPodAutoscaler": WORKLOADS,
    "Rollout": WORKLOADS,
    "ScaledObject": WORKLOADS,
    "BackendTrafficPolicy": WATCHERS,
    "GRPCRoute": WATCHERS,
    "HTTPRoute": WATCHERS,
    "Ingress": WATCHERS,
    "PodMonitor": WATCHERS,
    "PrometheusRule": WATCHERS,
    "Schedule": WATCHERS,
    "SecurityPolicy": WATCHERS,
    "ServiceMonitor": WATCHERS,
    "TLSRoute": WATCHERS,
}


def sync_wave(kind: str, name: str, *, secrets_job: str) -> Mapping[str, str]:
    """Return the sync-wave annotation of an object; none for wave 0, which is Argo CD's default.

    ``secrets_job`` is the ``app.kubernetes.io/name`` of the job that generates the Secrets of other objects.
    """
    wave = SECRETS if kind == "Job" and name == secrets_job else _KINDS.get(kind, GROUND)
    return {ANNOTATION: str(wave)} if wave else {}
