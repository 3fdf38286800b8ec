"""Fields of Kubernetes objects: those without a key in the model, which a patch can set, and those that a kind has.

Source: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/.
"""

_POD = "spec.template.spec"
_WORKLOAD = "spec"
_CONTAINER = f"{_POD}.containers[0]"

_FIELDS = {
    _POD: (
        "activeDeadlineSeconds enableServiceLinks ephemeralContainers fsGroupChangePolicy hostIPC hostNetwork hostPID "
        "hostUsers hostname imagePullSecrets nodeName os overhead preemptionPolicy readinessGates resourceClaims "
        "restartPolicy schedulerName schedulingGates setHostnameAsFQDN shareProcessNamespace subdomain "
        "supplementalGroups sysctls appArmorProfile seLinuxOptions windowsOptions dnsPolicy"
    ),
    _CONTAINER: (
        "imagePullPolicy resizePolicy stdinOnce terminationMessagePath terminationMessagePolicy volumeDevices procMount"
    ),
    _WORKLOAD: (
        "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy progressDeadlineSeconds "
        "revisionHistoryLimit paused podFailurePolicy successPolicy backoffLimitPerIndex maxFailedIndexes "
        "podReplacementPolicy managedBy volumeClaimTemplates"
    ),
    "spec (of its Service)": (
        "allocateLoadBalancerNodePorts externalIPs healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy "
        "loadBalancerClass loadBalancerIP loadBalancerSourceRanges publishNotReadyAddresses sessionAffinityConfig "
        "trafficDistribution"
    ),
}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_PLACES = {_plain(name): f"{place}.{name}" for place, names in _FIELDS.items() for name in names.split()}


def patchable(key: str) -> str | None:
    """Return the path of the Kubernetes field for a key in any naming style; None if there is none.

    >>> patchable("share_process_namespace")
    'spec.template.spec.shareProcessNamespace'
    """
    return _PLACES.get(_plain(key))


_SPEC = (
    "CronJob DaemonSet Deployment HorizontalPodAutoscaler Ingress IngressClass Job LimitRange Namespace NetworkPolicy "
    "PersistentVolume PersistentVolumeClaim Pod PodDisruptionBudget ReplicaSet ReplicationController ResourceQuota "
    "Service StatefulSet"
)
_OTHERS = {
    "ClusterRole": "aggregationRule rules",
    "ClusterRoleBinding": "roleRef subjects",
    "ConfigMap": "binaryData data immutable",
    "PriorityClass": "description globalDefault preemptionPolicy value",
    "Role": "rules",
    "RoleBinding": "roleRef subjects",
    "Secret": "data immutable stringData type",
    "ServiceAccount": "automountServiceAccountToken imagePullSecrets secrets",
    "StorageClass": (
        "allowVolumeExpansion allowedTopologies mountOptions parameters provisioner reclaimPolicy volumeBindingMode"
    ),
}
_GROUPS = frozenset(
    {
        "",
        "apps",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
_KINDS = dict.fromkeys(_SPEC.split(), "spec") | _OTHERS


def fields_of(api_version: str, kind: str) -> frozenset[str] | None:
    """Return the fields that an object of a kind can have beside ``apiVersion`` and ``kind``, without ``status``, which
    only Kubernetes writes; None for a kind that is not in the table.

    >>> sorted(fields_of("v1", "ConfigMap"))
    ['binaryData', 'data', 'immutable', 'metadata']
    """
    if kind not in _KINDS or api_version.rpartition("/")[0] not in _GROUPS:
        return None
    return frozenset({"metadata", *_KINDS[kind].split()})
