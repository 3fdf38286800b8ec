"""Write ``docs/terraform-parity.md``; ``--check`` exits 1 when it is stale and writes nothing."""

import sys
from pathlib import Path

from quantacirc_cdk.terraform.parity import markdown

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "terraform-parity.md"


def main() -> int:
    if DOCUMENT.exists() and DOCUMENT.read_text() == markdown():
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{DOCUMENT.name} is stale: run tools/parity.py", file=sys.stderr)
        return 1
    DOCUMENT.write_text(markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
