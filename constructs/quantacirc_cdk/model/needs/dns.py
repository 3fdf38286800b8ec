"""How pods find others by name."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import DnsName


class Dns(Section):
    """The resolver of the pods."""

    policy: Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] | None = None
    """Where its configuration comes from: the cluster, the node, or, with None in quotes, from here alone."""
    nameservers: list[Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]+$")]] = []
    """Addresses of further name servers."""
    searches: list[str] = []
    """Domains that are appended to short names."""
    options: dict[str, str] = {}
    """Options of the resolver, such as `ndots`; an empty value for one without."""
    host_aliases: dict[Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:]+$")], list[DnsName]] = {}
    """Host names by address, for `/etc/hosts`."""
    hostname: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)] | None = None
    """Host name of the pods."""
    subdomain: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)] | None = None
    """Headless Service that their full name is below."""
