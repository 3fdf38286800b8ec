"""``python tools/wheelhouse.py FOLDER PYTHON``: every wheel that the images are made of, for builds without an index.

PYTHON is the version in the image to start from, such as 3.13. The application is the one in ``tests/images``.
"""

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = ROOT / "tests" / "images" / "quantacirc"
LOCKS = ROOT / "docker" / "requirements"


def fill(folder: Path, python: str) -> None:
    """Build the application's wheel into ``folder`` and download what the images' lock files pin, for ``python``."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(APPLICATION)]
    subprocess.run([*pip, *wheel], check=True)
    tags = (f"manylinux{version}_{platform.machine()}" for version in ("_2_28", "_2_17", "2014"))
    fits = ["--implementation=cp", f"--python-version={python}", f"--abi=cp{python.replace('.', '')}", "--abi=abi3"]
    fits += ["--abi=none", *(f"--platform={tag}" for tag in tags)]
    for lock in sorted(LOCKS.glob("*.lock")):
        download = ["download", "--require-hashes", "--only-binary=:all:", *fits, "--no-deps"]
        subprocess.run([*pip, *download, "--dest", str(folder), "--requirement", str(lock)], check=True)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), sys.argv[2])
