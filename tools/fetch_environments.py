"""Install each tool that cannot share the tests' environment into ``.tools/<tool>/``, an environment of its own.

checkov and moto pin older releases of packages that the rest uses, cdktn must be alone, and nothing else uses what
audit, cloudcoil, docs, opentelemetry and pyright bring. Each comes from the hashed ``requirements/<tool>.lock``;
nothing happens when it is current. Arguments are the names of the wanted ones: ``bindings``, for the benchmarks, comes
only when it is named.
"""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("audit", "cdktn", "checkov", "cloudcoil", "docs", "moto", "opentelemetry", "pyright")


def main() -> int:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(install, sys.argv[1:] or ENVIRONMENTS))
    return 0


def install(name: str) -> None:
    folder = ROOT / ".tools" / name
    lock = ROOT / "requirements" / f"{name}.lock"
    stamp = folder.with_suffix(".stamp")
    wanted = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"Installing {name} into .tools/{name}", flush=True)
    folder.parent.mkdir(exist_ok=True)
    stamp.unlink(missing_ok=True)
    # Not every system's Python has a pip to put into it; the one that runs this installs into it instead.
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--requirement", str(lock)]
    options.append("--no-compile")  # what is imported is compiled then; most of it never is
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    subprocess.run([*pip, *options], check=True)
    stamp.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
