"""What is in the images, and what is not."""

import json
import re
from pathlib import Path

import pytest

from images.container import run
from images.workshop import COMMIT_TIME, PYTHON, VERSION, Workshop, tag
from support.tools import ROOT

pytestmark = pytest.mark.slow

IMAGES = ("agents", "cli", "monitoring")
MEGABYTE = 1_000_000
LIMITS = {"base": 60, "agents": 250, "cli": 90, "monitoring": 250}
"""Megabytes of a whole image, unpacked; measured in docs/images.md."""

WITH_WHEELS = {"idna"}
"""Programs that packages of the application bring."""
CERTIFICATES = ("certifi/cacert.pem", "usr/lib/ssl/cert.pem")
NOT_SHIPPED = re.compile(
    r"(^|/)(\.git|\.env|\.netrc|\.pypirc|pip\.conf|id_(rsa|ed25519)|\.(bash|ash|python|zsh)_history|\.cache)(/|$)"
    r"|\.(pem|key|whl|lock)$|(^|/)(gcc|cc|g\+\+|clang|ld|make|cargo|go|pip[0-9.]*|git)$"
)


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_an_image_adds_no_tool_no_history_and_no_secret(built: Workshop, image: str):
    names = [member.name for layer in built.layers(tag(image)) for member, _ in layer]
    assert len(names) > 3
    assert [name for name in names if NOT_SHIPPED.search(name) and not name.endswith(CERTIFICATES)] == []


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_no_layer_holds_a_private_key_or_the_place_it_was_built(built: Workshop, image: str):
    for layer in built.layers(tag(image)):
        for member, content in layer:
            assert b"PRIVATE KEY-----" not in content, member.name
            assert str(built.folder).encode() not in content, member.name


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_an_image_has_no_shell_no_package_manager_and_no_setuid_program(built: Workshop, image: str):
    members = [member for layer in built.layers(tag(image)) for member, _ in layer]
    programs = {Path(member.name).name for member in members if re.search(r"(^|/)s?bin/[^/]+$", member.name)}
    ours = {name for name in programs if name.startswith("quantacirc")}
    assert programs - ours - WITH_WHEELS == {"dumb-init", "python", "python3", f"python{PYTHON}", "sleep"} - (
        {"python"} if image == "base" else set()
    )
    assert bool(ours) == (image != "base")
    assert [member.name for member in members if member.mode & 0o6000] == []
    assert {member.name for member in members if member.isdir() and member.mode & 0o002} == {"tmp"}
    assert [
        member.name for member in members if re.search("(^|/)site-packages/pip(/|$)|(^|/)apt(/|$)", member.name)
    ] == []


USES = """
import bz2, ctypes, curses, decimal, hashlib, json, lzma, os, pwd, readline, socket, sqlite3, ssl, uuid, zlib, zoneinfo
assert len(ssl.create_default_context().get_ca_certs()) > 100
assert str(zoneinfo.ZoneInfo("Europe/Zurich"))
assert pwd.getpwuid(os.getuid()).pw_name == "quantacirc"
assert json.__spec__.cached and os.path.exists(json.__spec__.cached)
socket.getaddrinfo("localhost", 80)
for name in ("libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"):
    ctypes.CDLL(name)
print("all there")
"""


def test_python_has_what_it_needs_without_the_rest_of_the_distribution(built: Workshop):
    done = run(built, "base", "python3", "-c", USES)
    assert (done.returncode, done.stdout) == (0, "all there\n"), done.stderr
    assert run(built, "base", "sleep", "0").returncode == 0
    assert run(built, "base", "sh", "-c", "true").returncode != 0


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_an_image_stays_within_its_size(built: Workshop, image: str, record_property):
    size = sum(len(content) for layer in built.layers(tag(image)) for _, content in layer)
    record_property(f"{image}_megabytes", round(size / MEGABYTE, 1))
    print(f"{image}: {size / MEGABYTE:.1f} MB in all")
    assert 0 < size / MEGABYTE < LIMITS[image]


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_who_it_runs_as_and_where_it_comes_from(built: Workshop, image: str):
    config = built.config(tag(image))["config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"][:2] == ["/usr/local/bin/dumb-init", "--"]
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels["version"] == VERSION
    assert re.fullmatch("[0-9a-f]{40}", labels["revision"])
    assert labels["licenses"] == "Apache-2.0"
    assert {"title", "description", "source"} <= labels.keys()
    assert ("Healthcheck" in config) == (image != "cli")


def test_every_file_is_as_old_as_the_commit(built: Workshop):
    times = {member.mtime for layer in built.layers(tag("agents")) for member, _ in layer}
    assert times == {int(COMMIT_TIME)}


def test_two_builds_of_a_commit_are_the_same_image(built: Workshop):
    """Also with another host name, which buildah writes into images with a health check, and without the cache."""
    before = {image: built.image_id(tag(image)) for image in ("base", *IMAGES)}
    done = built.build("--no-cache", "--output", str(built.folder / "second.json"))
    assert done.returncode == 0, done.stderr[-4000:]
    assert {image: built.image_id(tag(image)) for image in ("base", *IMAGES)} == before
    assert len(set(before.values())) == len(before)
    digests = json.loads((built.folder / "second.json").read_text())["images"]
    assert digests == json.loads((built.repository / "dist" / "images.json").read_text())["images"]


def test_an_image_names_nothing_of_its_build(built: Workshop):
    config = built.config(tag("agents"))
    assert not config.get("container")
    assert not config.get("parent")
    assert not config["config"].get("Hostname")
    assert {entry["created"] for entry in config["history"]} == {"2025-06-15T15:06:40Z"}


def test_the_build_context_lets_nothing_through_but_what_is_named():
    allowed = [line[1:] for line in (ROOT / "docker" / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    copied = {
        word
        for file in (ROOT / "docker").glob("Dockerfile.*")
        for line in file.read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert allowed == ["install.sh", "runtime.py", "requirements/*.lock"]
    assert all(name in ("install.sh", "runtime.py") or re.fullmatch(r"requirements/\w+\.lock", name) for name in copied)
