"""Pods with a name and volumes of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, pod_template


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A volume that every pod gets for itself and keeps."""

    name: str
    size: str
    """Size in bytes with a unit (``10Gi``)."""
    storage_class: str | None = None
    """The cluster's default when absent."""


@dataclass(frozen=True, kw_only=True)
class StatefulSetProps:
    """A StatefulSet."""

    identity: Identity
    pod: Pod
    service: str
    """Name of the headless Service that gives each pod its DNS name."""
    replicas: int = 1
    claims: Sequence[Claim] = ()
    parallel: bool = False
    """Start all pods at once: members of a quorum wait for each other. It cannot be changed later."""
    revision_history: int = 5
    """Old revisions kept for a rollback."""


def stateful_set_spec(props: StatefulSetProps) -> Data:
    """Return the ``spec`` of a StatefulSet.

    Claims outlive the set and its pods: data is deleted by people. Their labels are the selector's only, because a
    claim template is immutable and a version in it would break the next release.
    """
    return {
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "podManagementPolicy": "Parallel" if props.parallel else "OrderedReady",
        "replicas": props.replicas,
        "revisionHistoryLimit": props.revision_history,
        "selector": {"matchLabels": props.identity.selector},
        "serviceName": props.service,
        "template": pod_template(props.identity, props.pod),
        "updateStrategy": {"type": "RollingUpdate"},
        "volumeClaimTemplates": [_claim(claim, props.identity) for claim in props.claims],
    }


def _claim(claim: Claim, identity: Identity) -> Data:
    spec = compact(
        accessModes=["ReadWriteOnce"],
        resources={"requests": {"storage": claim.size}},
        storageClassName=claim.storage_class,
    )
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"labels": identity.selector, "name": claim.name},
        "spec": {**spec, "volumeMode": "Filesystem"},
    }


class StatefulSet(Manifest):
    """A StatefulSet named after its identity."""

    def __init__(self, scope: Construct, id: str, props: StatefulSetProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="apps/v1",
            kind="StatefulSet",
            name=props.identity.name,
            labels=props.identity.labels,
            spec=stateful_set_spec(props),
        )
