"""DNS settings of pods."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import DnsName

ResolverOption = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
"""https://man7.org/linux/man-pages/man5/resolv.conf.5.html."""
ResolverValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$")]


class Dns(Section):
    """DNS settings of the pods."""

    policy: Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] | None = None
    """Source of the configuration: the cluster, the node, or only these settings (`"None"`, in quotes)."""
    nameservers: Annotated[list[kubernetes.Address], Field(max_length=3)] = []
    """Addresses of additional name servers."""
    searches: Annotated[list[DnsName], Field(max_length=32)] = []
    """Domains that are appended to short names."""
    options: dict[ResolverOption, ResolverValue] = {}
    """Resolver options, such as `ndots`; with an empty value for an option without one."""
    host_aliases: dict[kubernetes.Address, Annotated[list[DnsName], Field(min_length=1)]] = {}
    """Host names by address, for `/etc/hosts`."""
    hostname: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)] | None = None
    """Host name of the pods."""
    subdomain: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)] | None = None
    """Headless Service that is the parent of the pods' full names."""
