"""Check which programs a machine has for each task. Pure Python, no jsii; sends no data."""

from quantacirc_cdk.doctor.examination import Diagnosis, Finding, Readiness, examine
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
