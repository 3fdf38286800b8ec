"""Generate a system's Kubernetes manifests, Terraform and Helm chart from one typed model.

Importing this package imports nothing else. Import the part that you need:

- ``quantacirc_cdk.model``: the system and its environments, validated; pure Python.
- ``quantacirc_cdk.kubernetes``: cdk8s constructs for workloads.
- ``quantacirc_cdk.terraform``: cdktf constructs for cloud infrastructure.
"""

from quantacirc_cdk.version import __version__

__all__ = ["__version__"]
