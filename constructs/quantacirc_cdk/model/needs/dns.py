"""DNS settings of pods."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import DnsName


class Dns(Section):
    """DNS settings of the pods."""

    policy: Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] | None = None
    """Source of the configuration: the cluster, the node, or only these settings (`"None"`, in quotes). When absent,
    the cluster, also with `host_network`."""
    nameservers: Annotated[list[kubernetes.Address], Field(max_length=kubernetes.NAMESERVERS)] = []
    """Addresses of additional name servers."""
    searches: Annotated[list[DnsName], Field(max_length=kubernetes.SEARCHES)] = []
    """Domains that are appended to short names."""
    options: dict[kubernetes_names.ResolverOption, kubernetes_names.ResolverValue] = {}
    """Resolver options, such as `ndots`; with an empty value for an option without one."""
    host_aliases: dict[kubernetes.Address, Annotated[list[DnsName], Field(min_length=1)]] = {}
    """Host names by address, for `/etc/hosts`."""
    hostname: kubernetes.DnsLabel | None = None
    """Host name of the pods."""
    subdomain: kubernetes.DnsLabel | None = None
    """Headless Service that is the parent of the pods' full names."""
