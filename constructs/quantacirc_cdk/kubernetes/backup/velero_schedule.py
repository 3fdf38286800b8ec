"""Velero snapshots of a namespace and its volumes (https://velero.io/docs/main/api-types/schedule/)."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import DnsLabel, Positive, Schedule


@dataclass(frozen=True, kw_only=True)
class VeleroScheduleProps:
    """Snapshots of one namespace."""

    identity: Identity
    """Identity of the Schedule; its name is unique in Velero's namespace."""
    namespace: DnsLabel
    """Namespace to back up."""
    schedule: Schedule
    """Five cron fields, in UTC."""
    keep_days: Positive = 14
    """Days after which a snapshot is deleted."""
    velero_namespace: DnsLabel = "velero"
    """Namespace of Velero, the only one in which Velero reads Schedules."""


def velero_schedule_spec(props: VeleroScheduleProps) -> Data:
    """Return the ``spec`` of a Schedule for all objects and volume snapshots of a namespace, without Secrets.

    Secrets are excluded so that a reader of the backup cannot read them. They come from the cloud's secret store or are
    generated again.
    """
    return {
        "paused": False,
        "schedule": props.schedule,
        "template": {
            "defaultVolumesToFsBackup": False,
            "excludedResources": ["events", "events.events.k8s.io", "secrets"],
            "includedNamespaces": [props.namespace],
            "snapshotVolumes": True,
            "storageLocation": "default",
            "ttl": f"{props.keep_days * 24}h0m0s",
        },
        "useOwnerReferencesInBackup": False,
    }


class VeleroSchedule(Manifest):
    """A Velero Schedule in Velero's namespace."""

    def __init__(self, scope: Construct, id: str, props: VeleroScheduleProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="velero.io/v1",
            kind="Schedule",
            name=props.identity.name,
            namespace=props.velero_namespace,
            labels=props.identity.labels,
            spec=velero_schedule_spec(props),
        )
