"""Compare two outputs, and classify the effect of each difference on the running system. Pure Python, no jsii.

``compare_outputs`` takes two sets of files, from ``read_folder`` or ``read_revision``, and returns a ``Report``;
``report_on_plan`` takes a plan of Terraform.
``FORMATS`` writes it. Each finding names the documented rule that it follows.
"""

from quantacirc_cdk.diff.impact import Finding, Impact, Rule
from quantacirc_cdk.diff.kubernetes import compare_object, compare_objects
from quantacirc_cdk.diff.render import FORMATS
from quantacirc_cdk.diff.report import ChangedObject, Report, compare_outputs
from quantacirc_cdk.diff.source import PARTS, Files, is_compared, read_folder, read_output, read_revision
from quantacirc_cdk.diff.terraform import compare_stacks
from quantacirc_cdk.diff.terraform_plan import report_on_plan

__all__ = [
    "FORMATS",
    "PARTS",
    "ChangedObject",
    "Files",
    "Finding",
    "Impact",
    "Report",
    "Rule",
    "compare_object",
    "compare_objects",
    "compare_outputs",
    "compare_stacks",
    "is_compared",
    "read_folder",
    "read_output",
    "read_revision",
    "report_on_plan",
]
