"""``python tools/waivers.py``: fail where an entry of ``policy/*.yaml`` has expired, or is open for over a year.

``make test`` only warns of it, so that no change fails because a day has passed. The scheduled job of the pipeline,
``make waivers``, fails: somebody has to look again.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LONGEST = timedelta(days=366)


def overdue(folder: Path, today: date) -> list[str]:
    """Return a line for each entry of the folder's files that somebody has to look at."""
    said = []
    for path in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text()) or []:
            subject, expires = next(iter(entry.values())), entry["expires"]
            if expires <= today:
                said.append(f"{path.name}: {subject} expired on {expires}")
            elif expires > today + LONGEST:
                said.append(f"{path.name}: {subject} expires on {expires}, more than a year from now")
    return said


def main() -> int:
    said = overdue(ROOT / "policy", date.today())
    print("\n".join(said) or "every entry of policy/*.yaml is within its time")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
