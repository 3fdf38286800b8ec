"""What runs is exactly what was chosen: other people's images have a digest, or an entry that says why not."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
import yaml

from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import ENVIRONMENTS, Object, containers, pod_templates
from support.tools import ROOT

LIST = ROOT / "policy" / "unpinned-images.yaml"
EXCEPTIONS = {entry["image"]: entry for entry in yaml.safe_load(LIST.read_text())}


def test_every_image_of_others_has_a_digest_or_a_reason() -> None:
    images = load_project(ROOT).system.images.values()
    unpinned = {image.repository for image in images if image.registry and not image.digest}
    assert unpinned == EXCEPTIONS.keys()


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_an_exception_has_a_reason_and_a_day_it_expires(name: str) -> None:
    exception = EXCEPTIONS[name]
    assert exception.keys() == {"image", "reason", "expires"}
    assert len(exception["reason"]) > 40
    assert isinstance(exception["expires"], date)  # tools/waivers.py compares it with today


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_so_has_every_container_that_is_rendered(rendered: Mapping[str, Sequence[Object]], name: str) -> None:
    own = load_project(ROOT).environments[name].registry
    used = {container["image"] for _, template in pod_templates(rendered[name]) for container in containers(template)}
    others = {image for image in used if not image.startswith(f"{own}/")}
    assert len(others) >= 4
    assert (
        sorted(
            image for image in others if "@sha256:" not in image and not any(f"/{one}:" in image for one in EXCEPTIONS)
        )
        == []
    )


def test_an_image_with_a_digest_keeps_its_tag_for_people() -> None:
    for image in load_project(ROOT).system.images.values():
        if image.registry:
            assert image.tag
            assert image.tag != "latest"
