"""Changing a YAML file in place: what was asked for changes, and not a byte besides."""

import difflib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model.document import parse
from quantacirc_cdk.model.edit import REMOVED, edit, edited
from quantacirc_cdk.text.controls import unusable
from support.tools import ROOT

DIGEST = "sha256:" + "1" * 64

TEXT = """\
# About the file.

extends: dev   # the base
cluster:
    context:   home
    addons: { velero:  true, keda: false }   # both

    # Nothing here yet.
    pools:
notes: |
    Kept as it is:
      every blank.

tags: {}
owners: [ a@b.example,  c@d.example ]
# The end.
"""


def changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line.rstrip("\n") for line in lines if line[0] in "+-"]


@pytest.mark.parametrize(
    ("place", "value", "lines"),
    [
        (("extends",), "prod", ["- extends: dev   # the base", "+ extends: prod   # the base"]),
        (("cluster", "context"), "away", ["-     context:   home", "+     context: away"]),
        (
            ("cluster", "addons", "keda"),
            True,
            [
                "-     addons: { velero:  true, keda: false }   # both",
                "+     addons: { velero:  true, keda: true }   # both",
            ],
        ),
        (
            ("cluster", "addons", "cilium"),
            True,
            [
                "-     addons: { velero:  true, keda: false }   # both",
                "+     addons: { velero:  true, keda: false, cilium: true }   # both",
            ],
        ),
        (
            ("cluster", "addons", "velero"),
            REMOVED,
            ["-     addons: { velero:  true, keda: false }   # both", "+     addons: { keda: false }   # both"],
        ),
        (
            ("cluster", "addons", "keda"),
            REMOVED,
            ["-     addons: { velero:  true, keda: false }   # both", "+     addons: { velero:  true }   # both"],
        ),
        (
            ("cluster", "pools", "general"),
            {"cpu": 4},
            ["+       general: { cpu: 4 }"],
        ),
        (("cluster", "zones"), 3, ["+     zones: 3"]),
        (("cluster", "context"), REMOVED, ["-     context:   home"]),
        (("tags", "team"), "a: b", ["- tags: {}", '+ tags: { team: "a: b" }']),
        (("owners",), ["e@f.example"], ["- owners: [ a@b.example,  c@d.example ]", "+ owners: [e@f.example]"]),
        (
            ("release", "images", "oven"),
            {"tag": "1.2.3", "digest": DIGEST},
            ["+ release:", "+   images:", f"+     oven: {{ tag: 1.2.3, digest: {DIGEST} }}"],
        ),
        (("absent", "deeper"), REMOVED, []),
    ],
)
def test_only_the_lines_of_the_value_change(place, value, lines):
    assert changed_lines(TEXT, edited(TEXT, "home.yaml", {place: value})) == lines


def test_a_mapping_takes_the_place_of_another_and_comments_between_stay():
    text = "wired:\n  # from the first apply\n  target: aws # here\n  host: old\n  gone: 1\nlast: true\n"
    new = edited(text, "home.yaml", {("wired",): {"target": "aws", "host": "new", "ids": {"a": "x"}}})
    assert new == ("wired:\n  # from the first apply\n  target: aws # here\n  host: new\n  ids: { a: x }\nlast: true\n")


def test_a_new_mapping_is_written_as_the_one_before_it():
    for entry, lines in (
        ("{ kind: service }", "  web: { kind: job, image: web }\n"),
        ("\n    kind: service", "  web:\n    kind: job\n    image: web\n"),
    ):
        text = f"components:\n  api: {entry}\n"
        assert edited(text, "system.yaml", {("components", "web"): {"kind": "job", "image": "web"}}) == text + lines


def test_the_only_entry_taken_away_leaves_an_empty_mapping():
    assert edited("a:\n  b: 1 # one\nc: 2\n", "x", {("a", "b"): REMOVED}) == "a:\n  {} # one\nc: 2\n"


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("a:\n  b:\n    - { c: 1 }\n    - { c: 2 }\n\nd: 3\n", [{"c": 4}], "a:\n  b: [{ c: 4 }]\n\nd: 3\n"),
        ("a:\n  b:\n  - 1\n  e: 2\n", [], "a:\n  b: []\n  e: 2\n"),
        ("a:\n  b: # few\n    # the first\n    - 1 # one\n", [2], "a:\n  b: [2] # few\n    # the first # one\n"),
        ("a:\n  b:\n    c: 1\n", 2, "a:\n  b: 2\n"),
        ("a:\n  b:\n    c: 1\n", {}, "a:\n  b: {}\n"),
        ("a:\n  b: # why\n    - 1\n", {"c": {"d": 1}}, "a:\n  b: # why\n    c: { d: 1 }\n"),
        ("a:\r\n  b:\r\n    - 1\r\n", {"c": {"d": 1}}, "a:\r\n  b:\r\n    c: { d: 1 }\r\n"),
    ],
)
def test_a_value_below_its_key_is_replaced_beside_it(old, value, new):
    assert edited(old, "x", {("a", "b"): value}) == new


def test_windows_line_ends_stay():
    new = edited("a: 1\r\nb:\r\n  c: 2\r\n", "x", {("b", "d"): 3, ("e", "f", "g"): {"h": 4}})
    assert new == "a: 1\r\nb:\r\n  c: 2\r\n  d: 3\r\ne:\r\n  f:\r\n    g: { h: 4 }\r\n"


def test_a_last_line_without_an_end_is_not_glued_to_the_next():
    assert edited("a: 1", "x", {("b",): 2}) == "a: 1\nb: 2"


@pytest.mark.parametrize(
    "value", ["no", "1.0", "0123", "12:30:45", "null", "", "a # b", "x:", "- y", "~", "🎉\u00a0x", "🎉\n", "="]
)
def test_text_stays_text_in_every_reader_of_yaml(value):
    import yaml

    new = edited("a: 1\n", "x", {("b",): value})
    assert parse(new, "x").plain() == yaml.safe_load(new) == {"a": 1, "b": value}


def test_a_layout_that_cannot_be_changed_is_an_error_and_the_file_stays(tmp_path: Path):
    file = tmp_path / "odd.yaml"
    text = "a: |+\n  blank lines at its end count\n\n"
    file.write_text(text)
    with pytest.raises(ModelError, match=r"apps/odd.yaml: b: a layout that cannot be edited automatically, expected"):
        edit(file, "apps/odd.yaml", {("b",): 1})
    assert file.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["odd.yaml"]


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path):
    file, link = tmp_path / "file.yaml", tmp_path / "link.yaml"
    file.write_text("a: 1\n")
    file.chmod(0o640)
    link.symlink_to(file)
    assert edit(link, "link.yaml", {("a",): 2})
    assert not edit(link, "link.yaml", {("a",): 2})
    assert (file.read_text(), link.is_symlink()) == ("a: 2\n", True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


KEYS = st.sampled_from(["a", "b", "c-d", "release", "images"])
TEXTS = st.text(max_size=12).filter(lambda text: unusable(text) is None)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(SCALARS, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
LAYOUTS = st.sampled_from([TEXT, *(path.read_text() for path in sorted((ROOT / "apps").rglob("*.yaml")))])


@pytest.mark.slow
@given(LAYOUTS, st.lists(KEYS, min_size=1, max_size=3), VALUES)
def test_any_value_goes_anywhere_and_can_be_taken_away_again(text: str, place: list[str], value: object):
    wanted = parse(text, "x").plain()
    once = edited(text, "x", {tuple(place): value})
    assert edited(once, "x", {tuple(place): value}) == once
    if place[0] not in wanted:
        gone = parse(edited(once, "x", {(place[0],): REMOVED}), "x").plain()
        assert gone == wanted
