"""Disaster recovery: verified dumps of databases and streams, their retention and restore, and volume snapshots."""

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
