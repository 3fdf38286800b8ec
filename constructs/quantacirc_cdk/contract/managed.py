"""The contract about a managed component."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.contract.outputs import Output
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.kinds.registry import hook
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class Managed:
    """A managed component, from the hook ``cloud.managed`` of its kind. Its clients use this data."""

    component: str
    """Name of the component."""
    name: str
    """Name for the constructs; Azure shortens some."""
    secret: SecretBinding | None = None
    """Secret that Terraform writes for clients; None if they authenticate by identity."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files of a ConfigMap for clients; empty if a Secret contains the settings."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Prefix of each job that backs up, by its name: it reaches only objects below it, and no other client does."""
    by_identity: bool = False
    """Whether clients authenticate with their cloud identity."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """User on the server of each client that logs in with a token of its cloud identity, by the client's name."""
    outputs: Mapping[str, Output] = field(default_factory=dict)
    """Its outputs of the stack after an apply."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Its encryption keys, each with its purpose."""
    database_subnets: bool = False
    """Whether it uses the database subnets."""
    in_network: bool = False
    """Whether the cluster's nodes reach it at an address inside the network."""

    def identifies(self, client: str) -> bool:
        """Return whether a client uses its cloud identity here."""
        return self.by_identity or client in self.logins


def managed_of(site: Site) -> dict[str, Managed]:
    """Return the managed components by name, in file order."""
    found = {}
    for name in site.managed():
        of_kind = hook(site.system.components[name], "cloud.managed")
        if of_kind is None:
            raise TypeError(f'the kind of "{name}" declares a managed component, but has no hook for it')
        found[name] = of_kind(site, name)
    return found
