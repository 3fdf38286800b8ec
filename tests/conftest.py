"""What every test may use."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.project import Project
from support.tools import ROOT, TOOLS

# What programs under test start by name (helm, terraform) is what the set-up fetched, however pytest was started.
os.environ["PATH"] = os.pathsep.join([str(TOOLS / "bin"), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")])

# Tests are about runs, so nothing is taken from an earlier one; tests of the cache have a folder of their own.
os.environ["QCDK_CACHE_DIR"] = ""

# The user's configuration of Git (signed commits, hooks, another first branch) changes no test.
os.environ |= {"GIT_CONFIG_GLOBAL": str(ROOT / "tests" / "support" / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}

# The server of a pipeline says who runs it, and from where; tests say so themselves.
for _name in [name for name in os.environ if name.startswith(("BUILD_", "CI_", "GITHUB_", "GITLAB_", "JENKINS_"))]:
    del os.environ[_name]

# A shell that runs the tests in the background lets them, and the programs they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are drawn anew in each run, also in CI, where Hypothesis would draw the same ones; a failure prints its blob.
settings.register_profile(
    "fresh",
    max_examples=100,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("fresh")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--machine", action="store_true", help="run the tests that make whole machines, which take an hour"
    )
    parser.addoption("--fuzz", action="store_true", help="run the tests that draw for hours")
    parser.addoption("--cloud", action="store_true", help="run the tests of upgrades and rebuilds on the emulator")
    parser.addoption("--trust", action="store_true", help="run the tests of the release that need a network")
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in an order drawn from this seed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (seed := config.getoption("--shuffle")) is not None:
        random.Random(seed).shuffle(items)
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_limit(item)))
    for marker in ("machine", "fuzz", "cloud", "trust"):
        if not config.getoption(f"--{marker}"):
            left_out = [item for item in items if item.get_closest_marker(marker)]
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)


def _limit(item: pytest.Item) -> int:
    """Return the seconds that a test and its fixtures have, on a machine that is ten times as busy as it should be."""
    drawn = any(name.startswith("FUZZ_") and name != "FUZZ_SEED" for name in os.environ)
    if drawn or any(item.get_closest_marker(marker) for marker in ("machine", "fuzz", "cloud")):
        return 0  # as long as it takes: hours
    return 1800 if item.get_closest_marker("slow") else 300


@pytest.fixture
def project(tmp_path: Path) -> Callable[[], Project]:
    """Return a maker of small valid projects in a folder of their own."""
    return lambda: Project.small(tmp_path / "project")


@pytest.fixture(scope="session")
def wheel_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment in which the wheel is installed, beside the locked dependencies of this one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    (wheel,) = folder.glob("*.whl")
    uv = [str(ROOT / ".venv" / "bin" / "uv"), "pip", "install", "--quiet", "--offline", "--no-deps", "--no-cache"]
    subprocess.run([*uv, "--python", str(folder / "venv"), str(wheel)], check=True)
    (packages,) = (folder / "venv" / "lib").glob("python3*/site-packages")
    (locked,) = (ROOT / ".venv" / "lib").glob("python3*/site-packages")
    (packages / "dependencies.pth").write_text(f"{locked}\n")  # its own .pth files are not read
    return folder / "venv"
