"""Verify what a release is made of before it changes anything: images, their attestations, and the chart.

cosign verifies signatures and attestations (https://docs.sigstore.dev).
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from quantacirc_cdk.helm.package import other_files
from quantacirc_cdk.model.environment import Attestation, Environment, Signature
from quantacirc_cdk.operations.process import run
from quantacirc_cdk.operations.registry import images_of
from quantacirc_cdk.synth.ownership import read_listing
from quantacirc_cdk.text.regular_expression import anchored

SECONDS = 60
TITLES: Mapping[Attestation, str] = {"cyclonedx": "bill of materials", "slsaprovenance1": "provenance"}


def signature_problems(environment: Environment, objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a problem for each image of the environment's registry without the signature or an attestation of
    ``release.signature``.

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
        wanted = {"signature": ["verify"]}
        wanted |= {TITLES[one]: ["verify-attestation", "--type", one] for one in signature.attestations}
        for title, command in wanted.items():
            done = run(["cosign", *command, *_identity(signature), image], seconds=SECONDS)
            if not done.ok:
                why = done.said or f"no result within {SECONDS} s"
                yield f"{image}: no {title} of {signature.subject}: {why}"


def chart_problems(environment: Environment, root: Path, chart: str) -> Iterator[str]:
    """Yield a problem for each file of the chart that is not as ``qcdk synth`` wrote it.

    ``chart`` is its folder below ``root``, such as ``dist/helm/shop``; the digests are in the output, ``dist``. Yields
    nothing without ``release.signature``.
    """
    if environment.release.signature is None:
        return
    folder = root / chart
    place = f"helm/{folder.name}/"
    listing = read_listing(folder.parent.parent)
    written = {file.removeprefix(place): hashes for file, hashes in listing.items() if file.startswith(place)}
    for problem in other_files(folder, written):
        yield f"{Path(problem.file or folder).relative_to(root)}: {problem.what}, expected {problem.expected}"


def _identity(signature: Signature) -> list[str]:
    return [
        "--certificate-oidc-issuer", signature.issuer,
        "--certificate-identity-regexp", anchored(signature.subject),
    ]  # fmt: skip
