"""What is in the images, and what is not."""

import json
import re

import pytest

from images.workshop import COMMIT_TIME, VERSION, Workshop, tag
from support.tools import ROOT

pytestmark = pytest.mark.slow

IMAGES = ("agents", "cli", "monitoring")
MEGABYTE = 1_000_000
LIMITS = {"base": 5, "agents": 250, "cli": 90, "monitoring": 250}
"""Megabytes, unpacked, that an image may add to the base image; measured in docs/images.md."""

NOT_SHIPPED = re.compile(
    r"(^|/)(\.git|\.env|\.netrc|\.pypirc|pip\.conf|id_(rsa|ed25519)|\.(bash|ash|python|zsh)_history|\.cache)(/|$)"
    r"|\.(pem|key|whl|lock)$|(^|/)(gcc|cc|g\+\+|clang|ld|make|cargo|go|pip[0-9.]*|git)$"
)


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_an_image_adds_no_tool_no_history_and_no_secret(built: Workshop, image: str):
    names = [member.name for layer in built.own_layers(tag(image)) for member, _ in layer]
    assert len(names) > 3
    assert [name for name in names if NOT_SHIPPED.search(name) and not name.endswith("certifi/cacert.pem")] == []


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_no_layer_holds_a_private_key_or_the_place_it_was_built(built: Workshop, image: str):
    for layer in built.own_layers(tag(image)):
        for member, content in layer:
            assert b"PRIVATE KEY-----" not in content, member.name
            assert str(built.folder).encode() not in content, member.name


def test_the_whole_image_has_no_compiler_no_installer_and_no_setuid_program(built: Workshop):
    container = built.engine("buildah", "from", tag("agents")).strip()
    find = ["buildah", "run", "--user", "0", container, "--", "find", "/", "-xdev"]
    names = r"gcc|g\+\+|cc|clang|ld|make|cargo|git|pip[0-9.]*"
    try:
        tools = built.engine(*find, "-regextype", "posix-extended", "-regex", f".*/bin/({names})")
        assert tools.split() == []
        assert built.engine(*find, "-path", "*/site-packages/pip").split() == []
        assert built.engine(*find, "-type", "f", "-perm", "/6000").split() == []
        # sticky directories of the base that everybody may write to are gone, but /tmp
        assert built.engine(*find, "-type", "d", "-perm", "-0002").split() == ["/tmp"]
    finally:
        built.engine("buildah", "rm", container)


@pytest.mark.parametrize("image", ["base", *IMAGES])
def test_an_image_stays_within_its_size(built: Workshop, image: str, record_property):
    size = sum(len(content) for layer in built.own_layers(tag(image)) for _, content in layer)
    record_property(f"{image}_megabytes", round(size / MEGABYTE, 1))
    print(f"{image}: {size / MEGABYTE:.1f} MB over the base image")
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
    times = {member.mtime for layer in built.own_layers(tag("agents")) for member, _ in layer}
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
    assert {entry["created"] for entry in config["history"]} == {"1970-01-01T00:00:00Z", "2025-06-15T15:06:40Z"}


def test_the_build_context_lets_nothing_through_but_what_is_named():
    allowed = [line[1:] for line in (ROOT / "docker" / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    copied = {
        word
        for file in (ROOT / "docker").glob("Dockerfile.*")
        for line in file.read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert allowed == ["install.sh", "requirements/*.lock"]
    assert all(name == "install.sh" or re.fullmatch(r"requirements/\w+\.lock", name) for name in copied)
