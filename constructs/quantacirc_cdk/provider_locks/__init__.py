"""Terraform's dependency lock files beside the stacks: read them, check them, and have Terraform make them. No jsii.

https://developer.hashicorp.com/terraform/language/files/dependency-lock
"""

from quantacirc_cdk.provider_locks.lock_file import LOCK_FILE, LockedProvider, read_lock, write_lock
from quantacirc_cdk.provider_locks.making import Source, complete
from quantacirc_cdk.provider_locks.problems import PLATFORMS, check_platforms, problems
from quantacirc_cdk.provider_locks.stacks import StackLock, read_stacks

__all__ = [
    "LOCK_FILE",
    "PLATFORMS",
    "LockedProvider",
    "Source",
    "StackLock",
    "check_platforms",
    "complete",
    "problems",
    "read_lock",
    "read_stacks",
    "write_lock",
]
