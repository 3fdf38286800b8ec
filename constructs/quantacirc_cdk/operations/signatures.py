"""Verify the signatures of the system's images before a release is changed (https://docs.sigstore.dev)."""

import shutil
from collections.abc import Iterable, Iterator
from typing import Any

from quantacirc_cdk.model.environment import Environment, Signature
from quantacirc_cdk.operations.process import run
from quantacirc_cdk.operations.registry import images_of
from quantacirc_cdk.text.regular_expression import anchored

SECONDS = 60


def signature_problems(environment: Environment, objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a problem for each image of the environment's registry that ``release.signature`` has not signed.

    Yields nothing without ``release.signature``. An image without a digest is a problem, because its tag can move after
    the verification; so is a signature that cannot be verified, for example because the registry does not respond.
    """
    signature = environment.release.signature
    if signature is None:
        return
    images = sorted(image for image in images_of(objects) if image.startswith(f"{environment.registry}/"))
    if images and shutil.which("cosign") is None:
        yield "cosign is not on PATH: it verifies the images, because release.signature is set"
        return
    for image in images:
        if "@sha256:" not in image:
            yield f"{image}: it has no digest, so its signature says nothing about what will run"
            continue
        done = run(["cosign", "verify", *_identity(signature), image], seconds=SECONDS)
        if not done.ok:
            why = done.said or f"no result within {SECONDS} s"
            yield f"{image}: no signature of {signature.subject}: {why}"


def _identity(signature: Signature) -> list[str]:
    return [
        "--certificate-oidc-issuer", signature.issuer,
        "--certificate-identity-regexp", anchored(signature.subject),
    ]  # fmt: skip
