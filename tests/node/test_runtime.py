"""jsii runs in one process of the bundled Node.js, unless the user wants another."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quantacirc_cdk import node
from quantacirc_cdk.node import bundled_jsii, bundled_node
from support.command import environment
from support.tools import ROOT

pytestmark = pytest.mark.integration

PROCESSES = """
import psutil
from quantacirc_cdk.kubernetes.engine import cdk8s
cdk8s.App()
for process in psutil.Process().children(recursive=True):
    print(process.exe(), *process.cmdline()[2:])
"""

PROGRAM = """
const fs = require("fs");
const file = fs.openSync(__filename, "r");
const message = Buffer.alloc(100);
const length = fs.readSync(3, message);
fs.writeSync(3, `${file !== 3} ${message.toString("utf-8", 0, length)}`);
console.log("said");
console.error("warned");
"""


def processes(**environment: str) -> list[list[str]]:
    """Return the command lines of the processes that the first object of cdk8s starts."""
    known = {key: value for key, value in os.environ.items() if not key.startswith(("JSII_", "NODE_"))}
    known |= {"PYTHONPATH": str(ROOT / "constructs"), **environment}
    done = subprocess.run([sys.executable, "-c", PROCESSES], env=known, capture_output=True, text=True, check=True)
    return [line.split() for line in done.stdout.splitlines()]


def test_there_is_one_process_of_the_bundled_node() -> None:
    (command,) = processes()
    assert command[0] == str(bundled_node())
    assert Path(command[-1]).name == "runtime.js"


def test_imports_start_no_node() -> None:
    program = PROCESSES.replace("cdk8s.App()", "import quantacirc_cdk.kubernetes, quantacirc_cdk.terraform")
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_the_users_runtime_wins(tmp_path: Path) -> None:
    embedded = Path(node.package_folder("jsii") or "", "_embedded", "jsii")
    for name in ("bin__jsii-runtime.js", "lib__program.js", "lib__runtime-index-worker.js"):
        folder, _, file = name.partition("__")
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(embedded / name, tmp_path / folder / file)
    runtime = str(tmp_path / "bin" / "jsii-runtime.js")
    assert [command[-1] for command in processes(JSII_RUNTIME=runtime)] == [runtime, str(tmp_path / "lib/program.js")]


def test_the_environment_is_afterwards_what_it_was() -> None:
    before = dict(os.environ)
    with bundled_jsii():
        assert "JSII_NODE" in os.environ
        assert "NODE_EXTRA_CA_CERTS" not in os.environ
    assert dict(os.environ) == before


def test_messages_go_through_the_standard_streams_and_prints_do_not(tmp_path: Path) -> None:
    shutil.copy(Path(node.__file__).with_name("runtime.js"), tmp_path)
    (tmp_path / "program.js").write_text(PROGRAM)
    command = [str(bundled_node()), str(tmp_path / "runtime.js")]
    done = subprocess.run(command, input="a message", capture_output=True, text=True, check=True)
    assert done.stdout == "true a message"
    printed = [json.loads(line) for line in done.stderr.splitlines()]
    texts = [{stream: base64.b64decode(text).decode() for stream, text in line.items()} for line in printed]
    assert texts == [{"stdout": "said\n"}, {"stderr": "warned\n"}]


@pytest.mark.slow
def test_a_home_that_others_may_change_does_not_stop_jsii(tmp_path: Path) -> None:
    """``sudo --preserve-env`` leaves root the home of the user, whose cache jsii refuses."""
    cache = tmp_path / ".cache"
    cache.mkdir()
    cache.chmod(0o777)
    assert processes(HOME=str(tmp_path))
    assert list(cache.iterdir()) == []


def test_a_home_of_the_user_keeps_unpacked_packages(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert processes(HOME=str(tmp_path))
    assert (tmp_path / ".cache" / "aws" / "jsii" / "package-cache").is_dir()


UNPRIVILEGED = """
import os, sys
from quantacirc_cdk.node import bundled_jsii
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
with bundled_jsii():
    print(os.environ.get("JSII_RUNTIME_PACKAGE_CACHE"))
"""


@pytest.mark.parametrize(("folder", "mode"), [("absent", 0o555), ("", 0o555), ("", 0o000)])
def test_a_home_that_cannot_be_written_is_not_used_for_the_cache(tmp_path: Path, folder: str, mode: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    env = environment(HOME=str(home / folder), TMPDIR="/tmp")
    found = subprocess.run([sys.executable, "-c", UNPRIVILEGED], env=env, capture_output=True, text=True, check=True)
    home.chmod(0o755)
    assert found.stdout == "disabled\n"


def test_deprecations_in_the_code_of_libraries_are_not_printed(tmp_path: Path) -> None:
    with bundled_jsii():
        program = [str(bundled_node()), "-e", "require('util').isArray([]); console.log('said')"]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("said\n", "")
