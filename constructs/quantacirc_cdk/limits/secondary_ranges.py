"""The secondary range of a VPC, from which pods take their addresses.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions.
"""

import ipaddress

from quantacirc_cdk.text.terraform import has_expression

SHARED = "100.64.0.0/10"
"""Range that every VPC takes as a secondary one (https://www.rfc-editor.org/rfc/rfc6598)."""
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Ranges of which a VPC takes one only (https://www.rfc-editor.org/rfc/rfc1918)."""
_EXCEPT = {"10.0.0.0/15": "10.0.0.0/16", "172.16.0.0/12": "172.31.0.0/16"}
"""Ranges that are refused beside one inside of another."""
LARGEST, SMALLEST = 16, 20
"""Prefix lengths: AWS takes none below 16, and above 20 a subnet for pods has too few prefixes of 16 addresses."""


def refused_secondary_range(cloud: str, cidr: str, secondary: str | None) -> tuple[str, str] | None:
    """Return the problem of a secondary range of a network of ``cidr``, or None."""
    if secondary is None:
        return None
    if cloud != "aws":
        return "a secondary range, which only AWS has", "none: pods have the addresses of `pod_cidr`"
    if has_expression(cidr) or has_expression(secondary):
        return None
    first, second = ipaddress.IPv4Network(cidr), ipaddress.IPv4Network(secondary)
    if not LARGEST <= second.prefixlen <= SMALLEST:
        return f"a /{second.prefixlen}", f"a /{LARGEST} to /{SMALLEST}, to fit a subnet for the pods of each zone"
    own = [one for one in _PRIVATE if first.subnet_of(ipaddress.IPv4Network(one))]
    if not any(second.subnet_of(ipaddress.IPv4Network(one)) for one in (SHARED, *own)):
        return f"{secondary}, which a VPC of {cidr} does not take", f"a part of {' or '.join((SHARED, *own))}"
    for around, refused in _EXCEPT.items():
        if first.subnet_of(ipaddress.IPv4Network(around)) and second.overlaps(ipaddress.IPv4Network(refused)):
            return f"{secondary}, a part of {refused}, which a VPC of {cidr} does not take", f"a part of {SHARED}"
    return None
