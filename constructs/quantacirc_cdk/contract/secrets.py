"""The secrets of an environment: what each is called on both sides, and who puts its value there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.contract.names import remote_secret, secrets_prefix
from quantacirc_cdk.model import Environment, System

LEDGER_KEYS: Mapping[str, str] = {
    "database": "dbname",
    "host": "host",
    "password": "password",
    "port": "port",
    "username": "username",
}
"""Keys of a database's Secret, and the property of each in the JSON that the cloud's store holds."""


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


def secrets_of(system: System, environment: Environment) -> dict[str, SecretBinding]:
    """Return the secrets of an environment in a cloud by the name of their Kubernetes Secret."""
    prefix, target = secrets_prefix(system, environment), environment.target
    found = {
        external.secret: SecretBinding(
            name=external.secret,
            remote=remote_secret(prefix, external.secret, target),
            keys={key: key for key in external.secret_keys},
            written_by="people",
            description=external.description or name,
            declared=f"apps/system.yaml: externals.{name}.secret",
        )
        for name, external in system.externals.items()
        if external.secret
    }
    database = system.only("database")
    if database and environment.ledger.provider == "managed":
        found[database] = SecretBinding(
            name=database,
            remote=remote_secret(prefix, database, target),
            keys=LEDGER_KEYS,
            written_by="terraform",
            description=f"Address, user and password of {database}",
            declared=f"apps/system.yaml: components.{database}",
        )
    return dict(sorted(found.items()))
