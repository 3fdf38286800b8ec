"""Data in the form of the Kubernetes API: the result of the pure functions, and the input of ``Manifest``."""

from typing import Any

Data = dict[str, Any]
"""A Kubernetes object or a part of one, as in YAML."""


def compact(**fields: Any) -> Data:
    """Return the fields with a value: without None and empty strings, lists and mappings.

    Use a plain dict where an empty value has a meaning (``emptyDir: {}``, ``podSelector: {}``).
    """
    return {key: value for key, value in fields.items() if value is not None and value not in ("", [], {}, ())}
