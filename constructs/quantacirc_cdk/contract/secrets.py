"""The secrets of an environment: what each is called on both sides, and who puts its value there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.contract.names import remote_secret, secrets_prefix
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class SecretBinding:
    """One secret: in the cloud's store a JSON object, in the cluster a Secret with a file for each of its keys."""

    name: str
    """Name of the Kubernetes Secret."""
    remote: str
    """Name in the cloud's store."""
    keys: Mapping[str, str]
    """Property of the JSON object by key of the Secret. Empty: every property becomes the key of its name."""
    written_by: Literal["people", "terraform"]
    """Who puts the value there. Terraform writes only what it makes itself, and keeps it in no state."""
    description: str
    """What it is for, in a sentence."""
    declared: str
    """File and key that make it part of the contract."""


def secrets_of(site: Site, managed: Iterable[SecretBinding | None]) -> dict[str, SecretBinding]:
    """Return the secrets of an environment in a cloud by the name of their Kubernetes Secret.

    ``managed`` are those that Terraform writes. People write those of externals and of stores that are there already.
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
                keys={key: key for key in component.secret_keys},
                written_by="people",
                description=component.description or f"What opens {name}",
                declared=f"{environment_file(site.environment.name)}: components.{name}.existing",
            )
    found |= {binding.name: binding for binding in managed if binding}
    return dict(sorted(found.items()))
