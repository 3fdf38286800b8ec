"""Whatever the model takes is tried: every field is in the rich project, and what a kind has no use for is refused.

The fields are found by walking the model and the registry of kinds: a new one must be in `support.rich`.
"""

from typing import Any

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model import load_project
from support.effects import changes_output
from support.fields import sections
from support.leaves import KINDS, other_values, owner, rich_values, with_value
from support.rich import NORTH, SYSTEM, Json, scenarios, write

pytestmark = pytest.mark.integration


@pytest.mark.slow
def test_every_field_is_in_the_rich_project(tmp_path: Any) -> None:
    given = {owner(*field) for _, _, _, field in rich_values(tmp_path)}
    fields = {owner(section, name) for section in sections() for name in section.model_fields if name != "kind"}
    missing = {f"{section.__name__}.{name}" for section, name in fields - given}
    assert missing <= {"Environment.name", "Environment.extends", "Environment.shares"}, "about other files"


def test_zones_can_change_in_a_project_whose_bus_needs_no_quorum() -> None:
    scenario = "a store that takes backups alone"
    system, environment = scenarios()[scenario]
    fewer = with_value(environment, ("network", "zones"), 2)
    assert changes_output(scenario, system, fewer, first="terraform") == "terraform"


def test_every_kind_is_in_the_rich_project() -> None:
    assert set(KINDS) == set(Registry().all())


@pytest.mark.parametrize("name", SYSTEM["components"])
def test_keys_that_a_kind_has_no_use_for_are_refused_each_with_its_line(name: str, tmp_path: Any) -> None:
    component = load_project(write(tmp_path / "good", SYSTEM, NORTH).root).system.components[name]
    unused = {key: next(other_values(key, None)) for key in sorted(getattr(component, "unused_keys", ()))}
    own = {key: value for key, value in unused.items() if key in type(component).model_fields}
    here = {key: value for key, value in unused.items() if key in component.settings.model_fields}
    for side, system, environment in (
        ("system", with_value(SYSTEM, ("components", name), {**SYSTEM["components"][name], **own}), NORTH),
        ("environment", SYSTEM, with_value(NORTH, ("components", name), here)),
    ):
        assert _placed(tmp_path / side, system, environment) >= {
            f"components.{name}.{key}" for key in (own if side == "system" else here)
        }


def _placed(root: Any, system: Json, environment: Json) -> set[str]:
    """Return the keys that are refused with file and line."""
    try:
        load_project(write(root, system, environment).root)
    except ModelError as error:
        return {problem.key for problem in error.problems if problem.file and problem.line}
    return set()
