"""Common parts of the modules of all clouds: descriptions and outputs."""

from typing import Any

from quantacirc_cdk.terraform.modules.module import Module

DESCRIPTIONS = {
    "network": "A private network over several zones: subnets for nodes, load balancers and databases, NAT, flow logs.",
    "cluster": "A private Kubernetes cluster with node pools over several zones, encrypted secrets and all its logs.",
    "object-store": "A private, versioned, encrypted bucket with access logs.",
    "database": "A private PostgreSQL database with a password that is in no state, encrypted, backed up, TLS only.",
}
_OUTPUTS = {
    "network": {
        "network_id": "The network.",
        "cidr": "Its addresses.",
        "private_subnet_ids": "Subnets for nodes, one for each zone.",
        "public_subnet_ids": "Subnets for load balancers, one for each zone.",
        "database_subnet_ids": "Subnets for databases, one for each zone.",
    },
    "cluster": {
        "cluster_name": "Name of the cluster.",
        "endpoint": "Address of the API.",
        "certificate_authority": "Certificate of the API's authority, Base64.",
        "oidc_issuer": "Who signs the tokens of service accounts.",
        "node_security_group_id": "What the nodes are known by in firewall rules.",
    },
    "object-store": {
        "bucket_name": "Name of the bucket.",
        "bucket_id": "What policies name it by.",
    },
    "database": {
        "host": "Host of the database.",
        "port": "Port of the database.",
        "database": "Name of the database.",
        "credentials_id": "Secret with address, user and password, as JSON.",
    },
}


def give_back(module: Module, construct: Any) -> None:
    """Declare the outputs of a module, which are the same on all clouds."""
    for name, description in _OUTPUTS[module.name].items():
        module.output(name, getattr(construct, name), description)
