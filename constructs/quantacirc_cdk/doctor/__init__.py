"""What a machine has and lacks for each of the tasks; pure Python, no jsii, nothing is sent anywhere."""

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
