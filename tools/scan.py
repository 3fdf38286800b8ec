"""``python tools/scan.py FOLDER``: fail where grype finds a vulnerability in an image that nobody has allowed.

FOLDER holds the bills of materials (``*.cdx.json``) of ``docker/build.sh --sbom``. A finding counts if it is high or
critical and has a fix: a newer base image or package ends it. Others are counted in the last line. An entry of
``policy/vulnerabilities.yaml`` covers its findings after its day, too, with a warning: ``make waivers`` fails then.

exit status: 0 nothing to do, 1 findings that are not allowed, 2 bad use, or grype failed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.report.waivers import AllowedVulnerability, allowed_vulnerabilities

ROOT = Path(__file__).resolve().parent.parent
COUNTED = frozenset({"High", "Critical"})


@dataclass(frozen=True, order=True)
class Found:
    """A vulnerability of a package in an image."""

    image: str
    package: str
    version: str
    ids: tuple[str, ...]
    """Its own id first, then those of the same vulnerability in other databases."""
    severity: str
    fixed_in: str

    @property
    def counts(self) -> bool:
        """Whether somebody has to act."""
        return self.severity in COUNTED and bool(self.fixed_in)

    def allowed_by(self, entry: AllowedVulnerability) -> bool:
        """Whether this is a finding that the entry was written for."""
        return entry.vulnerability in self.ids and any(fnmatchcase(self.package, glob) for glob in entry.packages)

    def __str__(self) -> str:
        return f"{self.image}: {self.package} {self.version}: {self.ids[0]} ({self.severity}), fixed in {self.fixed_in}"


def scan(bill: Path) -> Iterator[Found]:
    """Yield what grype finds in a bill of materials."""
    command = ["grype", f"sbom:{bill}", "--quiet", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"grype ended with status {done.returncode}: {done.stderr.strip()}")
    matches: list[dict[str, Any]] = json.loads(done.stdout)["matches"]
    for match in matches:
        vulnerability, artifact = match["vulnerability"], match["artifact"]
        ids = [vulnerability["id"], *(other["id"] for other in match.get("relatedVulnerabilities") or ())]
        fix = vulnerability.get("fix") or {}
        yield Found(
            image=bill.name.removesuffix(".cdx.json"),
            package=artifact["name"],
            version=artifact["version"],
            ids=tuple(dict.fromkeys(ids)),
            severity=vulnerability.get("severity") or "Unknown",
            fixed_in=", ".join(fix.get("versions") or ()) if fix.get("state") == "fixed" else "",
        )


def judged(found: Sequence[Found], entries: Sequence[AllowedVulnerability], today: date) -> tuple[list[str], list[str]]:
    """Return a line for each finding that no entry allows, and the warnings."""
    counting = sorted({one for one in found if one.counts})
    refused = [str(one) for one in counting if not any(map(one.allowed_by, entries))]
    warnings = []
    for entry in entries:
        if not any(one.allowed_by(entry) for one in counting):
            warnings.append(f"{entry.vulnerability} is allowed, and found in no image: remove the entry")
        elif entry.expires <= today:
            warnings.append(f"{entry.vulnerability} was allowed until {entry.expires}: look again")
    return refused, warnings


def main(arguments: Sequence[str]) -> int:
    """Scan every bill of materials; print and judge what is found."""
    bills = sorted(Path(arguments[0]).glob("*.cdx.json")) if len(arguments) == 1 else []
    if not bills:
        print(
            "usage: scan.py FOLDER, with the bills of materials (*.cdx.json) of docker/build.sh --sbom", file=sys.stderr
        )
        return 2
    try:
        entries = allowed_vulnerabilities(ROOT)
        found = [one for bill in bills for one in scan(bill)]
    except FileNotFoundError:
        print("error: grype is not on PATH: install it, or leave the scan to the pipeline", file=sys.stderr)
        return 2
    except (QuantacircError, ValueError, KeyError, TypeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    refused, warnings = judged(found, entries, date.today())
    for line in (*(f"warning: {warning}" for warning in warnings), *refused):
        print(line)
    rest = len({one for one in found if not one.counts})
    print(
        f"{len(bills)} bills of materials: {len(refused)} findings to mend or to allow, {rest} lower or without a fix"
    )
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
