"""Flow logs of a VPC."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.aws.iam import allow, arn, policy, same_account, trust
from quantacirc_cdk.terraform.aws.names import log_retention_days
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import NetworkProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.network import Network


class FlowLogs(Construct):
    """All accepted and rejected traffic of a VPC, in a log group that only this VPC's role writes to."""

    def __init__(self, scope: Construct, id: str, *, network: "Network") -> None:
        super().__init__(scope, id)
        props = network.props
        name = terraform_name(network.vpc.name, "flow_logs")
        group = Resource(
            self,
            "aws_cloudwatch_log_group",
            name,
            name=f"/{props.name}/vpc-flow-logs",
            retention_in_days=log_retention_days(props.flow_log_retention_days),
            kms_key_id=props.log_key_id,
        )
        role = Resource(
            self,
            "aws_iam_role",
            name,
            name=f"{props.name}-flow-logs",
            assume_role_policy=trust("vpc-flow-logs.amazonaws.com", condition=_of_this_account(props)),
        )
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html: the group exists, so the service may
        # not create one. It lists the groups of the account, whichever it writes to.
        write = allow(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [f"{group.arn}:*"], "Write"
        )
        find = allow(["logs:DescribeLogGroups"], [arn("logs", props.region, props.account, "log-group:*")], "Find")
        Resource(self, "aws_iam_role_policy", name, name="write", role=role.id, policy=policy(write, find))
        Resource(
            self,
            "aws_flow_log",
            name,
            vpc_id=network.network_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": props.name},
        )


def _of_this_account(props: NetworkProps) -> dict[str, Mapping[str, str]]:
    """Return the condition that the service acts only for a flow log of this account and region."""
    source = arn("ec2", props.region, props.account, "vpc-flow-log/*")
    return {**same_account(props.account), "ArnLike": {"aws:SourceArn": source}}
