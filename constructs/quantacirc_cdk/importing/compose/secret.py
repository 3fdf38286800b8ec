"""Variables of a container that come from the Secret with the values of `.env` or of the shell."""

from collections.abc import Collection
from typing import Any

from quantacirc_cdk.importing.compose.service import Service
from quantacirc_cdk.importing.compose.shell import Parts, Reference

ENVIRONMENT = "environment"
"""Secret of the variables that come from the shell or from ``.env``."""


def referred(service: Service, parts: Parts, taken: Collection[str] = ()) -> Parts:
    """Return a text with references to variables of the container, which are added to it from the Secret.

    New variables have other names than those that are ``taken``.
    """
    return [one if isinstance(one, str) else Reference(_variable(service, one.name, taken)) for one in parts]


def _variable(service: Service, key: str, taken: Collection[str]) -> str:
    """Return the container's variable with the value of a key of the Secret; add it if it is missing."""
    known = {one["name"]: one for one in service.container.get("env", [])}
    origin, name = secret_key(service, key), key
    while known.get(name, {}).get("valueFrom") != {"secretKeyRef": origin} and (name in known or name in taken):
        name += "_"
    if name not in known:
        add_variable(service, name, origin)
    return name


def add_variable(service: Service, name: str, origin: dict[str, Any]) -> None:
    """Add a variable of the container with a value from a Secret."""
    service.container.setdefault("env", []).append({"name": name, "valueFrom": {"secretKeyRef": origin}})


def secret_key(service: Service, key: str, *, optional: bool = False) -> dict[str, Any]:
    """Return the reference to a key of the Secret, which the user creates if it is not ``optional``."""
    if not optional:
        service.source.secrets.setdefault(ENVIRONMENT, set()).add(key)
    return {"name": ENVIRONMENT, "key": key, **({"optional": True} if optional else {})}
