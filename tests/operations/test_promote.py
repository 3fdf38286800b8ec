"""``qcdk promote`` asks a real kubectl how the source is."""

import pytest

from support.operations.bakery import Bakery

pytestmark = pytest.mark.slow

DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def released(bakery: Bakery) -> Bakery:
    """A bakery whose home runs a release that its street does not have yet."""
    project = bakery.project
    images = f"images: {{ oven: {{ tag: 1.1.0, digest: '{DIGEST}' }} }}"
    project.replace_in_environment("home", "{ version: 1.0.0 }", f"{{ version: 1.1.0, {images} }}")
    project.write_environment(
        "street", "extends: home\ndomain: shop.example\nshares: [home]\nrelease: { version: 1.0.0 }\n"
    )
    bakery.install()
    return bakery


def test_a_degraded_source_is_refused_and_a_healthy_one_is_promoted(released: Bakery) -> None:
    file = released.project.environment_file("street")
    before = file.read_text()
    assert released.run("kubectl", "--namespace", "bakery", "delete", "deployment", "baker").returncode == 0
    refused = released.qcdk("promote", "home", "street")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "error: home: workload baker: " in refused.stderr
    assert file.read_text() == before
    released.install()
    done = released.qcdk("promote", "home", "street", "--message", released.root / "message.txt")
    assert done.returncode == 0, done.stderr
    assert (released.root / "message.txt").read_text().endswith("home was healthy.\n")
    assert DIGEST in file.read_text()
