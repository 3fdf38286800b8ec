"""Names and sizes as Google Cloud takes them."""

from collections.abc import Mapping

from quantacirc_cdk.limits.clouds import label
from quantacirc_cdk.terraform.interface.rules import Rules


def check_name(rules: Rules, name: str, longest: int, key: str = "name") -> None:
    """Refuse a ``name`` that is not a label of at most ``longest`` characters, as most resources' names must be.

    Source: https://cloud.google.com/compute/docs/naming-resources.
    """
    if len(name) > longest:
        rules.refuse(key, f"{len(name)} characters", f"at most {longest}")
    rules.matches(key, name, r"[a-z](-*[a-z0-9])*", "lower-case letters, digits and dashes, a letter first")


def labels(tags: Mapping[str, str]) -> dict[str, str]:
    """Return ``tags`` as labels: lower case, other characters than letters, digits, ``-`` and ``_`` become ``-``.

    Source: https://cloud.google.com/resource-manager/docs/labels-overview#requirements.
    """
    return {label(key): label(value) for key, value in tags.items()}
