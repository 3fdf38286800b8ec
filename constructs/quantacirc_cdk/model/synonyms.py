"""Names of keys in Kubernetes, Compose, Terraform and clouds, and the model's names for them."""

from collections.abc import Sequence

from quantacirc_cdk.errors import alike

SYNONYMS = {
    "account_id": "account",
    "arguments": "args",
    "argv": "args",
    "autoscaler": "autoscaling",
    "availability_zones": "zones",
    "azs": "zones",
    "backup_retention": "backup_retention_days",
    "base": "extends",
    "cidr_block": "cidr",
    "cron": "schedule",
    "desc": "description",
    "disk_size": "disk",
    "entrypoint": "command",
    "env": "environment",
    "env_vars": "environment",
    "environment_variables": "environment",
    "exec": "command",
    "expose": "exposed",
    "health_checks": "probes",
    "healthcheck": "probes",
    "horizontal_pod_autoscaler": "autoscaling",
    "hostname": "host",
    "hpa": "autoscaling",
    "http_get": "http",
    "inherits": "extends",
    "instance_type": "machine_type",
    "k8s_version": "kubernetes_version",
    "kube_context": "context",
    "labels": "tags",
    "location": "region",
    "machine_type": "instance_type",
    "max_count": "max_nodes",
    "max_replicas": "max",
    "max_size": "max_nodes",
    "min_count": "min_nodes",
    "min_replicas": "min",
    "min_size": "min_nodes",
    "mount_path": "path",
    "nat_gateways": "nat",
    "node_groups": "node_pools",
    "pdb": "disruption",
    "pod_disruption_budget": "disruption",
    "preemptible": "spot",
    "project_id": "account",
    "repo": "repository",
    "retention": "retention_days",
    "scaling": "autoscaling",
    "subscribes": "consumes",
    "subscription_id": "account",
    "tcp_socket": "tcp",
    "timezone": "time_zone",
    "vars": "environment",
    "vm_size": "machine_type",
}
"""Contains only keys with the same meaning: a similar key would be misleading."""


_FEW_KEYS = 16
"""Maximum number of keys in a message."""


def key_meant(key: str, valid: Sequence[str]) -> str:
    """Return what was expected in place of an unknown key.

    The result is the key with the same meaning or a similar spelling, else the valid keys if they are few, else an
    empty text.
    """
    meant = slip_of(key, valid)
    if meant is not None:
        return f'"{meant}"'
    return f"one of {', '.join(sorted(valid))}" if 0 < len(valid) <= _FEW_KEYS else ""


def slip_of(key: str, valid: Sequence[str]) -> str | None:
    """Return the valid key with the same meaning or a similar spelling; None if there is none."""
    spelled = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).replace("-", "_")
    synonym = SYNONYMS.get(spelled.lstrip("_"))
    return synonym if synonym in valid else alike(key, valid)
