"""A stand-in for ``cosign verify`` and ``verify-attestation``.

``COSIGN_SIGNED`` names a file with a line ``IMAGE ISSUER SUBJECT TYPE`` for each signature. TYPE is ``signature``, or
that of an attestation; without it, the line is for all of them.

It takes cosign's options, matches the identity as cosign does (an expression without anchors matches a part),
and ends with cosign's errors.
"""

import argparse
import os
import re
import sys
from pathlib import Path


def install(folder: Path) -> Path:
    """Write the program ``cosign`` to ``folder``."""
    program = folder / "cosign"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n')
    program.chmod(0o755)
    return program


def verify(command: str, arguments: list[str]) -> int:
    """Verify the signatures of the image, or its attestations of a type."""
    parser = argparse.ArgumentParser(prog=f"cosign {command}", allow_abbrev=False)
    if command == "verify-attestation":
        parser.add_argument("--type", required=True, choices=["cyclonedx", "slsaprovenance1"])
    parser.add_argument("--certificate-oidc-issuer", required=True)
    parser.add_argument("--certificate-identity-regexp", required=True)
    parser.add_argument("image")
    options = parser.parse_args(arguments)
    lines = [line.split() for line in Path(os.environ["COSIGN_SIGNED"]).read_text().splitlines()]
    wanted = getattr(options, "type", "signature")
    found = [line[1:3] for line in lines if line[0] == options.image and wanted in (*line[3:], wanted)[:1]]
    if not found and command == "verify-attestation":
        print("Error: no matching attestations: ", file=sys.stderr)
        return 10
    if not found:
        print("Error: no signatures found\nerror during command execution: no signatures found", file=sys.stderr)
        return 10
    for issuer, subject in found:
        if issuer == options.certificate_oidc_issuer and re.search(options.certificate_identity_regexp, subject):
            print('[{"critical": {}}]')
            return 0
    why = "no matching signatures: none of the expected identities matched what was in the certificate"
    print(f"Error: {why}\nerror during command execution: {why}, got subjects [{found[0][1]}]", file=sys.stderr)
    return 12


if __name__ == "__main__":
    assert sys.argv[1] in ("verify", "verify-attestation"), sys.argv
    sys.exit(verify(sys.argv[1], sys.argv[2:]))
