"""A place to build and run images in: its own storage, a repository in a known state, a folder of wheels."""

import fcntl
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.tools import ROOT, require, unavailable

BASE_IMAGE = "localhost/debian-python:bookworm"
PYTHON = "3.11"
"""The version of Debian 12's Python, which the wheels must fit."""
VERSION = re.findall(r"^quantacirc==(\S+)", (ROOT / "docker" / "application.lock").read_text(), re.MULTILINE)[0]
"""The version of the application."""
COMMIT_TIME = "1750000000"
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock that other processes of this test run wait for."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Workshop:
    """Builds with buildah, runs with podman; both on one storage below ``folder``."""

    folder: Path

    @property
    def repository(self) -> Path:
        """A clean Git repository with what the build needs."""
        return self.folder / "repository"

    @property
    def wheelhouse(self) -> Path:
        """The application's wheel and all it depends on."""
        return self.folder / "wheelhouse"

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the engines: chroot isolation needs no privilege a container would lack."""
        settings = {"CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}
        return {**os.environ, **settings, "TMPDIR": str(self.folder)}

    def set_up(self) -> None:
        """Fill the folder; a second call finds it filled."""
        require("buildah", "install Debian's package buildah")
        if os.geteuid() != 0:
            unavailable("root", "run these tests as root, which debootstrap needs")
        if (self.folder / "ready").exists():
            return
        storage = f'driver = "overlay"\ngraphroot = "{self.folder}/storage"\nrunroot = "{self.folder}/run"\n'
        (self.folder / "storage.conf").write_text(f"[storage]\n{storage}")
        self._fill_repository()
        self._fill_wheelhouse()
        self._import_base()
        (self.folder / "ready").touch()

    def leave(self) -> None:
        """Remove containers that a failed test left, and the mounts of the storage, or nobody could delete it."""
        self.engine("buildah", "rm", "--all")
        subprocess.run(["umount", self.folder / "storage" / "overlay"], capture_output=True, check=False)

    def _fill_repository(self) -> None:
        shutil.copytree(ROOT / "docker", self.repository / "docker")
        # The tests build the application of tests/images, not the wheel that the lock names.
        (self.repository / "docker" / "application.lock").write_text(f"quantacirc=={VERSION}\n")
        dates = {"GIT_AUTHOR_DATE": f"{COMMIT_TIME} +0000", "GIT_COMMITTER_DATE": f"{COMMIT_TIME} +0000"}
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "The images"]):
            subprocess.run([*GIT, *command], cwd=self.repository, check=True, env=os.environ | dates)

    def _fill_wheelhouse(self) -> None:
        command = [sys.executable, ROOT / "tools" / "wheelhouse.py", self.wheelhouse, PYTHON]
        subprocess.run(command, check=True, capture_output=True)

    def _import_base(self) -> None:
        """Make the image to start from; its files are kept between runs, they take a minute."""
        require("debootstrap", "install Debian's package debootstrap")
        self.engine(str(ROOT / "docker" / "debian-base.sh"), "--engine", "buildah")

    def engine(self, *command: str) -> str:
        """Run an engine's command and return its output; fails with what it said."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def build(self, *options: str, wheelhouse: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run ``docker/build.sh`` with buildah on the Debian base."""
        wheels = ["--wheelhouse", str(self.wheelhouse)] if wheelhouse else []
        command = ["docker/build.sh", "--engine", "buildah", "--base-image", BASE_IMAGE, *wheels, *options]
        path = os.pathsep.join([str(ROOT / ".venv" / "bin"), self.environment["PATH"]])
        environment = self.environment | {"PATH": path}
        return subprocess.run(command, cwd=self.repository, env=environment, capture_output=True, text=True)

    def config(self, image: str) -> dict[str, Any]:
        """Return an image's configuration, whose ``rootfs.diff_ids`` are its layers' digests."""
        found = json.loads(self.engine("buildah", "inspect", "--type", "image", image))
        return dict(found["Docker"])

    def image_id(self, image: str) -> str:
        """Return the digest of an image's configuration, and so of everything in it."""
        return self.engine("buildah", "inspect", "--type", "image", "--format", "{{.FromImageID}}", image).strip()

    def layers(self, image: str) -> "list[list[tuple[tarfile.TarInfo, bytes]]]":
        """Return the files of each layer of ``image``, with their content."""
        layout = self.folder / f"layout-{os.getpid()}"
        self.engine("buildah", "push", "--quiet", image, f"oci:{layout}")
        try:
            blobs = layout / "blobs" / "sha256"
            index = json.loads((layout / "index.json").read_text())
            manifest = json.loads((blobs / index["manifests"][0]["digest"].partition(":")[2]).read_text())
            digests = [layer["digest"].partition(":")[2] for layer in manifest["layers"]]
            return [_files(blobs / digest) for digest in digests]
        finally:
            shutil.rmtree(layout)


def _files(layer: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(layer.read_bytes())) as archive:
        return [(member, _content(archive, member)) for member in archive]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member) if member.isreg() else None
    return file.read() if file else b""


def tag(image: str) -> str:
    """Return the name that the workshop's builds give an image."""
    return f"localhost/quantacirc/{image}:{VERSION}"
