"""Permissions of a component in its environment's cloud, on resources that the system does not create."""

from collections.abc import Iterator
from typing import Annotated, get_args

from pydantic import Field

from quantacirc_cdk.limits.aws import partition
from quantacirc_cdk.limits.cloud_access import (
    BASIC_ROLES,
    AwsResource,
    AzureResource,
    CloudRole,
    IamAction,
    google_resource,
    is_broad_action,
    is_broad_resource,
)
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import Place, describe

_GOOGLE = (
    "a project, bucket, topic, subscription, secret, dataset or queue such as projects/acme-prod/topics/orders or "
    "projects/_/buckets/acme-media/objects/thumbnails/"
)


class CloudAccess(Section):
    """Permissions on resources of the environment's cloud that the system does not create, for the cloud identity of a
    component. Access to the system's own stores follows from `reaches`.
    """

    actions: list[IamAction] = []
    """AWS: actions of IAM, such as `sqs:SendMessage`."""
    role: CloudRole | None = None
    """Google Cloud: a role such as `roles/pubsub.publisher`. Azure: the name of a role."""
    resources: Annotated[list[str], Field(min_length=1)]
    """The resources. AWS: ARNs, also with `*`. Google Cloud: relative resource names; a bucket's objects can be limited
    to a prefix. Azure: resource ids."""
    reason: str = ""
    """Why it needs all actions of a service, a basic role, or every resource of a project, a subscription or a resource
    group; required for these. The report shows it."""

    @property
    def summary(self) -> str:
        """What it allows, in a line."""
        return f"{self.role or ', '.join(self.actions)} on {', '.join(self.resources)}"

    def problems(self, target: str, region: str) -> Iterator[tuple[Place, str, str]]:
        """Yield what the cloud ``target`` does not have, and broad permissions without a reason."""
        if target == "aws":
            if self.role is not None:
                yield ("role",), f"the role {describe(self.role)} on aws", "`actions`, such as [sqs:SendMessage]"
                return  # Its resources are those of another cloud.
            if not self.actions:
                yield ("actions",), "none", "at least one action of IAM such as sqs:SendMessage"
        elif self.actions:
            yield ("actions",), f"actions of IAM on {target}", "`role`"
            return
        elif self.role is None:
            yield ("role",), "none", "a role"
        elif target == "gcp" and self.role not in BASIC_ROLES and "roles/" not in self.role:
            yield ("role",), f"found {describe(self.role)}", "a role such as roles/pubsub.publisher"
        refused = [_refusal(target, region, resource) for resource in self.resources]
        for index, expected in enumerate(refused):
            if expected:
                yield ("resources", index), f"found {describe(self.resources[index])}", expected
        if not any(refused) and not self.reason and (broad := self._broad(target)):
            yield ("reason",), f"{broad} without a reason", "`reason`, or single actions and resources"

    def _broad(self, target: str) -> str | None:
        for action in self.actions:
            if is_broad_action(action):
                return f"all actions ({action})"
        if self.role in BASIC_ROLES:
            return f"the basic role {self.role}"
        return next((f"all of {one}" for one in self.resources if is_broad_resource(target, one)), None)


def _refusal(target: str, region: str, resource: str) -> str | None:
    """Return what was expected of a resource, or None for a valid one."""
    if target == "gcp":
        return None if google_resource(resource) else _GOOGLE
    rule = get_args(AwsResource if target == "aws" else AzureResource)[1]
    if expected := rule.refusal(resource):
        return str(expected)
    if target == "aws" and resource != "*" and resource.split(":")[1] != partition(region):
        return f"an ARN of the partition of {region}, arn:{partition(region)}:…"
    return None
