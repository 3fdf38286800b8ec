"""Names and sizes as Google Cloud takes them."""

import hashlib
from collections.abc import Mapping

from quantacirc_cdk.limits.clouds import label
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression

_SERVICE_ACCOUNT_LENGTH = 30


def check_name(rules: Rules, name: str, longest: int, key: str = "name") -> None:
    """Refuse a ``name`` that is not a label of at most ``longest`` characters, as most resources' names must be.

    Source: https://cloud.google.com/compute/docs/naming-resources.
    """
    if len(name) > longest:
        rules.refuse(key, f"{len(name)} characters", f"at most {longest}")
    rules.matches(key, name, r"[a-z](-*[a-z0-9])*", "lower-case letters, digits and dashes, a letter first")


def service_account_id(*parts: str) -> str:
    """Return an id of a service account, at most 30 characters; a longer one is cut, and a digest makes it unique."""
    name = "-".join(parts)
    if has_expression(name) or len(name) <= _SERVICE_ACCOUNT_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: _SERVICE_ACCOUNT_LENGTH - 7].rstrip('-')}-{digest}"


def labels(tags: Mapping[str, str]) -> dict[str, str]:
    """Return ``tags`` as labels: lower case, other characters than letters, digits, ``-`` and ``_`` become ``-``.

    Source: https://cloud.google.com/resource-manager/docs/labels-overview#requirements.
    """
    return {label(key): label(value) for key, value in tags.items()}
