"""Karpenter's pools of machines: pure data, applied beside Karpenter and not with the system.

https://karpenter.sh/docs/concepts/nodepools/, https://karpenter.sh/docs/concepts/nodeclasses/
"""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.contract.karpenter import KarpenterBinding
from quantacirc_cdk.limits.aws import node_type
from quantacirc_cdk.limits.machines import architecture_of
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.model.cluster import NodePool, Taint

Data = dict[str, Any]

EXPIRE_AFTER = "720h"
"""Age at which a node is replaced, so that it gets a new image."""
CONSOLIDATE_AFTER = "5m"
"""Time without new pods after which a node is emptied if its pods fit elsewhere."""
SYSTEM_DISK_GIB = 4
"""Disk of Bottlerocket's operating system, which never grows."""


def karpenter_objects(binding: KarpenterBinding) -> list[Data]:
    """Return an EC2NodeClass and a NodePool for each pool, with the pool's name.

    Fields that the API would fill in are stated, because a comparison would report them as drift.
    """
    return [item for name, pool in binding.pools.items() for item in (_class(binding, name, pool), _pool(name, pool))]


def _class(binding: KarpenterBinding, name: str, pool: NodePool) -> Data:
    disks = {"/dev/xvda": SYSTEM_DISK_GIB, "/dev/xvdb": gibibytes(pool.disk)}
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": name},
        "spec": {
            "amiSelectorTerms": [{"alias": f"bottlerocket@{binding.image}"}],
            "associatePublicIPAddress": False,
            "blockDeviceMappings": [_disk(binding, device, size) for device, size in disks.items()],
            "detailedMonitoring": True,
            # IMDSv2 with one hop: a pod is two hops away.
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIPv6": "disabled",
                "httpPutResponseHopLimit": 1,
                "httpTokens": "required",
            },
            "role": binding.node_role,
            # EKS gives its security group this tag
            # (https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html).
            "securityGroupSelectorTerms": [{"tags": {"aws:eks:cluster-name": binding.cluster}}],
            "subnetSelectorTerms": [dict(one) for one in binding.subnets],
            "tags": dict(binding.tags),
        },
    }


def _disk(binding: KarpenterBinding, device: str, gib: int) -> Data:
    settings: Mapping[str, Any] = {
        "deleteOnTermination": True,
        "encrypted": True,
        "kmsKeyID": binding.volumes_key,
        "volumeSize": f"{gib}Gi",
        "volumeType": "gp3",
    }
    return {"deviceName": device, "ebs": dict(settings)}


def _pool(name: str, pool: NodePool) -> Data:
    more = pool.max_nodes - pool.min_nodes
    types = [pool.machine_type, *pool.spot_machine_types] if pool.machine_type else [_smallest(pool)]
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "disruption": {
                "budgets": [{"nodes": "10%"}],
                "consolidateAfter": CONSOLIDATE_AFTER,
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
            },
            # Besides min_nodes, which the node group of the same pool has.
            "limits": {"cpu": str(more * pool.cpu), "memory": f"{more * gibibytes(pool.memory)}Gi"},
            "template": {
                "metadata": {"labels": {"node-pool": name, **pool.labels}},
                "spec": {
                    "expireAfter": EXPIRE_AFTER,
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
                    "requirements": [
                        _requirement("karpenter.sh/capacity-type", "spot" if pool.spot else "on-demand"),
                        _requirement(
                            "kubernetes.io/arch", architecture_of("aws", pool.machine_type, pool.architecture)
                        ),
                        _requirement("kubernetes.io/os", "linux"),
                        _requirement("node.kubernetes.io/instance-type", *types),
                    ],
                    **({"taints": [_taint(one) for one in pool.taints]} if pool.taints else {}),
                },
            },
        },
    }


def _smallest(pool: NodePool) -> str:
    return node_type(pool.cpu, gibibytes(pool.memory), pool.architecture or "amd64")


def _requirement(key: str, *values: str) -> Data:
    return {"key": key, "operator": "In", "values": list(values)}


def _taint(taint: Taint) -> Data:
    return {"effect": taint.effect, "key": taint.key, **({"value": taint.value} if taint.value else {})}
