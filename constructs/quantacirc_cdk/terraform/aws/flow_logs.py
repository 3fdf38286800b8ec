"""Flow logs of a VPC."""

from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.aws.iam import allow, policy, same_account, trust
from quantacirc_cdk.terraform.aws.names import log_retention_days
from quantacirc_cdk.terraform.engine import Construct
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
            assume_role_policy=trust("vpc-flow-logs.amazonaws.com", condition=same_account(props.account)),
        )
        write = allow(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [f"{group.arn}:*"], "Write"
        )
        Resource(self, "aws_iam_role_policy", name, name="write", role=role.id, policy=policy(write))
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
