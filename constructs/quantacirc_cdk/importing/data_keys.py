"""Keys of ConfigMaps and Secrets for files with any name."""

import hashlib
import re
from collections.abc import Iterable

_LONGEST = 253


def data_keys(paths: Iterable[str]) -> dict[str, str]:
    """Return a valid and different key for each path of a file.

    >>> data_keys(["a/b.conf", "my site.conf", "my_site.conf"])
    {'a/b.conf': 'a__b.conf', 'my site.conf': 'my_site.conf-1af32487', 'my_site.conf': 'my_site.conf'}
    """
    given = list(paths)
    plain = {path: data_key(path) for path in given}
    taken = {path for path in given if plain[path] == path}
    keys = {}
    for path in given:
        key = plain[path]
        if key != path and key in taken:
            key = f"{key[: _LONGEST - 9]}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
        taken.add(key)
        keys[path] = key
    return keys


def data_key(path: str) -> str:
    """Return a valid key for the path of a file."""
    key = re.sub(r"[^-._a-zA-Z0-9]", "_", path.replace("/", "__"))[:_LONGEST]
    return f"_{key[1:]}" if key == "." or key.startswith("..") else key
