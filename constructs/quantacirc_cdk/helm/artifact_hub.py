"""What a chart repository such as Artifact Hub shows of a chart.

Source of the annotations: https://artifacthub.io/docs/topics/annotations/helm/.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.helm.plain_yaml import dump
from quantacirc_cdk.model.document import decoded
from quantacirc_cdk.text.yaml import scalar

CHANGES = ("added", "changed", "deprecated", "removed", "fixed", "security")
"""Kinds of changes, which are those of https://keepachangelog.com."""

CHANGELOG = "CHANGELOG.md"
LICENSES = ("LICENSE", "LICENSE.txt", "LICENSE.md")

_URL = re.compile(r"https?://[^\s/]+\S*")
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_SPDX_LINE = re.compile(r"SPDX-License-Identifier:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TITLES = {
    "Apache-2.0": r"Apache License,?\s+Version 2\.0\b",
    "BSD-2-Clause": r"BSD 2-Clause License\b",
    "BSD-3-Clause": r"BSD 3-Clause License\b",
    "ISC": r"ISC License\b",
    "MIT": r"(?:The )?MIT License\b",
    "MPL-2.0": r"Mozilla Public License,?\s+Version 2\.0\b",
}
"""First words of license texts that belong to exactly one SPDX identifier."""
_RELEASE = re.compile(r"## +\[?v?([^\]\s]+)\]?(?:[\s(].*)?")
_GROUP = re.compile(rf"### +({'|'.join(CHANGES)})\s*", re.IGNORECASE)
_ENTRY = re.compile(r"[-*+] +(\S.*)")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of a release."""

    kind: str
    """``added``, ``changed``, ``deprecated``, ``removed``, ``fixed`` or ``security``."""
    description: str


@dataclass(frozen=True, kw_only=True)
class About:
    """Facts about a chart for people who search for it. What is empty is left out of ``Chart.yaml``."""

    home: str = ""
    """URL of the source code."""
    keywords: Sequence[str] = ()
    """Words to find the chart by."""
    links: Mapping[str, str] = field(default_factory=dict)
    """URLs of further pages, by title."""
    license: str = ""
    """SPDX identifier of the chart's license: ``Apache-2.0``."""
    changes: Sequence[Change] = ()
    """Changes of this version."""


def annotations(about: About, *, version: str, images: Sequence[str]) -> list[str]:
    """Return the lines of ``annotations`` in ``Chart.yaml``; none if there is nothing to show."""
    blocks: dict[str, list[dict[str, Any]]] = {
        "changes": [{"kind": change.kind, "description": change.description} for change in about.changes],
        "images": [{"name": _image_name(reference), "image": reference} for reference in images],
        "links": [{"name": name, "url": url} for name, url in about.links.items()],
    }
    texts = {"license": about.license, "prerelease": "true" if "-" in version.partition("+")[0] else ""}
    found = {name: [f" {scalar(text)}"] for name, text in texts.items() if text}
    found |= {name: [" |", *dump(items, 2)] for name, items in blocks.items() if items}
    lines = [
        line
        for name, (first, *others) in sorted(found.items())
        for line in (f"  artifacthub.io/{name}:{first}", *others)
    ]
    return ["annotations:", *lines] if lines else []


def about_problems(about: About) -> Iterator[Problem]:
    """Yield what Artifact Hub would refuse."""
    urls = {"home": about.home} if about.home else {}
    for key, url in (urls | {f"links.{name}": url for name, url in about.links.items()}).items():
        if not _URL.fullmatch(url):
            yield Problem(key=f"about.{key}", what=f'found "{url}"', expected="a URL that begins with https://")
    for index, word in enumerate(about.keywords):
        if not word.strip():
            yield Problem(key=f"about.keywords[{index}]", what="an empty keyword", expected="a word")
    if about.license and not _SPDX.fullmatch(about.license):
        expected = "one SPDX identifier such as Apache-2.0 (https://spdx.org/licenses/)"
        yield Problem(key="about.license", what=f'found "{about.license}"', expected=expected)
    for index, change in enumerate(about.changes):
        if change.kind not in CHANGES:
            expected = f"{', '.join(CHANGES[:-1])} or {CHANGES[-1]}"
            yield Problem(key=f"about.changes[{index}].kind", what=f'found "{change.kind}"', expected=expected)
        if not change.description.strip():
            yield Problem(key=f"about.changes[{index}].description", what="an empty text", expected="what changed")


def license_of(root: Path) -> str:
    """Return the SPDX identifier of the license file of a project; empty if there is none, or it is not certain.

    It is certain if a line ``SPDX-License-Identifier:`` contains one identifier, or if the file begins with the title
    of a license and contains the title of no other one.
    """
    text = next((found.decode(errors="replace") for name in LICENSES if (found := _content(root / name))), "")
    if stated := set(_SPDX_LINE.findall(text)):
        only = stated.pop()
        return only if not stated and _SPDX.fullmatch(only) else ""
    start = text.lstrip("\ufeff#*= \t\r\n")
    titled = [name for name, title in _TITLES.items() if re.search(rf"^\W*{title}", text, re.MULTILINE)]
    return titled[0] if len(titled) == 1 and re.match(_TITLES[titled[0]], start) else ""


def changes_of(root: Path, version: str) -> list[Change]:
    """Return the changes of a version from the ``CHANGELOG.md`` of a project; none if it does not list the version.

    The file has the form of https://keepachangelog.com. Raises ``ModelError`` if it cannot be read.
    """
    lines = decoded(_content(root / CHANGELOG), CHANGELOG).splitlines()
    found: list[Change] = []
    here, kind, open_entry = False, "", False
    for line in lines:
        if line.startswith("## "):
            release = _RELEASE.fullmatch(line.rstrip())
            here, kind = release is not None and release[1] == version.removeprefix("v"), ""
        elif line.startswith("#"):
            group = _GROUP.fullmatch(line)
            kind = group[1].lower() if group else ""
        elif here and kind and (entry := _ENTRY.fullmatch(line.rstrip())):
            found.append(Change(kind=kind, description=entry[1]))
            open_entry = True
            continue
        elif open_entry and line[:1].isspace() and line.strip():
            last = found.pop()
            found.append(Change(kind=last.kind, description=f"{last.description} {line.strip()}"))
            continue
        open_entry = False
    return found


def _content(path: Path) -> bytes:
    """Return the content of a file; nothing if there is none. It is opened, so that a run records a missing one too."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def _image_name(reference: str) -> str:
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]
