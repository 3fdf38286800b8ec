"""Texts of the model on their way to files and terminals: each case is the smallest that once showed a fault."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.helm.documents import HandMade, notes
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.values_file import values_file
from quantacirc_cdk.helm.yaml_text import document
from quantacirc_cdk.manifests import documents
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.edit import edited
from quantacirc_cdk.text.yaml import scalar
from support.project import Project
from support.tools import ROOT

Make = Callable[[], Project]


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('"a\\0b"', "the character U+0000"),
        ('"a\\uffffb"', "the character U+FFFF"),
        ('"a\\x7fb"', "the character U+007F"),
        ('"a\\x9bb"', "the character U+009B"),
        ('"a\\rb"', "the character U+000D"),
        ('"a\\n\\u2028"', "the character U+2028"),
        ('"a\\u2029b"', "the character U+2029"),
        ('"a\\u00a0"', "the blank U+00A0 at the end"),
        ('"a\\u3000"', "the blank U+3000 at the end"),
        ('"e\\u0301"', "not in Unicode's normal form C"),
        ("'a\u2028b'", "the character U+2028"),
        ("'a\x85b'", "the character U+0085"),
    ],
)
def test_text_that_an_output_cannot_carry_is_refused_where_it_stands(project: Make, written: str, named: str) -> None:
    made = project()
    made.write_environment("away", f"extends: home\ndomain: away.example\ntags:\n  note: {written}\n")
    with pytest.raises(ModelError, match=re.escape(named)) as raised:
        load_project(made.root)
    assert {(one.file, one.line) for one in raised.value.problems} == {("apps/environments/away.yaml", 4)}


def test_a_key_that_an_output_cannot_carry_is_refused(project: Make) -> None:
    made = project()
    made.write_environment("away", 'extends: home\ndomain: away.example\ntags:\n  "a\\0": b\n')
    with pytest.raises(ModelError, match=r"away\.yaml:4: text with the character U"):
        load_project(made.root)


@pytest.mark.parametrize("tag", ["1234e56", "7e10", "0o17", "0x1f", "1_0", "08", "12345678", "y", "null", "=", "1e3"])
def test_an_edited_tag_stays_text(tag: str) -> None:
    before = "release:\n  images:\n    oven: { tag: 1.0.0 }\n"
    after = edited(before, "home.yaml", {("release", "images", "oven", "tag"): tag})
    assert f'"{tag}"' in after


@pytest.mark.parametrize("tag", ["1.0.0", "v1.2.3-rc.1", "2.11.8-alpine", "sha256"])
def test_an_edited_tag_has_no_needless_quotes(tag: str) -> None:
    assert edited("tag: x\n", "home.yaml", {("tag",): tag}) == f"tag: {tag}\n"


def test_an_equals_sign_is_text_in_a_manifest() -> None:
    assert documents("data: { a: =, b: '=' }\n") == [{"data": {"a": "=", "b": "="}}]


def test_a_name_that_is_a_word_of_yaml_is_quoted_as_a_key_of_the_chart() -> None:
    parameters = [
        Parameter(
            path=f"{name}.enabled", description="Whether.", schema={"type": "boolean"}, default=True, insertions=()
        )
        for name in ("y", "n", "on", "null", "no", "true")
    ]
    written = values_file("shop", parameters, {"y": "One\u2028forged: true\nmore"})
    assert set(yaml.safe_load(written)) == {"y", "n", "on", "null", "no", "true"}
    assert all(f'"{name}":' in written for name in ("y", "n", "on", "null", "no", "true"))


def test_a_brace_before_kept_blanks_is_no_action() -> None:
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "x {  \nb\n"}}
    assert '{{ "{" }}{{ "  " }}' in document(item, ())


def test_what_people_make_is_described_in_the_notes_as_it_is() -> None:
    made = HandMade(name="llm", keys=["KEY"], what="{{ mustache }}\n{{- .Values }}")
    text = notes("shop", {}, [made], lambda _, name: name, copied=True)
    assert '  # {{ "{{" }} mustache }}\n  # {{ "{{" }}- .Values }}\n' in text


def test_show_prints_no_control_character(project: Make, capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    hostile = '"\\e[2Jred\\u202e"'
    made.write_environment(
        "away", f"extends: home\nnamespace: away\ndomain: away.example\ntags: {{ {hostile}: {hostile}, '-': x }}\n"
    )
    assert main(["show", "away", "--project", str(made.root)]) == 0
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.splitlines())
    assert yaml.safe_load(shown)["tags"] == {"\x1b[2Jred\u202e": "\x1b[2Jred\u202e", "-": "x"}


def test_the_check_prints_no_control_character(
    project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from quantacirc_cdk.cli.synth import _show

    old, new = tmp_path / "old", tmp_path / "new"
    for folder, text in ((old, "a\tb\n"), (new, "a\tb\x1b[2J\x85\u202e\n")):
        folder.mkdir()
        (folder / "stack.json").write_text(text, encoding="utf-8")
    _show(new, old, SimpleNamespace(changed=["stack.json"], listed=["stack.json"], edited=[]))
    shown = capsys.readouterr().out
    assert "+a\tb\\x1b[2J\\x85\\u202e" in shown
    assert all(line.replace("\t", "").isprintable() for line in shown.splitlines())


def test_no_pattern_takes_digits_of_another_script() -> None:
    sources = (ROOT / "constructs").rglob("*.py")
    assert [str(path) for path in sources if re.search(r"\\d", path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("digits", ["٢Mi", "1.3٤"])
def test_digits_of_another_script_are_refused(project: Make, digits: str) -> None:
    made = project()
    key = "kubernetes_version" if digits.startswith("1.") else "ingress_class"
    if key == "ingress_class":
        made.replace_in_system("memory: 128Mi", f"memory: {digits}")
    else:
        made.replace_in_environment("home", '"1.34"', f'"{digits}"')
    with pytest.raises(ModelError, match=digits):
        load_project(made.root)


@pytest.mark.parametrize(
    "text",
    [
        "0o022",
        "0B1",
        "0X1F",
        "-0o17",
        "1e3",
        "08",
        "+.5",
        "-_08",
        "+_.5",
        "0_x1F",
        "-_0o17",
        "a\x85b",
        "a\u2028b",
        "\x7f",
    ],
)
def test_what_readers_differ_on_is_in_quotes(text: str) -> None:
    assert scalar(text).startswith('"')
    assert scalar(text).isprintable()
