"""VPC endpoints, which keep traffic to AWS services inside the VPC."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.network import Network

# Services that the nodes and pods of a private cluster use
# (https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html).
SERVICES = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "elasticloadbalancing", "kms", "logs", "secretsmanager", "sts")


class NetworkEndpoints(Construct):
    """A gateway endpoint for S3 and, with ``private_services``, an interface endpoint for each service that nodes
    use.
    """

    def __init__(self, scope: Construct, id: str, *, network: "Network", route_table_ids: Sequence[str]) -> None:
        super().__init__(scope, id)
        props = network.props
        name = network.vpc.name
        Resource(
            self,
            "aws_vpc_endpoint",
            terraform_name(name, "s3"),
            vpc_id=network.network_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{props.region}.s3",
            route_table_ids=list(route_table_ids),
            tags={"Name": f"{props.name}-s3"},
        )
        if not props.private_services:
            return
        group = self._security_group(network, terraform_name(name, "endpoints"))
        for service in SERVICES:
            Resource(
                self,
                "aws_vpc_endpoint",
                terraform_name(name, service),
                vpc_id=network.network_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{props.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=list(network.private_subnet_ids),
                security_group_ids=[group.id],
                tags={"Name": f"{props.name}-{service}"},
            )

    def _security_group(self, network: "Network", name: str) -> Resource:
        props = network.props
        group = Resource(
            self,
            "aws_security_group",
            name,
            name=f"{props.name}-endpoints",
            description="Endpoints of AWS services",
            vpc_id=network.network_id,
            tags={"Name": f"{props.name}-endpoints"},
        )
        ranges = {name: network.cidr} | ({f"{name}_pods": props.secondary_cidr} if props.secondary_cidr else {})
        for rule, cidr in ranges.items():
            Resource(
                self,
                "aws_vpc_security_group_ingress_rule",
                rule,
                security_group_id=group.id,
                description="HTTPS from inside the network",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags={"Name": f"{props.name}-endpoints"},
            )
        return group
