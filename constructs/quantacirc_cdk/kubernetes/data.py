"""API-shaped data: what the pure functions here return and ``Manifest`` takes."""

from typing import Any

Data = dict[str, Any]
"""A Kubernetes object, or a part of one, as it stands in YAML."""


def compact(**fields: Any) -> Data:
    """Return the fields that say something: None and empty strings, lists and mappings are left out.

    Where an empty value has a meaning (``emptyDir: {}``, ``podSelector: {}``) write a plain dict.
    """
    return {key: value for key, value in fields.items() if value is not None and value not in ("", [], {}, ())}
