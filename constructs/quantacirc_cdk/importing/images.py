"""Split image references into registry, repository, tag and digest."""

import re

from quantacirc_cdk.importing.source import Data
from quantacirc_cdk.limits.check import check_of
from quantacirc_cdk.limits.image import Digest, Registry, Repository, Tag

BUILT = "@built/"
"""Marks an image that is built with the system, in place of a registry."""
_CHECKS = {
    "digest": check_of(Digest),
    "registry": check_of(Registry),
    "repository": check_of(Repository),
    "tag": check_of(Tag),
}


def parts(reference: str) -> Data:
    """Return the model's image for a reference such as ``nginx`` or ``ghcr.io/team/app:1.2@sha256:…``."""
    if reference.startswith(BUILT):
        return {"repository": reference.removeprefix(BUILT)}
    name, _, digest = reference.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    registry, slash, repository = head.partition("/")
    if not has_registry(head):
        registry, repository = "docker.io", head if slash else f"library/{head}"
    found = {"registry": registry, "repository": repository}
    if tag or not digest:
        found["tag"] = tag or "latest"
    return {**found, **({"digest": digest} if digest else {})}


def has_registry(reference: str) -> bool:
    """Return whether a reference begins with the host of a registry."""
    first, slash, _ = reference.partition("/")
    return bool(slash) and (bool({".", ":"} & set(first)) or first == "localhost")


def is_reference(reference: str) -> bool:
    """Return whether every part of a reference is valid; ``ko://example.com/cmd`` has an invalid registry."""
    return not any(next(iter(_CHECKS[key](value)), None) for key, value in parts(reference).items())


def whole(reference: str) -> str:
    """Return a reference with all defaults, so that equivalent references are equal."""
    one = parts(reference)
    tag = f":{one['tag']}" if "tag" in one else ""
    digest = f"@{one['digest']}" if "digest" in one else ""
    return f"{one['registry']}/{one['repository']}{tag}{digest}"


def short_name(reference: str) -> str:
    """Return a name for an image: the last part of its repository."""
    last = str(parts(reference)["repository"]).rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:40] or "image"
