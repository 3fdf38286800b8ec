"""Download Terraform into ``.tools/bin`` where the machine has none; nothing when it has.

No package registry has it: it comes from the site where HashiCorp publishes its releases, or from the one that the
variable ``TERRAFORM_RELEASES`` names, and is what ``requirements/terraform.lock`` pins by hash. Where neither is
reached this ends with 1, ``make test`` warns, and the tests that need Terraform are skipped.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import sys
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "terraform.lock"
PROGRAM = ROOT / ".tools" / "bin" / "terraform"
RELEASES = "https://releases.hashicorp.com/terraform"
TIMEOUT_SECONDS = 30


def main() -> int:
    if found := shutil.which("terraform") or shutil.which(str(PROGRAM)):
        print(f"Terraform is {found}")
        return 0
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return missing(f"no hash is pinned for {sys.platform} on {platform.machine()}")
    try:
        archive = download(LOCK, os.environ.get("TERRAFORM_RELEASES", RELEASES))
    except (OSError, ValueError) as error:
        return missing(str(error))
    unpack(archive, PROGRAM)
    return 0


def download(lock: Path, releases: str) -> bytes:
    """Return the archive that the lock file pins. Raises ``OSError``, or ``ValueError`` for one with another hash."""
    version, expected = re.findall(r"^terraform==(\S+) \\\n +--hash=sha256:(\w{64})$", lock.read_text(), re.MULTILINE)[
        0
    ]
    address = f"{releases}/{version}/terraform_{version}_linux_amd64.zip"
    print(f"Downloading {address}", flush=True)
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
        archive: bytes = answer.read()
    if (found := hashlib.sha256(archive).hexdigest()) != expected:
        raise ValueError(f"{address} has the hash {found}, expected {expected}")
    return archive


def unpack(archive: bytes, program: Path) -> None:
    """Write the program in the archive, in one step: a killed run leaves none that is cut off."""
    program.parent.mkdir(parents=True, exist_ok=True)
    part = program.with_suffix(".part")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        part.write_bytes(files.read("terraform"))
    part.chmod(0o755)
    part.replace(program)


def missing(why: str) -> int:
    """Say loudly what is not checked, and return the exit status."""
    print(f"Terraform is MISSING ({why}): every test that needs it is skipped; put it on PATH", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
