"""``python tools/release.py TAG NOTES``: check that a tag is a release of this version, and write its notes.

The tag is ``v`` and the version in ``version.py``, its commit is on the deployed branch, and ``CHANGELOG.md`` has a
section of the version, with a date. The notes are this section.
"""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = Path("constructs/quantacirc_cdk/version.py")
CHANGELOG = Path("CHANGELOG.md")
_SECTION = re.compile(
    r"^## \[?(?P<version>[^\s\]]+)\]? - \d{4}-\d{2}-\d{2}\n(?P<text>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE
)


def notes(changelog: str, version: str) -> str:
    """Return the section of a version; empty if there is none."""
    found = (match for match in _SECTION.finditer(changelog) if match["version"] == version)
    return next((match["text"].strip() for match in found), "")


def problems(root: Path, tag: str, *, branch: str = "origin/main") -> Iterator[str]:
    """Yield why a tag is no release of the files in ``root``."""
    version = runpy.run_path(str(root / VERSION))["__version__"]
    if tag != f"v{version}":
        yield f"the tag is {tag}, and {VERSION} says {version}: expected the tag v{version}"
    if not notes((root / CHANGELOG).read_text("utf-8"), version):
        yield f"{CHANGELOG} has no section `## {version} - <date>` with changes"
    command = ["git", "-C", str(root), "merge-base", "--is-ancestor", "HEAD", branch]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        yield f"the commit is not on {branch}: only what was merged, and passed its checks, is released"


def main() -> int:
    tag, out = sys.argv[1:]
    said = list(problems(ROOT, tag))
    if said:
        print("\n".join(f"error: {line}" for line in said), file=sys.stderr)
        return 2
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notes((ROOT / CHANGELOG).read_text("utf-8"), tag.removeprefix("v")) + "\n", encoding="utf-8")
    print(f"{tag}: its notes are in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
