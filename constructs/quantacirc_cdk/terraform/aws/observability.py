"""Alarms, in CloudWatch."""

from typing import Any

from quantacirc_cdk.terraform.aws.iam import allow, policy
from quantacirc_cdk.terraform.aws.ledger_database import LedgerDatabase
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.observability import ObservabilityProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource


class Observability(Construct):
    """An encrypted topic for alarms, with every owner subscribed to it by mail."""

    def __init__(self, scope: Construct, id: str, props: ObservabilityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.topic = Resource(
            self,
            "aws_sns_topic",
            self._name,
            name=f"{props.name}-alarms",
            kms_master_key_id=props.keys.key_id("logs"),
        )
        condition = {"StringEquals": {"aws:SourceAccount": props.account}}
        publish = allow(["sns:Publish"], [self.topic.arn], "Alarms", Condition=condition)
        Resource(
            self,
            "aws_sns_topic_policy",
            self._name,
            arn=self.topic.arn,
            policy=policy({**publish, "Principal": {"Service": "cloudwatch.amazonaws.com"}}),
        )
        for index, owner in enumerate(props.owners, start=1):
            Resource(
                self,
                "aws_sns_topic_subscription",
                terraform_name(self._name, str(index)),
                topic_arn=self.topic.arn,
                protocol="email",
                endpoint=owner,
            )

    def watch_database(self, database: LedgerDatabase) -> None:
        """Alarm when ``database`` is short of CPU, memory or disk."""
        props = database.props
        gib = 1024**3
        dimensions = {"DBInstanceIdentifier": database.instance.ref("identifier")}
        name = database.instance.name
        shared: dict[str, Any] = {"namespace": "AWS/RDS", "dimensions": dimensions}
        self._alarm(f"{name}_cpu", "CPU above 85 % for 15 minutes", metric_name="CPUUtilization", above=85, **shared)
        self._alarm(
            f"{name}_memory",
            "less than a tenth of the memory free",
            metric_name="FreeableMemory",
            below=props.memory_gib * gib / 10,
            **shared,
        )
        self._alarm(
            f"{name}_storage",
            "less than a tenth of the first disk free: it cannot grow any more",
            metric_name="FreeStorageSpace",
            below=props.storage_gib * gib / 10,
            **shared,
        )

    def _alarm(
        self, name: str, description: str, *, above: float | None = None, below: float | None = None, **metric: Any
    ) -> None:
        threshold = above if above is not None else below
        Resource(
            self,
            "aws_cloudwatch_metric_alarm",
            name,
            alarm_name=f"{self.props.name}-{name.replace('_', '-')}",
            alarm_description=description,
            comparison_operator="GreaterThanThreshold" if above is not None else "LessThanThreshold",
            threshold=int(threshold or 0),
            statistic="Average",
            period=300,
            evaluation_periods=3,
            treat_missing_data="breaching",
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            **metric,
        )
