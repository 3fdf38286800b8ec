"""``python tools/alone.py [FILE OR FOLDER...]``: run each test file by itself, in an order drawn anew, without Node.js.

A test that works only because another ran first, or because the system has what the set-up should bring, passes in
``make test`` and fails here. Slow tests are left out. Run it as a user without rights; it takes the better part of an
hour for all files.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = ("node", "nodejs", "npm", "npx")
NOTHING_TO_RUN = 5
"""pytest's exit status where all tests of a file are slow."""


def main() -> int:
    wanted = [ROOT / name for name in sys.argv[1:]] or [ROOT / "tests"]
    files = [path for place in wanted for path in (sorted(place.rglob("test_*.py")) if place.is_dir() else [place])]
    seed = random.randrange(10**6)
    print(f"{len(files)} files, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        path = path_without_node(Path(scratch))
        results = list(pool.map(lambda file: passes(file, seed, path), files))
    failed = [file for file, good in zip(files, results, strict=True) if not good]
    print(f"{len(failed)} of {len(files)} files fail alone", *(file.relative_to(ROOT) for file in failed), sep="\n")
    return int(bool(failed))


def passes(file: Path, seed: int, path: str) -> bool:
    """Run a file and return whether it passes; print what it says where it does not."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", "-p", "no:cacheprovider"]
    command += ["--shuffle", str(seed), str(file)]
    environment = os.environ | {"PATH": path}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode in (0, NOTHING_TO_RUN):
        return True
    print(f"── {file.relative_to(ROOT)}\n{run.stdout[-3000:]}{run.stderr[-1000:]}", flush=True)
    return False


def path_without_node(scratch: Path) -> str:
    """Return ``PATH`` with the folders that hold Node.js replaced by ones, in ``scratch``, with all else they hold."""
    folders = []
    for number, name in enumerate(os.environ.get("PATH", "").split(os.pathsep)):
        folder = Path(name)
        if shutil.which("node", path=name) is not None:
            folder = scratch / str(number)
            folder.mkdir()
            for program in Path(name).iterdir():
                if program.name not in NODE:
                    (folder / program.name).symlink_to(program)
        folders.append(str(folder))
    return os.pathsep.join(folders)


if __name__ == "__main__":
    sys.exit(main())
