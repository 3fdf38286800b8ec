"""``python3 runtime.py FOLDER``: copy to FOLDER what a Python program needs at run time, from this Debian.

It runs in a build, on the image to start from. FOLDER gets Python with its standard library, the libraries that both
load, those that wheels for Linux expect (PEP 600), CA certificates, time zones, and `sleep`, which the preStop hooks of
the manifests call. It gets no shell, no package manager and no other program. Scanners find the Debian packages of the
files in ``/var/lib/dpkg/status.d``, where distroless images have them.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

LIBRARIES_OF_WHEELS = ("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "libdl.so.2", "librt.so.1", "libpthread.so.0",
                       "libutil.so.1", "libresolv.so.2", "libnss_dns.so.2", "libnss_files.so.2")  # fmt: skip
NO_RUN_TIME = re.compile(
    r"__pycache__|config-.*|distutils|ensurepip|idlelib|lib2to3|pydoc_data|site-packages|dist-packages|test|tests|tkinter|turtledemo"
)
"""Folders of the standard library that only developers use, or that install packages."""
UNUSED = re.compile(r"nis\..*")
"""Modules whose libraries nothing else needs: Sun's yellow pages load those of Kerberos and RPC."""
DATA = (
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/lib/locale/C.utf8",
    "/usr/lib/os-release",
    "/usr/share/zoneinfo",
)
REQUIRED = ("/etc/ssl/certs/ca-certificates.crt", "/usr/lib/os-release", "/usr/share/zoneinfo")
CERTIFICATES = "/usr/lib/ssl/cert.pem"
"""Where Debian's OpenSSL looks for certificates."""
USERS = {
    "etc/passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\nquantacirc:x:10001:10001::/tmp:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nquantacirc:x:10001:\n",
}


def programs() -> Iterator[Path]:
    """Yield Python under each of its names, and the other programs."""
    python = Path(sys.executable).resolve()
    yield from sorted(path for path in python.parent.glob("python*") if path.resolve() == python)
    yield Path(shutil.which("sleep") or "/usr/bin/sleep")


def standard_library() -> Iterator[Path]:
    """Yield the files of the standard library."""
    for folder, folders, files in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = sorted(name for name in folders if not NO_RUN_TIME.fullmatch(name))
        yield from (Path(folder, name) for name in sorted(files) if not UNUSED.fullmatch(name))


def libraries(files: Iterable[Path]) -> Iterator[Path]:
    """Yield the libraries that programs and extension modules load."""
    binaries = [str(file) for file in files if _start(file) == b"\x7fELF"]
    listed = _output("ldd", *binaries)
    yield from (Path(path) for path in sorted(set(re.findall(r"(/\S+) \(0x", listed))))
    known = dict(re.findall(r"^\s(\S+) \(.*\) => (\S+)$", _output("ldconfig", "-p"), re.MULTILINE))
    yield from (Path(known[name]) for name in LIBRARIES_OF_WHEELS if name in known)


def data() -> Iterator[Path]:
    """Yield files that programs read."""
    for name in DATA:
        path = Path(name)
        if path.is_dir():
            found = (one for one in path.rglob("*") if one.is_symlink() or one.is_file())
            # The time zones of the folder, in two other ways of counting.
            yield from sorted(one for one in found if one.relative_to(path).parts[0] not in ("posix", "right"))
        elif path.exists():
            yield path
        elif name in REQUIRED:
            raise SystemExit(f"error: the image to start from has no {name}")


def copy(path: Path, folder: Path) -> Iterator[Path]:
    """Copy a file and what it links to, and yield the places of both, with links in folders resolved."""
    place = path.parent.resolve() / path.name
    target = folder / place.relative_to("/")
    yield place
    if target.is_symlink() or target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(place, target, follow_symlinks=False)
    if place.is_symlink():
        yield from copy(place.parent / place.readlink(), folder)
    else:
        target.chmod(0o755 if os.access(place, os.X_OK) else 0o644)


def name_packages(copied: set[Path], folder: Path) -> None:
    """Write down the Debian packages of the files, with their licences."""
    paragraphs = Path("/var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n")
    named = {found[1]: text for text in paragraphs if (found := re.match(r"Package: (\S+)", text))}
    status = folder / "var/lib/dpkg/status.d"
    status.mkdir(parents=True)
    for listing in sorted(Path("/var/lib/dpkg/info").glob("*.list")):
        name = listing.stem.partition(":")[0]
        files = (Path(line) for line in listing.read_text(encoding="utf-8").splitlines())
        if not any(file.parent.resolve() / file.name in copied for file in files):
            continue
        (status / name).write_text(f"{named[name].strip()}\n", encoding="utf-8")
        licence = Path("/usr/share/doc", name, "copyright")
        if licence.exists():
            list(copy(licence, folder))


def compile_library(folder: Path) -> None:
    """Compile the standard library: the root is read-only at run time. The files hold no time, and the same bytes for
    the same sources.
    """
    library = folder / sysconfig.get_path("stdlib").lstrip("/")
    how = ("-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/")
    _output(sys.executable, "-m", "compileall", *how, str(library))


def fill(folder: Path) -> None:
    """Write the file system."""
    for link in (Path("/", name) for name in ("bin", "lib", "lib64", "sbin")):
        if link.is_symlink():  # the folders are those below /usr
            folder.mkdir(parents=True, exist_ok=True)
            (folder / link.name).symlink_to(link.readlink())
    code = [*programs(), *standard_library()]
    copied = {place for path in (*code, *libraries(code), *data()) for place in copy(path, folder)}
    name_packages(copied, folder)
    compile_library(folder)
    for name, text in USERS.items():
        (folder / name).write_text(text, encoding="utf-8")
    certificates = folder / CERTIFICATES.lstrip("/")
    certificates.parent.mkdir(parents=True, exist_ok=True)
    certificates.symlink_to(REQUIRED[0])
    for name in ("dev", "proc", "run", "sys", "tmp"):
        (folder / name).mkdir()
    _output("ldconfig", "-r", str(folder))
    shutil.rmtree(folder / "var/cache", ignore_errors=True)
    (folder / "tmp").chmod(0o1777)


def _start(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(4)


def _output(*command: str) -> str:
    # Debian has ldconfig where only root looks. A fixed hash seed orders the constants in bytecode.
    settings = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", "PYTHONHASHSEED": "0"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout  # noqa: S603


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
