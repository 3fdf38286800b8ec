"""Resources of a ResourceQuota: https://kubernetes.io/docs/concepts/policy/resource-quotas/."""

COUNTED = (
    "configmaps persistentvolumeclaims pods replicationcontrollers resourcequotas secrets services "
    "services.loadbalancers services.nodeports"
).split()
"""Resources whose number is limited. A name with a slash, such as ``count/jobs.batch``, is one of any group."""
MEASURED = (
    "cpu ephemeral-storage limits.cpu limits.ephemeral-storage limits.memory memory requests.cpu "
    "requests.ephemeral-storage requests.memory requests.storage"
).split()
"""Resources whose amount is limited."""
