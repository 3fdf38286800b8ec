"""Fields of Kubernetes objects: those without a key in the model, which a patch can set, and those that a kind has.

Source: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/.
"""

from collections.abc import Mapping, Sequence

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


_SPECS = {
    "CronJob": (
        "concurrencyPolicy failedJobsHistoryLimit jobTemplate schedule startingDeadlineSeconds "
        "successfulJobsHistoryLimit suspend timeZone"
    ),
    "DaemonSet": "minReadySeconds revisionHistoryLimit selector template updateStrategy",
    "Deployment": (
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template"
    ),
    "HorizontalPodAutoscaler": "behavior maxReplicas metrics minReplicas scaleTargetRef",
    "Ingress": "defaultBackend ingressClassName rules tls",
    "IngressClass": "controller parameters",
    "Job": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector "
        "maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy scheduling selector successPolicy suspend "
        "template ttlSecondsAfterFinished"
    ),
    "LimitRange": "limits",
    "Namespace": "finalizers",
    "NetworkPolicy": "egress ingress podSelector policyTypes",
    "PersistentVolume": (
        "accessModes awsElasticBlockStore azureDisk azureFile capacity cephfs cinder claimRef csi fc flexVolume "
        "flocker gcePersistentDisk glusterfs hostPath iscsi local mountOptions nfs nodeAffinity "
        "persistentVolumeReclaimPolicy photonPersistentDisk portworxVolume quobyte rbd scaleIO storageClassName "
        "storageos volumeAttributesClassName volumeMode vsphereVolume"
    ),
    "PersistentVolumeClaim": (
        "accessModes dataSource dataSourceRef resources selector storageClassName volumeAttributesClassName "
        "volumeMode volumeName"
    ),
    "Pod": (
        "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy "
        "enableServiceLinks ephemeralContainers evictionResponders hostAliases hostIPC hostNetwork hostPID hostUsers "
        "hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy "
        "priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName "
        "schedulerName schedulingGates schedulingGroup securityContext serviceAccount serviceAccountName "
        "setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations "
        "topologySpreadConstraints volumes workloadRef"
    ),
    "PodDisruptionBudget": "maxUnavailable minAvailable selector unhealthyPodEvictionPolicy",
    "ReplicaSet": "minReadySeconds replicas selector template",
    "ReplicationController": "minReadySeconds replicas selector template",
    "ResourceQuota": "hard scopeSelector scopes",
    "Service": (
        "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy "
        "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP "
        "loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig "
        "trafficDistribution type"
    ),
    "StatefulSet": (
        "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas "
        "revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates"
    ),
}
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
_TEMPLATES: Mapping[str, Sequence[str]] = {
    "CronJob": ("jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"), ("template", "spec")),
}
"""Where the specification of the pods is in that of their owner."""


def fields_of(api_version: str, kind: str, path: Sequence[str] = ()) -> frozenset[str] | None:
    """Return the fields that an object of a kind can have at ``path``: at the top beside ``apiVersion`` and ``kind``,
    in its ``spec``, and in the ``spec`` of its pods. None for another path, and for a kind that is not in the table.
    Without ``status``, which only Kubernetes writes.

    >>> sorted(fields_of("v1", "ConfigMap"))
    ['binaryData', 'data', 'immutable', 'metadata']
    >>> sorted(fields_of("batch/v1", "CronJob", ("spec", "jobTemplate", "spec", "template", "spec")))[0]
    'activeDeadlineSeconds'
    """
    if api_version.rpartition("/")[0] not in _GROUPS or kind not in _SPECS | _OTHERS:
        return None
    match tuple(path):
        case ():
            return frozenset({"metadata", *(["spec"] if kind in _SPECS else _OTHERS[kind].split())})
        case ("spec",) if kind in _SPECS:
            return frozenset(_SPECS[kind].split())
        case ("spec", "jobTemplate", "spec") if kind == "CronJob":
            return frozenset(_SPECS["Job"].split())
        case ("spec", *inner) if inner == list(_TEMPLATES.get(kind, ())):
            return frozenset(_SPECS["Pod"].split())
    return None
