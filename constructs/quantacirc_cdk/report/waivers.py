"""Accepted findings: ``policy/*.yaml``, each with a day of expiry.

They are findings of policy scanners, images without a digest, and known vulnerabilities of the images.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import read_list
from quantacirc_cdk.model.problems import validate

Day = Annotated[date, Field(strict=False)]


class Waiver(Section):
    """An accepted finding of a policy scanner."""

    check: str
    """Id of the scanner's check."""
    resources: list[str]
    """Globs over the names of resources."""
    reason: str
    """Why the finding is accepted."""
    expires: Day
    """First day on which it no longer holds."""


class UnpinnedImage(Section):
    """An image that is used by its tag."""

    image: str
    """Repository."""
    reason: str
    """Why it has no digest."""
    expires: Day
    """First day on which it no longer holds."""


class AllowedVulnerability(Section):
    """A known vulnerability that a release accepts."""

    vulnerability: str
    """Its id, such as ``CVE-2026-12345``."""
    packages: list[str]
    """Globs over the names of packages."""
    reason: str
    """Why it is accepted."""
    expires: Day
    """First day on which it no longer holds."""


class Accepted(NamedTuple):
    """A row of the report."""

    subject: str
    applies_to: str
    reason: str
    expires: date


_S = TypeVar("_S", bound=Section)


def accepted(root: Path) -> list[Accepted]:
    """Return the entries of ``waivers.yaml``, ``unpinned-images.yaml`` and ``vulnerabilities.yaml`` in ``policy/``.

    A file that is missing has none. Raises ``ModelError`` with all problems of the files.
    """
    problems: list[Problem] = []
    waivers = list(_entries(Waiver, root, "policy/waivers.yaml", problems))
    images = list(_entries(UnpinnedImage, root, "policy/unpinned-images.yaml", problems))
    known = list(_entries(AllowedVulnerability, root, "policy/vulnerabilities.yaml", problems))
    if problems:
        raise ModelError(problems)
    rows = [Accepted(one.check, ", ".join(one.resources), one.reason, one.expires) for one in waivers]
    rows += [Accepted("image without a digest", one.image, one.reason, one.expires) for one in images]
    return rows + [Accepted(one.vulnerability, ", ".join(one.packages), one.reason, one.expires) for one in known]


def allowed_vulnerabilities(root: Path) -> list[AllowedVulnerability]:
    """Return the entries of ``policy/vulnerabilities.yaml``; none without the file.

    Raises ``ModelError`` with all problems of the file.
    """
    problems: list[Problem] = []
    found = list(_entries(AllowedVulnerability, root, "policy/vulnerabilities.yaml", problems))
    if problems:
        raise ModelError(problems)
    return found


def _entries(section: type[_S], root: Path, shown: str, problems: list[Problem]) -> Iterator[_S]:
    if not (root / shown).exists():
        return
    try:
        document = read_list(root / shown, shown)
    except ModelError as error:
        problems += error.problems
        return
    for index, entry in enumerate(document.value if isinstance(document.value, list) else ()):
        found, wrong = validate(section, document, entry.plain(), (index,))
        problems += wrong
        if found is not None:
            yield found
