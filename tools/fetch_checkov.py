"""Install checkov into ``.tools/checkov/``, an environment of its own, from hashed locks; nothing when current.

It pins older releases of packages that the tests use, so it cannot share theirs.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".tools" / "checkov"
LOCK = ROOT / "requirements" / "checkov.lock"


def main() -> int:
    wanted = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes() + sys.version.encode()).hexdigest()
    stamp = ROOT / ".tools" / "checkov.stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print("Installing checkov into .tools/checkov", flush=True)
    FOLDER.parent.mkdir(exist_ok=True)
    stamp.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    python = str(FOLDER / "bin" / "python")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    subprocess.run([python, *install, "--requirement", str(LOCK)], check=True)
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
