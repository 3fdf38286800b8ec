"""Environment variables with which the user sets the values of Secrets and ConfigMaps that nothing creates."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from quantacirc_cdk.manifests import Data

Key = tuple[str, str]
"""Secret or ConfigMap, and key."""


def named(keys: Sequence[Key]) -> Mapping[Key, str]:
    """Return a variable for each key; the key is its name if it is a valid one that no other has."""
    found: dict[Key, str] = {}
    once = dict.fromkeys(sorted(keys))
    for name in (_short, _long, _longest):
        rest = {key: name(*key) for key in once if key not in found}
        count = Counter([*rest.values(), *found.values()])
        found |= {key: one for key, one in rest.items() if count[one] == 1}
    for key in (one for one in once if one not in found):
        number = next(i for i in range(2, len(once) + 3) if f"{_longest(*key)}_{i}" not in found.values())
        found[key] = f"{_longest(*key)}_{number}"
    return found


def keys_in(pod: Data) -> Iterator[Key]:
    """Yield the keys that the containers of a pod have as variables or files."""
    containers = [*pod.get("initContainers", []), *pod["containers"]]
    for entry in (one for container in containers for one in container.get("env", [])):
        origin = entry.get("valueFrom", {})
        for reference in (origin[kind] for kind in ("secretKeyRef", "configMapKeyRef") if kind in origin):
            yield reference["name"], reference["key"]
    for volume in pod.get("volumes", []):
        own = volume.get("secret")
        secrets = [one["secret"] for one in volume.get("projected", {}).get("sources", []) if "secret" in one]
        for source in [*([own] if own else []), *secrets]:
            name = source.get("secretName", source.get("name"))
            yield from ((name, item["key"]) for item in source.get("items", []))
            mounts = [one for container in containers for one in container.get("volumeMounts", [])]
            yield from ((name, one["subPath"]) for one in mounts if one["name"] == volume["name"] and "subPath" in one)


def _short(name: str, key: str) -> str:
    return _variable(key if key.isupper() else f"{name}_{key}")


def _long(name: str, key: str) -> str:
    return _variable(f"{name}_{key}")


def _longest(name: str, key: str) -> str:
    return _variable(f"{name}__{key}")


def _variable(text: str) -> str:
    found = "".join(one if one.isalnum() and one.isascii() else "_" for one in text.upper())
    return f"_{found}" if found[:1].isdigit() else found
