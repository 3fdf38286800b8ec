"""``make images``: build every image on this machine, from whatever it reaches.

Options are those of ``docker/build.sh``. What they leave open is chosen here and printed: without ``--wheelhouse``,
``--sha256`` and a hash in ``docker/application.lock``, the application is the one in ``tests/images``, which is never
pushed; without ``--base-image`` and access to Docker Hub, the images start from a Debian that ``debootstrap`` creates.
"""

import argparse
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from wheelhouse import APPLICATION, fill

ROOT = Path(__file__).resolve().parent.parent
WHEELHOUSE = ROOT / "build" / "wheelhouse"
LOCK = ROOT / "docker" / "application.lock"
HUB = "https://registry-1.docker.io/v2/"
HUB_PYTHON, DEBIAN_PYTHON = "3.13", "3.11"
"""Versions of Python in the two images to start from."""


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in ("--wheelhouse", "--sha256", "--base-image", "--engine"):
        parser.add_argument(name)
    given, _ = parser.parse_known_args(options)
    build = [str(ROOT / "docker" / "build.sh"), *options]
    if "--help" in options or "-h" in options:
        return subprocess.run(build, check=False).returncode
    stand_in = not given.wheelhouse and not given.sha256 and "--hash=" not in _uncommented(LOCK.read_text())
    if stand_in and "--push" in options:
        what = f"{LOCK.relative_to(ROOT)} has no hash, and the application of the tests is never pushed"
        print(f"error: --push: {what}; set the hash of the released wheel", file=sys.stderr)
        return 2
    python = HUB_PYTHON
    if not given.base_image and not hub_answers():
        print("Docker Hub does not answer: the images start from Debian, by debootstrap", flush=True)
        engine = ["--engine", given.engine] if given.engine else []
        done = subprocess.run(
            [ROOT / "docker" / "debian-base.sh", *engine], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            return done.returncode
        build += ["--base-image", done.stdout.strip()]
        python = DEBIAN_PYTHON
    if stand_in:
        print(
            f"The application is that of {APPLICATION.relative_to(ROOT)}, in {WHEELHOUSE.relative_to(ROOT)}", flush=True
        )
        fill(WHEELHOUSE, python)
        build += ["--wheelhouse", str(WHEELHOUSE)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(build, env=os.environ | {"PATH": path}, check=False).returncode


def _uncommented(text: str) -> str:
    return "".join(line for line in text.splitlines() if not line.startswith("#"))


def hub_answers() -> bool:
    """Return whether Docker Hub is reached; it asks everybody who they are first."""
    try:
        with urllib.request.urlopen(HUB, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
