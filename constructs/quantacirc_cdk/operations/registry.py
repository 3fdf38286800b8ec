"""Check in registries whether images exist (https://github.com/opencontainers/distribution-spec). No response is no
result.
"""

import base64
import binascii
import http.client
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.reading import MAX_BYTES, parse_json, read_file

SECONDS = 5
DOCKER_HUB = "docker.io"
_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Found:
    """Response of a registry about an image."""

    image: str
    verdict: Literal["exists", "missing", "unseen"]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The parts of an image reference, parsed as container runtimes do."""

    registry: str
    repository: str
    reference: str
    """Digest, else tag."""

    @classmethod
    def parse(cls, image: str) -> "Reference":
        """Return the parts of ``registry/repository:tag@digest``; short names are Docker Hub's."""
        name, _, digest = image.partition("@")
        first, slash, rest = name.partition("/")
        if not slash or not ("." in first or ":" in first or first == "localhost"):
            first, rest = DOCKER_HUB, name if slash else f"library/{name}"
        repository, _, tag = rest.partition(":")
        return cls(registry=first, repository=repository, reference=digest or tag or "latest")

    @property
    def url(self) -> str:
        """URL of its manifest; plain HTTP for the loopback address, as in Docker."""
        host = self.registry.partition(":")[0]
        scheme = "http" if host in ("localhost", "127.0.0.1") else "https"
        place = _HOSTS.get(self.registry, self.registry)
        return f"{scheme}://{place}/v2/{self.repository}/manifests/{self.reference}"


def look_for(images: Iterable[str]) -> list[Found]:
    """Return the results for all images, sorted by image."""
    wanted: Sequence[str] = sorted(set(images))
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(_look, wanted))


def images_of(objects: Iterable[dict[str, Any]]) -> set[str]:
    """Return the images of every pod template among the objects."""
    return {image for item in objects for image in _images(item)}


def _images(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("containers", "initContainers") and isinstance(inner, list):
                yield from (one["image"] for one in inner if isinstance(one, dict) and "image" in one)
            else:
                yield from _images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner)


def _look(image: str) -> Found:
    reference = Reference.parse(image)
    try:
        status, challenge = _head(reference, _login(reference.registry))
        if status == 401 and challenge.lower().startswith("bearer"):
            status, _ = _head(reference, f"Bearer {_token(challenge, reference)}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Found(image=image, verdict="unseen", why=f"{reference.registry} does not respond: {_reason(error)}")
    if status == 200:
        return Found(image=image, verdict="exists")
    if status == 404:
        return Found(image=image, verdict="missing", why=f"{reference.registry} has no such image")
    return Found(image=image, verdict="unseen", why=f"{reference.registry} answers {status}")


def _head(reference: Reference, authorization: str | None) -> tuple[int, str]:
    request = urllib.request.Request(reference.url, method="HEAD", headers={"Accept": _ACCEPT})  # noqa: S310
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return int(answer.status), ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("WWW-Authenticate", "")


def _token(challenge: str, reference: Reference) -> str:
    """Get the token that a registry requires (https://distribution.github.io/distribution/spec/auth/token/)."""
    asked = dict(_CHALLENGE.findall(challenge))
    realm = asked.pop("realm", "")
    if urllib.parse.urlsplit(realm).scheme != "https" and not reference.url.startswith("http:"):
        raise ValueError("it requests a token over an unencrypted connection")
    asked.setdefault("scope", f"repository:{reference.repository}:pull")
    request = urllib.request.Request(f"{realm}?{urllib.parse.urlencode(asked)}")  # noqa: S310
    login = _login(reference.registry)
    if login:
        request.add_unredirected_header("Authorization", login)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        document = parse_json(answer.read(MAX_BYTES))
    if not isinstance(document, dict):
        raise ValueError("its response is not a token")
    return str(document.get("token") or document.get("access_token") or "")


def _login(registry: str) -> str | None:
    """Return the credentials that ``docker login`` stored in its file for a registry; credential helpers are not
    used.
    """
    folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    try:
        file = Path(folder) / "config.json"
        logins = parse_json(read_file(file, str(file), expected="Docker's settings")).get("auths") or {}
        name = "https://index.docker.io/v1/" if registry == DOCKER_HUB else registry
        stored = (logins.get(name) or {}).get("auth")
        return f"Basic {base64.b64encode(base64.b64decode(stored)).decode()}" if stored else None
    except (ModelError, ValueError, TypeError, AttributeError, binascii.Error):
        return None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return str(reason if reason is not None else error) or type(error).__name__
