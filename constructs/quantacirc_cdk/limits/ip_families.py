"""Address families of a Service (https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services)."""

from collections.abc import Sequence
from typing import Literal

IpFamily = Literal["IPv4", "IPv6"]
IpFamilyPolicy = Literal["SingleStack", "PreferDualStack", "RequireDualStack"]


def ip_family_refusal(policy: str | None, families: Sequence[str]) -> tuple[str, str] | None:
    """Return what the API refuses in address families, and what it expects; None if it accepts them."""
    if len(set(families)) < len(families):
        return f"{families[0]} twice", "each family once"
    if len(families) > 1 and policy in (None, "SingleStack"):
        return "two, which SingleStack, the default policy, does not allow", "PreferDualStack or RequireDualStack"
    return None
