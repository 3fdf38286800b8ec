"""What the cluster and the cloud agree on about a component that the cloud runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.kinds.registry import hook
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class Managed:
    """A component that the cloud runs. A kind returns it from ``cloud.managed``; its clients use it by this."""

    component: str
    """Name of the component."""
    name: str
    """Name that the constructs are given; Azure cuts some."""
    secret: SecretBinding | None = None
    """Secret that Terraform writes, and that clients are given; none where their identity opens it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What clients are told in a ConfigMap, by file name; none where a Secret tells them."""
    by_identity: bool = False
    """Whether clients open it as what they are in the cloud, and so need an identity there."""
    outputs: Mapping[str, Output] = field(default_factory=dict)
    """What the stack tells of it after an apply."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys that it is encrypted with, and the purpose of each."""
    database_subnets: bool = False
    """Whether it is in the database subnets."""
    deletion_protection: bool | None = None
    """Whether the environment refuses to delete it; None for what cannot be protected."""


def managed_of(site: Site) -> dict[str, Managed]:
    """Return what the cloud runs, by the name of the component, in the order of the file."""
    found = {}
    for name in site.managed():
        of_kind = hook(site.system.components[name], "cloud.managed")
        if of_kind is None:
            raise TypeError(f'the kind of "{name}" is never managed, but says that it is')
        found[name] = of_kind(site, name)
    return found
