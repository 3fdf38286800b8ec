"""Set up ``.venv``, the virtual environment that the targets of the Makefile use. Needs Python's standard library only.

``python tools/bootstrap.py run`` installs what ``qcdk`` needs and ``dev`` what the checks need, each from its hashed
lock file, and touches ``.venv/<name>.stamp``. An environment that is broken is made anew: one without pip, one whose
Python is gone, one that was moved. ``check`` says with its exit status whether the environment it runs in is whole.
"""

# The oldest Python that may read this file is older than the project's: it has to get as far as the message.
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
VERSION = "{}.{}".format(*sys.version_info[:2])
SYSTEM = getattr(sys, "_base_executable", sys.executable)
"""Python itself, also where ``make`` runs in an activated environment, which may be the one to replace."""
SYSTEM_PIP = (22, 3)
"""The first pip that installs into another environment (``--python``)."""


def main(arguments):
    """Do what the command line asks and return the exit status."""
    name = arguments[0]
    if name == "check":
        return int(not is_whole(Path(sys.prefix)))
    if not works():
        make()
    install(name)
    return 0


def is_whole(prefix):
    """Return whether the environment at ``prefix`` has pip, a Python that is new enough, and lies where it was made."""
    script = prefix / "bin" / "pip"
    if sys.version_info < OLDEST or find_spec("pip") is None or not script.is_file():
        return False
    made_in = re.search(r"(/[^'\"\r\n]*)/python[\d.]*", script.read_text())
    return made_in is not None and Path(made_in[1]).is_dir() and Path(made_in[1]).samefile(prefix / "bin")


def works():
    """Return whether ``.venv`` is there and whole."""
    try:
        return subprocess.run([str(PYTHON), "-I", __file__, "check"]).returncode == 0
    except OSError:
        return False


def make():
    """Make ``.venv``, in place of a broken one; end with a line that says what to install where that cannot be."""
    if sys.version_info < OLDEST:
        fail(f"Python 3.11 or newer is required, and {SYSTEM} is {VERSION}. Try: make PYTHON=python3.12")
    command = [SYSTEM, "-m", "venv", "--clear", str(VENV)]
    if find_spec("ensurepip") is not None:
        run(command)
    elif system_pip() >= SYSTEM_PIP:
        run([*command, "--without-pip"])
        run([SYSTEM, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"])
    else:
        fail(f"{SYSTEM} has no venv module with pip; on Debian and Ubuntu: apt-get install python{VERSION}-venv")


def system_pip():
    """Return the version of the pip that Python has without an environment, ``(0,)`` where it has none."""
    command = [SYSTEM, "-m", "pip", "--version"]
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    match = re.match(rb"pip (\d+)\.(\d+)", found)
    return tuple(int(part) for part in match.groups()) if match else (0,)


def install(name):
    """Install ``requirements/<name>.lock`` and touch the stamp.

    What a killed run left half-installed looks installed to pip, so the next run installs all of it again.
    """
    print(f"Installing requirements/{name}.lock into .venv", flush=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    unfinished = VENV / (name + ".unfinished")
    again = ["--force-reinstall"] if unfinished.exists() else []
    unfinished.touch()
    run([*pip, *again, "--require-hashes", "--requirement", f"requirements/{name}.lock"])
    if name == "run":
        run([*pip, "--no-deps", "--no-build-isolation", "--editable", "."])
    unfinished.unlink()
    (VENV / (name + ".stamp")).touch()


def run(command):
    """Run a command in the root of the project; where it fails, so do we: it has said why."""
    status = subprocess.run(command, cwd=str(ROOT)).returncode
    if status:
        sys.exit(status)


def fail(what):
    """End with a message for people, as an error of use."""
    print(f"error: {what}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    # pip's own settings stay; those of a running environment would lead `venv` astray.
    os.environ.pop("PYTHONHOME", None)
    sys.exit(main(sys.argv[1:]))
