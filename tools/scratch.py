"""A copy of the repository in which tests run on changed code, while the repository stays as it is."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PYTEST = ["-m", "pytest", "-q", "-x", "-n", "0", "-m", "not slow", "-p", "no:cacheprovider", "--no-header"]
NOTHING_TO_RUN = 5
"""pytest's exit status where all tests of a file are slow."""


STOPPING = threading.Event()
"""Set when somebody interrupts a run: every test that still runs is stopped."""


@dataclass(frozen=True)
class Ended:
    """How a run of pytest ended."""

    status: int | None
    """Exit status; None where it was stopped."""
    output: str
    seconds: float
    """Seconds of the processors, which do not depend on what else the machine does."""


@dataclass
class Copy:
    """A copy of the repository with an environment of its own, so that every process imports the copy's code."""

    root: Path

    @property
    def python(self) -> str:
        return str(self.root / ".venv" / "bin" / "python")

    @classmethod
    def make(cls, source: Path, root: Path) -> "Copy":
        """Copy what Git has of a repository, with the changes that are not committed."""
        subprocess.run(["git", "clone", "--quiet", "--shared", str(source), str(root)], check=True)
        listed = ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"]
        for name in filter(None, subprocess.check_output(listed, cwd=source, text=True).split("\0")):
            (root / name).unlink(missing_ok=True)
            if (source / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes((source / name).read_bytes())
        if (source / ".tools").exists():
            (root / ".tools").symlink_to(source / ".tools")
        recorded, beside = source.parent / "shared", root.parent / "shared"
        if recorded.exists() and not beside.exists():
            beside.symlink_to(recorded)
        venv = root / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        (packages,) = venv.glob("lib/python*/site-packages")
        (locked,) = (source / ".venv").glob("lib/python*/site-packages")
        (packages / "a.pth").write_text(f"{root / 'constructs'}\n{locked}\nimport quantacirc_cdk.startup\n")
        (packages / "b.pth").write_text("import coverage; coverage.process_startup()\n")
        for script in (source / ".venv" / "bin").iterdir():
            copy = venv / "bin" / script.name
            if copy.exists():
                continue
            if script.read_bytes()[:2] == b"#!":
                copy.write_text(script.read_text().replace(str((source / ".venv").resolve()), str(venv)))
                copy.chmod(0o755)
            else:
                copy.symlink_to(script)
        subprocess.run(
            [str(venv / "bin" / "python"), "-m", "compileall", "-q", "constructs", "apps", "tests"], cwd=root
        )
        return cls(root)

    def pytest(self, files: list[str], seconds: float, **environment: str) -> Ended:
        """Run test files and return how they ended; stop them after these seconds."""
        # A change that collects without end takes no more memory than this (in KiB).
        command = ["sh", "-c", 'ulimit -d 8388608; exec "$@"', "sh", self.python, *PYTEST, *files]
        # A file that changes twice within a second must not be taken from what was compiled before.
        variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "QCDK_TRUST": str(self.root)} | environment
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                command, cwd=self.root, env=variables, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            deadline = time.monotonic() + seconds
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            while not done and time.monotonic() < deadline and not STOPPING.is_set():
                time.sleep(0.05)
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not done:
                os.killpg(process.pid, signal.SIGKILL)
                _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            return Ended(process.returncode if done else None, output.read(), usage.ru_utime + usage.ru_stime)


def failed_test(output: str) -> str:
    """Return the first test that pytest says to have failed, or the last line of what it says."""
    lines = [line for line in output.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(("FAILED ", "ERROR "))), lines[-1] if lines else "")
