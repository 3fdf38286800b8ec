"""The projects that ``test_every_field.py`` puts texts into, without any yet."""

from collections import Counter
from pathlib import Path

import pytest

from support.text.fields import wanted
from support.text.project import Documents, every_place, is_free, problems
from support.text.starts import THREE, base, tall, wide

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("start", [base(), base(*THREE), tall(), wide("local"), wide("aws-with-mac")])
def test_the_project_is_accepted_before_it_has_texts(start: Documents, tmp_path: Path) -> None:
    assert problems(start, tmp_path) == ()


def test_every_field_for_text_has_a_value_in_the_project() -> None:
    assert wanted() <= {place.name for place in every_place(base())}


def test_seventy_six_rounds_give_every_field_for_any_text_200() -> None:
    places = every_place(base())
    of_wide = Counter(place.name for place in every_place(wide("local")))
    of_tall = Counter(place.name for place in every_place(tall()))
    given = {place.name: 25 * of_wide[place.name] + 200 * of_tall[place.name] for place in places if is_free(place)}
    assert {name: texts for name, texts in given.items() if texts < 200} == {}
