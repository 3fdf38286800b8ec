"""Cloud names that follow from the model."""

import hashlib
import re

from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.text.terraform import has_expression

_DIGEST = 6
_SERVICE_ACCOUNT_LENGTH = 30
STORAGE_ACCOUNT_LENGTH = 24
"""Maximum length of the name of an Azure storage account or key vault."""


def environment_name(system: System, environment: Environment) -> str:
    """Return the prefix of an environment's cloud resources: ``system-environment``."""
    return f"{system.name}-{environment.name}"


def secrets_prefix(system: System, environment: Environment) -> str:
    """Return the prefix of its secrets: ``system/environment``."""
    return f"{system.name}/{environment.name}"


def backup_prefix(store: str) -> str:
    """Return where the backups of a store are in an object store."""
    return f"backups/{store}"


def remote_secret(prefix: str, name: str, target: str) -> str:
    """Return the name of a secret in a cloud's store; only AWS allows slashes."""
    joined = f"{prefix}/{name}"
    return joined if target == "aws" else joined.replace("/", "-")


def unique_name(name: str, account: str, longest: int, *, dashes: bool = True) -> str:
    """Return a globally unique name for Azure: shortened to ``longest``, with a digest of the subscription.

    Vaults, storage accounts and registries share one namespace across all customers.
    """
    if "${" in name + account:
        return _unique_expression(name, account, longest, dashes=dashes)
    digest = hashlib.sha256(f"{account}/{name}".encode()).hexdigest()[:_DIGEST]
    clean = re.sub(r"[^a-z0-9-]" if dashes else r"[^a-z0-9]", "", name.lower())
    joint = "-" if dashes else ""
    return f"{clean[: longest - _DIGEST - len(joint)].rstrip('-')}{joint}{digest}"


def _unique_expression(name: str, account: str, longest: int, *, dashes: bool) -> str:
    """Return a Terraform expression that computes the same for a name that only Terraform knows."""
    clean = f'replace(lower("{name}"), "/[^a-z0-9{"-" if dashes else ""}]/", "")'
    digest = f'substr(sha256("{account}/{name}"), 0, {_DIGEST})'
    if not dashes:
        return f"${{substr({clean}, 0, {longest - _DIGEST})}}${{{digest}}}"
    return f'${{replace(substr({clean}, 0, {longest - _DIGEST - 1}), "/-+$/", "")}}-${{{digest}}}'


def service_account_id(*parts: str) -> str:
    """Return an id of a service account, at most 30 characters; a longer one is cut, and a digest makes it unique."""
    name = "-".join(parts)
    if has_expression(name) or len(name) <= _SERVICE_ACCOUNT_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: _SERVICE_ACCOUNT_LENGTH - 7].rstrip('-')}-{digest}"
