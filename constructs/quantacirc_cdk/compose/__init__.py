"""Run a system on a laptop without Kubernetes: converts its manifests to a Compose file (https://compose-spec.io)."""

from quantacirc_cdk.compose.project import compose_environments, compose_files, compose_left_out, write_compose

__all__ = ["compose_environments", "compose_files", "compose_left_out", "write_compose"]
