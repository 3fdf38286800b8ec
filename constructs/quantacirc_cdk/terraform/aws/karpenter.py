"""What Karpenter may do, and the queue that tells it of interruptions."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.contract.karpenter import SERVICE_ACCOUNT
from quantacirc_cdk.terraform.aws.iam import Statement, allow, arn, partition, policy
from quantacirc_cdk.terraform.aws.pod_role import scaling_role
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster

MESSAGE_SECONDS = 300
"""Seconds that a message waits: an interruption of a spot node comes two minutes ahead."""
EVENTS: Mapping[str, tuple[str, str]] = {
    "health": ("aws.health", "AWS Health Event"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
}
"""Source and type of each event (https://karpenter.sh/docs/concepts/disruption/#interruption)."""

_POOL, _CLASS = "karpenter.sh/nodepool", "karpenter.k8s.aws/ec2nodeclass"
# None of these can be limited to a resource
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
_READ = tuple(
    f"ec2:Describe{what}"
    for what in (
        "AvailabilityZones",
        "CapacityReservations",
        "Images",
        "InstanceStatus",
        "InstanceTypeOfferings",
        "InstanceTypes",
        "Instances",
        "LaunchTemplates",
        "SecurityGroups",
        "SpotPriceHistory",
        "Subnets",
    )
)


class Karpenter(Construct):
    """The role of the pods of ``kube-system/karpenter``, through EKS Pod Identity, and a queue of interruptions.

    It may launch machines that carry this cluster's tags, delete what carries them, and give them only the role of the
    cluster's nodes. Installs no pods: the program comes with Helm, and the pools from ``dist/operations``. Source of
    the permissions and events: https://karpenter.sh/docs/reference/cloudformation/.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster", node_role: Resource) -> None:
        super().__init__(scope, id)
        self._cluster, self._node_role = cluster, node_role
        self._name, role = scaling_role(self, cluster, service_account=SERVICE_ACCOUNT)
        self.queue = self._queue()
        Resource(
            self,
            "aws_iam_role_policy",
            self._name,
            name="scale-nodes",
            role=role.id,
            policy=policy(*self._machines(), *self._profiles(), *self._others()),
        )

    def _queue(self) -> Resource:
        """Create the queue, and the rules that fill it; only they may, and over TLS."""
        props = self._cluster.props
        queue = Resource(
            self,
            "aws_sqs_queue",
            self._name,
            name=props.name,
            message_retention_seconds=MESSAGE_SECONDS,
            # EventBridge cannot write to a queue with a key that it may not use; the messages name instances only.
            sqs_managed_sse_enabled=True,
        )
        rules = [self._rule(queue, key, *event) for key, event in EVENTS.items()]
        send: dict[str, Any] = {
            "Sid": "Events",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
        }
        plain: dict[str, Any] = {
            "Sid": "Tls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        Resource(self, "aws_sqs_queue_policy", self._name, queue_url=queue.id, policy=policy(send, plain))
        return queue

    def _rule(self, queue: Resource, key: str, source: str, event: str) -> Resource:
        name = terraform_name(self._name, key)
        rule = Resource(
            self,
            "aws_cloudwatch_event_rule",
            name,
            name=f"{self._cluster.props.name}-node-{key}",
            description=f"{event}, for Karpenter",
            event_pattern=json.dumps({"source": [source], "detail-type": [event]}),
        )
        Resource(self, "aws_cloudwatch_event_target", name, rule=rule.ref("name"), target_id="karpenter", arn=queue.arn)
        return rule

    def _owned(self, kind: str, tag: str) -> dict[str, Any]:
        """Return the condition that a request or a resource has the tags which Karpenter sets for this cluster."""
        owned = {f"aws:{kind}Tag/kubernetes.io/cluster/{self._cluster.props.name}": "owned"}
        return {"StringEquals": owned, "StringLike": {f"aws:{kind}Tag/{tag}": "*"}}

    def _ec2(self, *kinds: str, account: str | None = None) -> list[str]:
        props = self._cluster.props
        where = props.account if account is None else account
        return [arn("ec2", props.region, where, f"{kind}/*") for kind in kinds]

    def _machines(self) -> Sequence[Statement]:
        made = self._ec2(
            "fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume"
        )
        used = self._ec2("capacity-reservation", "launch-template", "security-group", "subnet")
        used += self._ec2("image", "snapshot", account="")
        requested = self._owned("Request", _POOL)
        create = {"ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]}
        named = {
            "ForAllValues:StringEquals": {"aws:TagKeys": ["Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim"]}
        }
        return [
            allow(["ec2:CreateFleet", "ec2:RunInstances"], used, "Use"),
            allow(
                ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"], made, "Make", Condition=requested
            ),
            allow(
                ["ec2:CreateTags"],
                made,
                "TagNew",
                Condition={**requested, "StringEquals": {**requested["StringEquals"], **create}},
            ),
            allow(
                ["ec2:CreateTags"],
                self._ec2("instance"),
                "TagOwn",
                Condition={**self._owned("Resource", _POOL), **named},
            ),
            allow(
                ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
                self._ec2("instance", "launch-template"),
                "Delete",
                Condition=self._owned("Resource", _POOL),
            ),
        ]

    def _profiles(self) -> Sequence[Statement]:
        """Return what instance profiles need, through which machines get the role of nodes and no other."""
        props = self._cluster.props
        profiles = [f"arn:{partition(props.region)}:iam::{props.account}:instance-profile/*"]
        change = ["iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"]
        own, new = self._owned("Resource", _CLASS), self._owned("Request", _CLASS)
        tag = {kind: {**own[kind], **new[kind]} for kind in own}
        ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
        return [
            allow(["iam:PassRole"], [self._node_role.arn], "Pass", Condition=ec2),
            allow(["iam:CreateInstanceProfile"], profiles, "Profile", Condition=new),
            allow(["iam:TagInstanceProfile"], profiles, "TagProfile", Condition=tag),
            allow(change, profiles, "ChangeProfile", Condition=own),
            allow(["iam:GetInstanceProfile"], profiles, "ReadProfile"),
        ]

    def _others(self) -> Sequence[Statement]:
        props = self._cluster.props
        here = {"StringEquals": {"aws:RequestedRegion": props.region}}
        receive = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
        key, for_volumes = props.keys.key_id("volumes"), {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        use = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]
        return [
            allow(_READ, ["*"], "Read", Condition=here),
            allow(["iam:ListInstanceProfiles", "pricing:GetProducts"], ["*"], "ReadGlobal"),
            allow(["ssm:GetParameter"], [arn("ssm", props.region, "", "parameter/aws/service/*")], "Images"),
            allow(receive, [self.queue.arn], "Queue"),
            allow(
                ["eks:DescribeCluster"], [arn("eks", props.region, props.account, f"cluster/{props.name}")], "Cluster"
            ),
            # Machines start with disks under the key of the stack
            # (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html).
            allow(use, [key], "Disks"),
            allow(["kms:CreateGrant"], [key], "DiskGrants", Condition=for_volumes),
        ]
