"""Names of container images, with the grammar of https://github.com/distribution/reference/blob/main/reference.go."""

import re
from typing import Annotated

from quantacirc_cdk.limits.rule import Rule, matching

_SOURCE = "https://github.com/distribution/reference/blob/main/reference.go"
_WORD = r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
_NAMED_HOST = rf"{_WORD}(\.{_WORD})*"
_PORT = r"(:[0-9]{1,5})?"
_FOLDER = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_HOST = re.compile(rf"({_NAMED_HOST}|\[[a-fA-F0-9:]+\]){_PORT}")
_PATH = re.compile(_FOLDER)
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}"
_SUFFIX = re.compile(rf"(?P<name>.+?)(:(?P<tag>{_TAG}))?(@(?P<digest>{_DIGEST}))?")
_LONGEST = 255
"""Maximum length of the name, without tag and digest."""


def is_image(text: str) -> bool:
    """Return whether ``text`` is a valid reference for all container runtimes:
    ``registry/repository:tag@sha256:digest``.
    """
    found = _SUFFIX.fullmatch(text)
    if found is None or len(found["name"]) > _LONGEST:
        return False
    first, slash, rest = found["name"].partition("/")
    # The first part is a registry if it cannot be a folder.
    if slash and (set(first) & set(".:[") or first == "localhost" or first != first.lower()):
        return _HOST.fullmatch(first) is not None and all(map(_PATH.fullmatch, rest.split("/")))
    return all(map(_PATH.fullmatch, found["name"].split("/")))


Image = Annotated[
    str,
    Rule(
        lambda text: None if is_image(text) else "an image such as registry.example.com/team/app:1.4.0, in lower case",
        source=_SOURCE,
    ),
]
"""A full reference with a tag, a digest, or both."""
Digest = Annotated[str, matching(_DIGEST, "sha256: and 64 hexadecimal digits", source=_SOURCE, schema=True)]
Tag = Annotated[str, matching(_TAG, "an image tag", source=_SOURCE)]
Registry = Annotated[
    str,
    matching(
        rf"{_NAMED_HOST}{_PORT}(/{_FOLDER})*",
        "a registry such as registry.example.com/team, without a scheme",
        source=_SOURCE,
    ),
]
REPOSITORY = rf"{_FOLDER}(/{_FOLDER})*"
"""Pattern of a repository below a registry."""
Repository = Annotated[str, matching(REPOSITORY, "an image repository such as team/app", source=_SOURCE)]
