"""``python3 application.py WHEEL VERSION LOCKS``: check that WHEEL is the application that the images start.

LOCKS is the folder of the lock files, one for each extra. All problems are printed at once; the status is then 2.
build.sh calls this before it builds anything. It needs ``packaging``, or pip, which contains it.
"""

import configparser
import email.parser
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

try:
    from packaging.requirements import InvalidRequirement, Requirement
except ImportError:
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement  # type: ignore[assignment]

NAME = "quantacirc"
EXTRAS = ("agents", "cli", "monitoring")
"""One for each image; ``<extra>.lock`` pins what it needs."""
COMMANDS = ("quantacirc", "quantacirc-agent", "quantacirc-monitor")
"""Entry points of the images (``ENTRYPOINT`` in the Dockerfiles)."""
HEALTH = "quantacirc.healthcheck"
"""Module that the images run as their health check."""


def problems(wheel: Path, version: str, locks: Path) -> Iterator[str]:
    """Yield what is wrong with ``wheel``."""
    name = f"{NAME}-{version}-py3-none-any.whl"
    if wheel.name != name:
        yield f"the file must be {name}: pure Python, for every platform"
    try:
        with zipfile.ZipFile(wheel) as archive:
            files = set(archive.namelist())
            information = f"{NAME}-{version}.dist-info"
            metadata = _read(archive, f"{information}/METADATA")
            commands = _read(archive, f"{information}/entry_points.txt")
    except (OSError, zipfile.BadZipFile) as error:
        yield f"it is no wheel: {error}"
        return
    if not metadata:
        yield f"it has no {information}/METADATA"
        return
    yield from _metadata_problems(metadata, version, locks)
    yield from _command_problems(commands, files)
    if not _contains(files, HEALTH):
        yield f"it has no module {HEALTH}, which the health check of the images runs"


def _read(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode() if name in archive.namelist() else ""


def _metadata_problems(metadata: str, version: str, locks: Path) -> Iterator[str]:
    found = email.parser.HeaderParser().parsestr(metadata)
    if found["Name"] is None or re.sub(r"[-_.]+", "-", found["Name"]).lower() != NAME:
        yield f"its metadata name {found['Name']}, expected {NAME}"
    if found["Version"] != version:
        yield f"its metadata say version {found['Version']}, expected {version}"
    extras = found.get_all("Provides-Extra", [])
    requirements = []
    for text in found.get_all("Requires-Dist", []):
        try:
            requirements.append(Requirement(text))
        except InvalidRequirement:
            yield f'it requires "{text}", which is no requirement'
    for extra in EXTRAS:
        if extra not in extras:
            yield f"it has no extra {extra}"
            continue
        pinned = _pinned(locks / f"{extra}.lock")
        for required in requirements:
            if required.marker is None or required.marker.evaluate({"extra": extra}):
                yield from _pin_problems(required, extra, pinned)


def _pin_problems(required: Requirement, extra: str, pinned: dict[str, str]) -> Iterator[str]:
    version = pinned.get(re.sub(r"[-_.]+", "-", required.name).lower())
    if version is None:
        yield f"its extra {extra} requires {required.name}, which docker/requirements/{extra}.lock does not pin"
    elif not required.specifier.contains(version, prereleases=True):
        wanted = f"{required.name}{required.specifier}"
        yield f"its extra {extra} requires {wanted}, and docker/requirements/{extra}.lock pins {version}"


def _pinned(lock: Path) -> dict[str, str]:
    """Return the version of each package in a lock file."""
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", lock.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def _command_problems(text: str, files: set[str]) -> Iterator[str]:
    parser = configparser.ConfigParser(delimiters="=", interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        yield f"its entry_points.txt cannot be read: {error}"
        return
    scripts = dict(parser["console_scripts"]) if parser.has_section("console_scripts") else {}
    for command in COMMANDS:
        if command not in scripts:
            yield f"it has no command {command} (an entry point of the group console_scripts)"
        elif not _contains(files, module := scripts[command].partition(":")[0].strip()):
            yield f"its command {command} starts {module}, which it does not contain"


def _contains(files: set[str], module: str) -> bool:
    path = module.replace(".", "/")
    return f"{path}.py" in files or f"{path}/__init__.py" in files


def main(wheel: Path, version: str, locks: Path) -> int:
    """Print the problems of the wheel."""
    found = list(problems(wheel, version, locks))
    for problem in found:
        sys.stderr.write(f"error: {wheel.name} is not the application of the images: {problem}\n")
    if found:
        sys.stderr.write("docs/images.md describes what the wheel must be\n")
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
