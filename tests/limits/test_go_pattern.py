"""Regular expressions that Go reads: what Helm accepts in a schema, and what it matches."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.limits.go_pattern import matches, refusal
from support.helm.helm import RELEASES, run

READ = [
    "^a$", "", "a{1000}", "(a{100}){10}", "a*?", "a??", "[]a]", "[^]a]", r"[\]]", r"[a\-z]", "(?i)a", "(?i:a)b",
    "(?s-i:a)", "(?P<name>a)", "(?:a)", r"\101", r"\x41", r"\.\_\-\/", r"\bA\B", r"[\d\s]", "a|b|", "a{,b",
    "]", "{", "}", "(a|(b))", "é", r"\0", r"[$\101]", "{}",
]  # fmt: skip
"""Regular expressions of Python that Go reads, too."""
UNREAD = [
    "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", r"(a)\1", "(?P<n>a)(?P=n)", "(?#a)", "(?>a)", "a*+", "a++", "a?+", "a{2}+",
    "(a)(?(1)b)", r"a\Z", r"\u0041", r"\U00000041", r"\N{DIGIT ONE}", r"[\b]", r"[\u0041]", r"\é", r"[\é]", "(?x)a",
    "(?a)a", "(?u)a", "(?P<é>a)", "a{1001}", "a{1001,}", "a{2,1001}", "(a{100}){11}", "((a{10}b{2}){10}){11}",
]  # fmt: skip
"""Regular expressions of Python that Go does not read."""
NEITHER = ["(", ")", "[", "a**", "*", "\\", "a{2,1}", r"\y", "a{99999999999}"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    return tmp_path


def test_what_go_and_python_read_has_no_refusal() -> None:
    assert [one for one in READ if refusal(one)] == []


def test_what_go_or_python_cannot_read_is_refused() -> None:
    assert [one for one in (*UNREAD, *NEITHER, "a{,3}") if not refusal(one)] == []


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("patterns", "loaded"), [(READ, True), (UNREAD, False), (NEITHER, False)])
def test_helm_agrees(folder: Path, release: str, patterns: list[str], loaded: bool) -> None:
    """Each on its own, because one that cannot be read hides the others."""
    for pattern in patterns:
        (folder / "values.schema.json").write_text(json.dumps({"properties": {"a": {"pattern": pattern}}}))
        done = run("template", "a", folder, release=release)
        assert (pattern, not done.returncode) == (pattern, loaded)


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a\n", False), ("^a$", "a", True), (r"^\d$", "٣", False), (r"^\w$", "é", False), ("a", "bab", True),
        (r"^[$]$", "$", True), (r"^\$$", "$", True), ("^a\n$", "a\n", True), ("^.$", "é", True),
    ],
)  # fmt: skip
def test_a_pattern_matches_as_in_helm(folder: Path, release: str, pattern: str, text: str, found: bool) -> None:
    (folder / "values.schema.json").write_text(json.dumps({"properties": {"a": {"pattern": pattern}}}))
    (folder / "values.yaml").write_text(json.dumps({"a": text}))
    assert matches(pattern, text) is found
    assert (run("template", "a", folder, release=release).returncode == 0) is found
