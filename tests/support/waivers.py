"""What the policy scanners may find: ``policy/waivers.yaml``, each entry with its reason and the day it expires.

No test looks at the day: a check must not fail because time has passed. ``tools/waivers.py`` does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from support.tools import ROOT

WAIVERS = ROOT / "policy" / "waivers.yaml"


@dataclass(frozen=True, order=True)
class Finding:
    """A check that a resource failed."""

    check: str
    resource: str
    """The resource as the scanner prints it."""
    what: str = ""
    """What the check asks for."""
    place: str = ""
    """File it was found in."""

    def __str__(self) -> str:
        return f"{self.check} {self.resource}: {self.what} ({self.place})"


@dataclass(frozen=True)
class Waiver:
    """A finding that is accepted until a day."""

    check: str
    resources: tuple[str, ...]
    reason: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """Whether this is a finding it was written for."""
        return finding.check == self.check and any(fnmatchcase(finding.resource, glob) for glob in self.resources)


def load_waivers(prefix: str, path: Path = WAIVERS) -> list[Waiver]:
    """Return the waivers of the checks whose ids start with ``prefix``: those of one scanner.

    Raises ``ValueError`` naming every entry of the file that lacks something.
    """
    found, wrong = [], []
    for number, entry in enumerate(yaml.safe_load(path.read_text()) or [], start=1):
        expected = {"check": str, "resources": list, "reason": str, "expires": date}
        bad = [key for key, kind in expected.items() if not isinstance(entry.get(key), kind) or not entry[key]]
        bad += sorted(entry.keys() - expected.keys())
        if bad:
            wrong.append(f"entry {number} ({entry.get('check', '?')}): {', '.join(bad)}")
        elif entry["check"].startswith(prefix):
            found.append(Waiver(**{**entry, "resources": tuple(entry["resources"])}))
    if wrong:
        raise ValueError(f"{path.name}: expected check, resources, reason and expires: {'; '.join(wrong)}")
    return found


def refused(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """Return the findings that no waiver covers."""
    return sorted(finding for finding in findings if not any(waiver.covers(finding) for waiver in waivers))


def unused(waivers: Iterable[Waiver], findings: Iterable[Finding]) -> list[str]:
    """Return what waivers are for and nobody finds."""
    known = list(findings)
    return [
        f"{waiver.check}: nothing is found in {glob}"
        for waiver in waivers
        for glob in waiver.resources
        if not any(_one(waiver, glob).covers(item) for item in known)
    ]


def _one(waiver: Waiver, glob: str) -> Waiver:
    return Waiver(waiver.check, (glob,), waiver.reason, waiver.expires)
