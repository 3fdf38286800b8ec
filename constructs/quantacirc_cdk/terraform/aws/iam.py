"""IAM policy documents and names (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from quantacirc_cdk.limits.aws import partition

__all__ = ["Statement", "allow", "arn", "managed_policy", "partition", "policy", "same_account", "trust"]

Statement = Mapping[str, Any]


def arn(service: str, region: str, account: str, resource: str) -> str:
    """Return an Amazon Resource Name; ``region`` decides the partition."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def managed_policy(region: str, name: str) -> str:
    """Return the name of a policy that AWS maintains."""
    return f"arn:{partition(region)}:iam::aws:policy/{name}"


def policy(*statements: Statement) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def allow(actions: Sequence[str], resources: Sequence[str], sid: str, **more: Any) -> Statement:
    """Return a statement that allows ``actions`` on ``resources``; ``more`` holds other keys such as ``Condition``."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def trust(service: str, *, actions: Sequence[str] = ("sts:AssumeRole",), condition: Any = None) -> str:
    """Return the policy that lets ``service`` take on a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return policy({**statement, "Condition": condition} if condition else statement)


def same_account(account: str) -> Mapping[str, Any]:
    """Return the condition that keeps a service from acting for another account (confused deputy)."""
    return {"StringEquals": {"aws:SourceAccount": account}}
