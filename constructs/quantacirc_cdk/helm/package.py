"""Package charts reproducibly: equal charts give equal bytes, with any version of Helm.

``helm package`` of Helm 3 writes the current time into the archive, and Helm 4 the modification times of the files.
"""

import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem, PropsError
from quantacirc_cdk.manifests import MAX_BYTES
from quantacirc_cdk.model.document import parse, read_text
from quantacirc_cdk.reading import read_file

TIME = 315532800
"""Modification time of all files in the archive: 1980, the first year that all formats support, in seconds since
1970.
"""

_BUILD = re.compile(r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A packaged chart."""

    path: Path
    version: str
    sha256: str
    """SHA-256 of the file, which is also the digest of the layer in a registry."""


def package(
    chart: Path, folder: Path, *, build: str = "", written: Mapping[str, frozenset[str]] | None = None
) -> Package:
    """Write ``<name>-<version>.tgz`` of a chart to a folder, and return it.

    ``build`` is appended to the version as build metadata (``0.1.0+3f2c1a9``), so that every commit can be packaged
    although a registry does not overwrite tags. ``written`` are the SHA-256 of the files that `qcdk synth` wrote, by
    their path in the chart. Raises ``PropsError`` for metadata that SemVer does not allow, and ``OutputError`` if there
    is no chart, or if ``written`` is given and files of the package are not these.
    """
    if build and not _BUILD.fullmatch(build):
        raise PropsError(f'found "{build}", expected build metadata of SemVer: letters, digits and dashes')
    if folder.exists() and not folder.is_dir():
        raise PropsError(Problem(file=str(folder), what="a file", expected="a folder to write the package to"))
    described = chart / "Chart.yaml"
    if not described.is_file():
        raise OutputError(
            Problem(file=str(described), what="no such file", expected="the chart, which `qcdk synth` writes")
        )
    text = read_text(described, str(described))
    facts = parse(text, str(described)).plain()
    name, number = (facts.get("name"), facts.get("version")) if isinstance(facts, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(number, str | int | float):
        found = {"name": isinstance(name, str), "version": isinstance(number, str | int | float)}
        missing = " and ".join(key for key, is_valid in found.items() if not is_valid)
        raise OutputError(
            Problem(file=str(described), line=1, what=f"no {missing}", expected=f"the {missing} of a chart")
        )
    version = f"{number}+{build}" if build else str(number)
    files = [("Chart.yaml", described.read_bytes()), *_files(chart)]
    if written is not None and (problems := list(other_files(chart, written))):
        raise OutputError(problems)
    text = re.sub(r"(?m)^version: .*$", f'version: "{version}"', text) if build else text
    archive = _archive(name, [("Chart.yaml", text.encode()), *files[1:]])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tgz"
    path.write_bytes(archive)
    return Package(path=path, version=version, sha256=hashlib.sha256(archive).hexdigest())


def other_files(chart: Path, written: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Yield the files that `qcdk synth` has not written in this way: they follow from no reviewed model.

    ``written`` are the SHA-256 of the files that it wrote, by their path in the chart.
    """
    described = chart / "Chart.yaml"
    files = {**({"Chart.yaml": described.read_bytes()} if described.is_file() else {}), **dict(_files(chart))}
    for name, content in files.items():
        if name not in written:
            expected = "only what `qcdk synth` writes: remove the file"
            yield Problem(file=str(chart / name), what="a file that is not of the chart", expected=expected)
        elif hashlib.sha256(content).hexdigest() not in written[name]:
            expected = "what `qcdk synth` wrote: change the model, and run it again"
            yield Problem(file=str(chart / name), what="changed since it was written", expected=expected)
    for name in sorted(written.keys() - files.keys()):
        yield Problem(file=str(chart / name), what="no such file", expected="the chart: run `qcdk synth`")


def _files(chart: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the other files of a chart, sorted, except those that ``.helmignore`` excludes."""
    ignore = chart / ".helmignore"
    lines = read_text(ignore, str(ignore)).splitlines() if ignore.is_file() else []
    patterns = [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]
    for path in sorted(chart.rglob("*"), key=lambda path: path.relative_to(chart).as_posix()):
        name = path.relative_to(chart)
        ignored = any(fnmatch(part, pattern) for part in name.parts for pattern in patterns)
        if path.is_file() and not ignored and name.as_posix() != "Chart.yaml":
            yield name.as_posix(), read_file(path, str(path), expected="a file of the chart", limit=MAX_BYTES)


def _archive(name: str, files: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for path, content in files:
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime, entry.mode = len(content), TIME, 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
