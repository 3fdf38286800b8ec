"""References of images as the model has them: registry, repository, tag and digest apart."""

import re

from quantacirc_cdk.importing.source import Data

BUILT = "@built/"
"""In place of the registry of an image that is built with the system."""


def parts(reference: str) -> Data:
    """Return an image of the model for a reference such as ``nginx`` or ``ghcr.io/team/app:1.2@sha256:…``."""
    if reference.startswith(BUILT):
        return {"repository": reference.removeprefix(BUILT)}
    name, _, digest = reference.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    first, slash, rest = head.partition("/")
    if not slash or not ({".", ":"} & set(first) or first == "localhost"):
        registry, repository = "docker.io", head if slash else f"library/{head}"
    else:
        registry, repository = first, rest
    found = {"registry": registry, "repository": repository}
    if tag or not digest:
        found["tag"] = tag or "latest"
    return {**found, **({"digest": digest} if digest else {})}


def whole(reference: str) -> str:
    """Return a reference with all that it leaves out, so that two of one image are the same."""
    one = parts(reference)
    tag = f":{one['tag']}" if "tag" in one else ""
    digest = f"@{one['digest']}" if "digest" in one else ""
    return f"{one['registry']}/{one['repository']}{tag}{digest}"


def short_name(reference: str) -> str:
    """Return a name for an image: the last part of its repository."""
    last = str(parts(reference)["repository"]).rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:40] or "image"
