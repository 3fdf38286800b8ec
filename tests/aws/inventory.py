"""Everything that is in an account and costs something or holds something."""

from collections.abc import Mapping
from typing import Any

from aws.service import Aws, Call

_LISTS: Mapping[str, tuple[str, str, str, str]] = {
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "buckets": ("s3", "list_buckets", "Buckets", "Name"),
    "clusters": ("eks", "list_clusters", "clusters", ""),
    "databases": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "database parameters": ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    "database subnets": ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "addresses": ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    "launch templates": ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    "endpoints": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "NAT gateways": ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "networks": ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "repositories": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "security groups": ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "topics": ("sns", "list_topics", "Topics", "TopicArn"),
    "zones": ("route53", "list_hosted_zones", "HostedZones", "Name"),
}


def inventory(aws: Aws, *regions: str) -> dict[str, set[str]]:
    """Return the names of what there is in ``regions``, by kind; kinds of which there is nothing are left out."""
    wanted = [(kind, region) for region in regions for kind in _LISTS]
    calls: list[Call] = [(_LISTS[kind][0], region, _LISTS[kind][1], {}) for kind, region in wanted]
    found: dict[str, set[str]] = {}
    for (kind, _), listed in zip(wanted, aws.ask_all(calls), strict=True):
        _, _, key, name = _LISTS[kind]
        found.setdefault(kind, set()).update(item[name] if name else item for item in listed[key] if not _gone(item))
    found["keys"] = {key for region in regions for key in _keys(aws, region)}
    return {kind: names for kind, names in found.items() if names}


def _gone(item: Any) -> bool:
    return isinstance(item, dict) and item.get("State") == "deleted"


def _keys(aws: Aws, region: str) -> list[str]:
    """Return the keys that may still be used; a deleted one waits for its last day."""
    (listed,) = aws.ask_all([("kms", region, "list_keys", {})])
    described = aws.ask_all([("kms", region, "describe_key", {"KeyId": key["KeyId"]}) for key in listed["Keys"]])
    keys = [key["KeyMetadata"] for key in described]
    return [key["KeyId"] for key in keys if key["KeyManager"] == "CUSTOMER" and key["KeyState"] == "Enabled"]
