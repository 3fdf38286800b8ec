"""Ask registries whether images exist, and for the digests of charts
(https://github.com/opencontainers/distribution-spec). No response is no result.
"""

import base64
import binascii
import hashlib
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

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.reading import MAX_BYTES, parse_json, read_file

SECONDS = 5
DOCKER_HUB = "docker.io"
CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
"""Type of the configuration in the manifest of a Helm chart."""
LOOPBACK = ("localhost", "127.0.0.1")
"""Hosts of registries without TLS."""
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
        scheme = "http" if host in LOOPBACK else "https"
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


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Response of a registry to a request for a manifest."""

    status: int
    challenge: str = ""
    """How it wants to be asked, after a refusal."""
    body: bytes = b""
    """The manifest; empty after a refusal, and if only its existence was asked for."""


def ask(reference: Reference, *, method: Literal["HEAD", "GET"] = "HEAD") -> Answer:
    """Ask a registry for a manifest, with the credentials of ``docker login`` and the token that it wants.

    Raises ``OSError``, ``ValueError`` or ``HTTPException`` if it does not respond as registries do.
    """
    found = _send(reference, _login(reference.registry), method)
    if found.status == 401 and found.challenge.lower().startswith("bearer"):
        found = _send(reference, f"Bearer {_token(found.challenge, reference)}", method)
    return found


def chart_digest(chart: str, version: str) -> str:
    """Return the digest of a version of the chart at an ``oci://`` address: the hash of its manifest.

    Raises ``OperationError`` if the registry does not have the version, does not respond, or has something else there.
    """
    # A tag has no "+": https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes
    place = f"{chart.removeprefix('oci://')}:{version.replace('+', '_')}"
    reference = Reference.parse(place)
    try:
        answer = ask(reference, method="GET")
        document = parse_json(answer.body) if answer.status == 200 else {}
    except (OSError, ValueError, http.client.HTTPException) as error:
        what = f"{reference.registry} does not respond: {_reason(error)}"
        raise OperationError(Problem(key=place, what=what)) from None
    if answer.status != 200:
        what = f"{reference.registry} has no such version" if answer.status == 404 else f"it answers {answer.status}"
        raise OperationError(Problem(key=place, what=what))
    kind = (document.get("config") or {}).get("mediaType") if isinstance(document, dict) else None
    if kind != CHART_CONFIG:
        raise OperationError(Problem(key=place, what=f'no Helm chart, but "{kind}"', expected=CHART_CONFIG))
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()}"


def _look(image: str) -> Found:
    reference = Reference.parse(image)
    try:
        status = ask(reference).status
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Found(image=image, verdict="unseen", why=f"{reference.registry} does not respond: {_reason(error)}")
    if status == 200:
        return Found(image=image, verdict="exists")
    if status == 404:
        return Found(image=image, verdict="missing", why=f"{reference.registry} has no such image")
    return Found(image=image, verdict="unseen", why=f"{reference.registry} answers {status}")


def _send(reference: Reference, authorization: str | None, method: str) -> Answer:
    request = urllib.request.Request(reference.url, method=method, headers={"Accept": _ACCEPT})  # noqa: S310
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return Answer(status=int(answer.status), body=answer.read(MAX_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code, challenge=error.headers.get("WWW-Authenticate", ""))


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
