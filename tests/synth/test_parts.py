"""A run for some environments replaces their folders for every cloud, and what all of them share."""

import pytest

from quantacirc_cdk.synth.parts import PARTS, Part

EACH = Part(name="terraform", app="apps/x.py", by_environment=("stacks/{environment}-{cloud}",), shared=("README.md",))


def test_an_environment_that_moves_to_another_cloud_leaves_no_stack_behind() -> None:
    clouds = ("aws", "azure", "gcp", "local")
    assert EACH.replaced(["prod"]) == [
        *(f"terraform/stacks/prod-{cloud}" for cloud in clouds),
        "terraform/README.md",
    ]


def test_each_named_environment_is_replaced_and_no_other() -> None:
    found = EACH.replaced(["prod", "dev"])
    assert {place.rpartition("/")[2].rpartition("-")[0] for place in found[:-1]} == {"prod", "dev"}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_run_for_all_replaces_the_part_whole(part: Part) -> None:
    assert part.replaced(None) == [part.name]
    named = part.replaced(["prod"])
    assert named
    if part.by_environment:
        assert all(place.startswith(f"{part.name}/") for place in named)
        assert part.name not in named
    else:
        assert named == [part.name]
