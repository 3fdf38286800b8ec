"""A suggestion is the name that was meant, or there is none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.errors import alike, nearest

SLIPS = {
    "agnet": "agent",
    "prd": "prod",
    "hme": "home",
    "per-zoen": "per-zone",
    "kubernets": "kubernetes",
    "Reaches": "reaches",
    "high_availabilty": "high_availability",
    "highAvailability": "high_availability",
    "node-pools": "node_pools",
    "zone": "zones",
}
OTHERS = [
    ("volumes", "consumes"),
    ("tolerations", "migration"),
    ("resources", "reaches"),
    ("node", "mode"),
    ("max", "min"),
    ("secrets", "release"),
    ("ports", "probes"),
    ("type", "size"),
    ("staging", "tracing"),
]


@pytest.mark.parametrize(("written", "meant"), SLIPS.items())
def test_a_slip_of_the_keyboard_is_recognized(written: str, meant: str) -> None:
    assert alike(written, ["unrelated", meant, "other"]) == meant
    assert nearest(written, ["unrelated", meant]) == f'"{meant}"'


@pytest.mark.parametrize(("written", "other"), OTHERS)
def test_another_word_is_not_suggested(written: str, other: str) -> None:
    assert alike(written, [other]) is None
    assert alike(other, [written]) is None


def test_without_a_slip_a_few_names_are_listed() -> None:
    assert nearest("x-ray", ["b", "a"]) == "one of a, b"
    assert nearest("x-ray", map(str, range(10))) == "one of 0, 1, 2, 3, 4, 5, 6, 7, …"
    assert nearest("x-ray", []) == "nothing here"


NAMES = st.text("abcdefgh", min_size=2, max_size=12)


@given(NAMES, st.integers(0, 11))
def test_one_swap_is_always_recognized(name: str, place: int) -> None:
    place = 1 + place % (len(name) - 1)
    written = name[: place - 1] + name[place] + name[place - 1] + name[place + 1 :]
    if place > 1 or len(name) >= 6:
        assert alike(written, [name]) == name


def test_long_names_among_many_take_no_time() -> None:
    names = [f"component-with-a-name-{number:04}" for number in range(2000)]
    began = time.process_time()
    assert alike("component-with-another-name-entirely", names) is None
    assert alike("x" * 100_000, names) is None
    assert time.process_time() - began < 2
