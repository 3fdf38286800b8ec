"""Check which programs a machine has for each task, and what a cluster has for an environment. No jsii."""

from quantacirc_cdk.doctor.examination import Diagnosis, Readiness, examine
from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Program, Status
from quantacirc_cdk.doctor.render import FORMATS
from quantacirc_cdk.doctor.tasks import Need, Place, Task, environment_task, tasks

__all__ = [
    "FORMATS",
    "Diagnosis",
    "Finding",
    "Need",
    "Place",
    "Program",
    "Readiness",
    "Status",
    "Task",
    "environment_task",
    "examine",
    "tasks",
]
