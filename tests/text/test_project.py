"""The project that ``test_every_field.py`` puts texts into, without any yet."""

from pathlib import Path

import pytest

from support.text.fields import wanted
from support.text.project import THREE, base, every_place, problems


@pytest.mark.parametrize("only", [(), THREE])
def test_the_project_is_accepted_before_it_has_texts(only: tuple[str, ...], tmp_path: Path) -> None:
    assert problems(base(*only), tmp_path) == ()


def test_every_field_for_text_has_a_value_in_the_project() -> None:
    assert wanted() <= {place.name for place in every_place(base())}
