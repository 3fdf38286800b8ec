"""A machine as somebody has it who has just installed Debian 12: a root directory made with debootstrap.

Nothing but Debian's python3, make and Git is on it, no Node.js, and a user without rights. It reaches the package
registries as this machine does: Debian's mirror, the settings of pip and the certificates are taken over.
"""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from images.workshop import alone
from support.tools import ROOT, TOOLS, require, unavailable

LOGS = TOOLS / "fresh"
RELEASE = "bookworm"
IN_PREPARATION = "forky"
"""Debian's next release, which has a newer Python."""
PACKAGES = ("python3", "make", "git", "ca-certificates")
USER = "dev"
TAKEN_OVER = ("/etc/hosts", "/etc/resolv.conf", "/etc/pip.conf", "/etc/xdg/pip", "/etc/ssl/certs/ca-certificates.crt")
VARIABLES = ("PIP_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NPM_CONFIG_")


@dataclass(frozen=True)
class Run:
    """A command that has ended."""

    status: int
    output: str
    """What it printed, standard error included."""
    seconds: float


@dataclass(frozen=True)
class Machine:
    """A root directory with a clone of this project in ``project``."""

    root: Path
    mounted: dict[str, str] = field(default_factory=dict)
    """Folders of this machine that are seen there, by the path they have there: local indexes, a provider mirror."""
    project: str = f"/home/{USER}/project"

    @classmethod
    def make(cls, root: Path, *packages: str, release: str = RELEASE) -> "Machine":
        """Make the machine, with more packages or of another release of Debian.

        It takes a minute or two, and seconds when Debian's files are still below ``.tools/``.
        """
        if os.geteuid() != 0:
            unavailable("root", "run these tests as root, which debootstrap needs")
        packages = (*PACKAGES, *packages)
        files = TOOLS / f"machine-{'-'.join((release, *packages))}.tar"
        with alone(files.with_suffix(".lock")):
            if files.exists():
                root.mkdir()
                subprocess.run(["tar", "--extract", "--file", files, "--directory", root], check=True)
            else:
                _debootstrap(root, release, packages)
                part = files.with_suffix(".part")
                subprocess.run(["tar", "--create", "--file", part, "--directory", root, "."], check=True)
                part.rename(files)
        for name in TAKEN_OVER:
            _copy(Path(name), root)
        machine = cls(root, {str(path): str(path) for path in local_indexes()})
        machine.as_root(f"useradd --create-home {USER}")
        return machine

    def copy(self, root: Path, *packages: str) -> "Machine":
        """Return another such machine, with these Debian packages and a fresh clone of the tree under test."""
        subprocess.run(["cp", "--archive", self.root, root], check=True)
        machine = Machine(root, dict(self.mounted))
        if packages:
            machine.install(*packages)
        machine.clone()
        return machine

    def clone(self) -> None:
        """Put the tree under test there, as a fresh clone that belongs to the user."""
        target = self.root / self.project.lstrip("/")
        shutil.rmtree(target, ignore_errors=True)
        # With the history, and no hard links: the files get another owner.
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, target], check=True)
        list_files = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(list_files, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
            else:
                (target / name).unlink(missing_ok=True)
        self.as_root(f"chown --recursive {USER}: {self.project}")
        identity = "-c user.name=test -c user.email=test@example.com"
        commit = f"git {identity} commit --quiet --allow-empty --message 'The tree under test'"
        done = self.run(f"git checkout --quiet -B main && git add --all && {commit}")
        assert done.status == 0, done.output

    def install(self, *packages: str) -> None:
        """Install Debian packages, as root."""
        environment = "DEBIAN_FRONTEND=noninteractive"
        self.as_root(f"apt-get update -qq && {environment} apt-get install -qq -y {shlex.join(packages)}")

    def as_root(self, command: str) -> None:
        done = self.run(command, user="root", folder="/")
        assert done.status == 0, done.output

    def run(
        self,
        command: str,
        *,
        user: str = USER,
        folder: str = "",
        network: bool = True,
        log: str = "command",
    ) -> Run:
        """Run a shell command there; what is mounted for it goes when it ends.

        What it prints can be followed in ``.tools/fresh/<log>.log``.
        """
        home = "/root" if user == "root" else f"/home/{user}"
        own = {name: value for name, value in os.environ.items() if name.startswith(VARIABLES)}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        variables = {**own, "HOME": home, "USER": user, "LANG": "C.UTF-8", "PATH": path}
        inside = ["chroot", f"--userspec={user}:{user}", "/"]
        inside += ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        inside += ["sh", "-c", f"cd {shlex.quote(folder or self.project)} && {command}"]
        lines = [*self._mounts(), *self._enter(), f"exec {shlex.join(inside)}"]
        apart = ["unshare", "--mount", "--pid", "--fork", *([] if network else ["--net"])]
        began = time.monotonic()
        LOGS.mkdir(parents=True, exist_ok=True)
        path_of_log = LOGS / f"{self.root.parent.name}-{log}.log"
        with path_of_log.open("wb") as output:
            command_there = [*apart, "sh", "-euc", "\n".join(lines)]
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            done = subprocess.run(command_there, **streams, check=False)
        return Run(done.returncode, path_of_log.read_text(errors="replace"), time.monotonic() - began)

    def _mounts(self) -> list[str]:
        root = shlex.quote(str(self.root))
        # Buildah remounts `/`, which therefore has to be a mount.
        lines = [f"mount --bind {root} {root}", f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        lines.append(f"mount --rbind /sys {root}/sys")  # Podman looks for control groups there
        for there, here in self.mounted.items():
            place = f"{root}{shlex.quote(there)}"
            lines.append(f"mkdir -p {place} && mount --bind {shlex.quote(here)} {place}")
        return lines

    def _enter(self) -> list[str]:
        """Make the machine's root that of the mount namespace, which is what ``podman exec`` enters."""
        old = ".before"
        lines = [f"cd {shlex.quote(str(self.root))}", f"mkdir -p {old}", f"pivot_root . {old}"]
        return [*lines, "cd /", f"umount --lazy /{old}", f"rmdir /{old}"]


def _debootstrap(root: Path, release: str, packages: Sequence[str]) -> None:
    program = str(require("debootstrap", "install Debian's package debootstrap"))
    command = [program, "--variant=minbase", f"--include={','.join(packages)}", release, str(root), debian_mirror()]
    command.append("/usr/share/debootstrap/scripts/sid")  # that of every release; a newer release has none yet
    # In a mount namespace of its own: what debootstrap mounts is gone however it ends.
    made = subprocess.run(["unshare", "--mount", *command], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]


def debian_mirror() -> str:
    """Return the mirror that this machine's apt uses for Debian 12."""
    if named := os.environ.get("DEBIAN_MIRROR"):
        return named
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]
    with suppress(FileNotFoundError):
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
        for line in found:
            if line.endswith(f" {RELEASE} main"):
                return line.split(" ")[0]
    unavailable("a mirror of Debian 12", "name one in DEBIAN_MIRROR")
    raise AssertionError("unreachable")


def local_indexes() -> list[Path]:
    """Return the folders that pip is told to look into for packages."""
    command = [str(ROOT / ".venv" / "bin" / "pip"), "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = said.replace("\\n", " ").replace("'", " ").split()
    paths = (Path(word.removeprefix("file://")) for word in words if word.startswith(("/", "file:///")))
    folders = {path.parent if path.name == "simple" else path for path in paths}
    return sorted(path for path in folders if path.is_dir())


def _copy(path: Path, root: Path) -> None:
    target = root / str(path).lstrip("/")
    if path.is_dir():
        shutil.copytree(path, target, dirs_exist_ok=True)
    elif path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
