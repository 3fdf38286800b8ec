"""Resolve the dependencies anew and write ``requirements/*.lock``: exact versions with hashes, no registry address.

The resolution is universal: one lock file serves every Python from 3.11 to 3.14 on every platform.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LOCKS = {
    "run.lock": ["pyproject.toml", "--group", "build"],
    "dev.lock": ["pyproject.toml", "--group", "build", "--group", "dev", "--constraint", "requirements/run.lock"],
    "cdktn.lock": ["requirements/cdktn.in"],
    "audit.lock": ["requirements/audit.in"],
    "bindings.lock": ["requirements/bindings.in"],
    "checkov.lock": ["requirements/checkov.in"],
    "cloudcoil.lock": ["requirements/cloudcoil.in"],
    "docs.lock": ["requirements/docs.in"],
    "moto.lock": ["requirements/moto.in"],
    "opentelemetry.lock": ["requirements/opentelemetry.in"],
    "pyright.lock": ["requirements/pyright.in"],
    "node22.lock": ["requirements/node22.in"],
}


def main() -> int:
    for name, arguments in LOCKS.items():
        command = [
            "uv", "pip", "compile", *arguments,
            "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet",
            "--upgrade", "--output-file", f"requirements/{name}",
        ]  # fmt: skip
        print(f"requirements/{name}")
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
