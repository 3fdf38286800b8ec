"""What permissions in a cloud name: actions, roles and resources."""

import re
from typing import Annotated

from quantacirc_cdk.limits.cloud_names import PROJECT_ID
from quantacirc_cdk.limits.rule import matching

IamAction = Annotated[
    str,
    matching(
        r"\*|[a-z0-9-]+:[A-Za-z0-9*]+",
        "an action of IAM such as sqs:SendMessage",
        source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
        longest=128,
        schema=True,
    ),
]
IamRole = Annotated[
    str,
    matching(
        r"(arn:aws(-us-gov)?:iam::[0-9]{12}:role/|(?!arn:))([!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64}",
        "the name of an IAM role, with its path, such as platform/developers, or its ARN",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        longest=600,
        schema=True,
    ),
]
CloudRole = Annotated[
    str,
    matching(
        r"[A-Za-z][A-Za-z0-9 ._/():&-]*",
        "a role such as roles/pubsub.publisher or Storage Queue Data Message Sender",
        source="https://learn.microsoft.com/azure/role-based-access-control/built-in-roles",
        longest=512,
        schema=True,
    ),
]
AwsResource = Annotated[
    str,
    matching(
        r"\*|arn:aws(-cn|-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws)?:[^\s\"]+",
        "an ARN such as arn:aws:sqs:eu-central-1:111111111111:orders",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
        longest=2048,
    ),
]
AzureResource = Annotated[
    str,
    matching(
        r"/subscriptions/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        r"(/resourceGroups/[A-Za-z0-9_().-]+(/providers/[A-Za-z0-9.]+(/[A-Za-z0-9]+/[A-Za-z0-9_().$-]+)+)?)?",
        "the id of a resource, /subscriptions/…/resourceGroups/…/providers/…",
        source="https://learn.microsoft.com/azure/role-based-access-control/scope-overview",
        longest=2048,
    ),
]

_PROJECT = f"projects/(?P<project>{PROJECT_ID})"
GOOGLE: dict[str, re.Pattern[str]] = {
    "google_project_iam_member": re.compile(_PROJECT),
    "google_pubsub_topic_iam_member": re.compile(_PROJECT + r"/topics/(?P<topic>[A-Za-z][A-Za-z0-9._~+%-]{2,254})"),
    "google_pubsub_subscription_iam_member": re.compile(
        _PROJECT + r"/subscriptions/(?P<subscription>[A-Za-z][A-Za-z0-9._~+%-]{2,254})"
    ),
    "google_secret_manager_secret_iam_member": re.compile(_PROJECT + r"/secrets/(?P<secret_id>[A-Za-z0-9_-]{1,255})"),
    "google_bigquery_dataset_iam_member": re.compile(_PROJECT + r"/datasets/(?P<dataset_id>[A-Za-z0-9_]{1,1024})"),
    "google_cloud_tasks_queue_iam_member": re.compile(
        _PROJECT + r"/locations/(?P<location>[a-z0-9-]+)/queues/(?P<name>[A-Za-z0-9-]{1,100})"
    ),
    "google_storage_bucket_iam_member": re.compile(
        r"projects/_/buckets/(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(/objects/(?P<prefix>[^\s\"\\]+))?"
    ),
}
"""Resources of Google Cloud, each as the Terraform resource that grants a role on it, with its arguments. The names are
relative resource names (https://cloud.google.com/iam/docs/full-resource-names).
"""


def google_resource(name: str) -> tuple[str, dict[str, str]] | None:
    """Return the Terraform resource that grants a role on a resource, and its arguments; None for another name."""
    for kind, pattern in GOOGLE.items():
        if found := pattern.fullmatch(name):
            return kind, {key: value for key, value in found.groupdict().items() if value is not None}
    return None


def _google(name: str) -> bool:
    return google_resource(name) is not None


BASIC_ROLES = frozenset(
    {
        # https://cloud.google.com/iam/docs/roles-overview#basic
        *("roles/owner", "roles/editor", "roles/viewer", "roles/admin", "roles/writer", "roles/reader"),
        # https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/privileged
        *("Owner", "Contributor", "User Access Administrator", "Role Based Access Control Administrator"),
        "Reader",
    }
)
"""Roles of Google Cloud and Azure for everything in their scope."""


def is_broad_action(action: str) -> bool:
    """Return whether an IAM pattern is all actions of a service, or of all services."""
    return action == "*" or action.partition(":")[2].strip("*") == ""


def is_broad_resource(target: str, resource: str) -> bool:
    """Return whether a name is everything: all resources, a project, a subscription or a resource group."""
    if target == "aws":
        return resource == "*" or resource.split(":", 5)[-1].strip("*/") == ""
    if target == "gcp":
        return resource.count("/") == 1
    return "/providers/" not in resource
