"""Secrets of an environment: their names in the cloud and in the cluster, and who writes their values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.contract.names import remote_secret, secrets_prefix
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class SecretBinding:
    """A secret: a JSON object in the cloud's store, and a Secret in the cluster with its properties as keys."""

    name: str
    """Name of the Kubernetes Secret."""
    remote: str
    """Name in the cloud's store."""
    keys: Mapping[str, str]
    """Property of the JSON object for each key of the Secret. When empty, each property becomes the key of the same
    name.
    """
    written_by: Literal["people", "terraform"]
    """Who writes the value. Terraform writes only values that it generates, and does not store them in the state."""
    description: str
    """Purpose, in a sentence."""
    declared: str
    """File and key that add it to the contract."""
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Keys of the Secret from other secrets of the store: by the name there, the property for each key."""

    @property
    def remotes(self) -> tuple[str, ...]:
        """Names in the cloud's store of everything that the Secret is read from."""
        return (self.remote, *self.others)


def secrets_of(site: Site, managed: Iterable[SecretBinding | None]) -> dict[str, SecretBinding]:
    """Return the secrets of an environment in a cloud, by the name of their Kubernetes Secret.

    Terraform writes those in ``managed``. You write those of externals and of existing stores.
    """
    prefix, target = secrets_prefix(site.system, site.environment), site.environment.target
    found = {
        external.secret: SecretBinding(
            name=external.secret,
            remote=remote_secret(prefix, external.secret, target),
            keys={key: key for key in external.secret_keys},
            written_by="people",
            description=external.description or name,
            declared=f"apps/system.yaml: externals.{name}.secret",
        )
        for name, external in site.system.externals.items()
        if external.secret
    }
    for name, component in site.system.components.items():
        if site.provider(name) == "existing" and component.secret_keys:
            secret = site.secret(name)
            found[secret] = SecretBinding(
                name=secret,
                remote=remote_secret(prefix, secret, target),
                keys={key: key for key in component.own_secret_keys},
                written_by="people",
                description=component.description or f"What opens {name}",
                declared=f"{environment_file(site.environment.name)}: components.{name}.existing",
            )
    found |= {binding.name: binding for binding in managed if binding}
    return dict(sorted(found.items()))
