"""Disaster recovery: dumps of databases and streams that are checked, kept and restored; snapshots of volumes."""

from quantacirc_cdk.kubernetes.backup.database_backup import DatabaseBackup, DatabaseBackupProps
from quantacirc_cdk.kubernetes.backup.stream_backup import StreamBackup, StreamBackupProps
from quantacirc_cdk.kubernetes.backup.target import BackupTarget
from quantacirc_cdk.kubernetes.backup.velero_schedule import VeleroSchedule, VeleroScheduleProps

__all__ = [
    "BackupTarget",
    "DatabaseBackup",
    "DatabaseBackupProps",
    "StreamBackup",
    "StreamBackupProps",
    "VeleroSchedule",
    "VeleroScheduleProps",
]
