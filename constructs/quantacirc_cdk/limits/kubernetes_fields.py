"""Kubernetes fields without a key in the model, which a patch can set.

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
