"""Texts survive the way through a template and Helm to the last byte, whatever is in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quantacirc_cdk.helm.expression import NAMESPACE, Expression, value
from quantacirc_cdk.helm.node import Insert, Text
from quantacirc_cdk.helm.plain_yaml import dump
from quantacirc_cdk.helm.yaml_text import document
from support.helm.helm import RELEASES, run

pytestmark = pytest.mark.integration

HOSTILE = {
    "braces": "{{ $labels.pod }} of {{`raw`}} {{- trimmed -}} }} {{ }}{",
    "comment": "{{/* not a comment */}} {{-/* nor this */-}}",
    "brace-at-the-end": "a {",
    "three-braces": "{{{ x }}}",
    "block-of-braces": "alert: {{ $value }}\n  {{- if x }}\n{\n{{\n",
    "backslashes": "C:\\new\\table \\\\ \\{{ \\u0041 \\",
    "block-of-backslashes": "printf '%s\\n' \"\\\\$1\"\n\tdone \\\n",
    "tabs": "\ta\tb\t",
    "block-of-tabs": "all:\n\techo {{ x }}\t\n\t\n",
    "emoji": "🧪 naïve Ω 中文 \U0001f9d1\u200d\U0001f52c",
    "leading-zeros": "0755",
    "octal": "0o17",
    "sexagesimal": "12:30:45",
    "exponent": "1e3",
    "long-number": "12345678901234567890",
    "float": ".5",
    "yes": "yes", "no": "no", "on": "on", "off": "Off", "y": "y", "null": "null", "tilde": "~", "true": "True",
    "nan": ".nan", "merge": "<<", "date": "2024-01-31", "empty": "", "space": " ", "dash": "- a", "colon": "a: b",
    "hash": "a #b", "at": "@a", "backtick": "`a`", "percent": "%d %s %%", "quote": "'\"", "star": "*a", "anchor": "&a",
    "very-long-line": "x" * 5000 + " {{ y }} " + "word " * 2000,
    "block-of-very-long-lines": ("long " * 3000 + "\n") * 2,
    "trailing-spaces": "a  ",
    "block-of-trailing-spaces": "a  \nb\t \n  \nc {{ d }}  \n",
    "leading-spaces": "  a\n b\n",
    "blank-lines": "\n\na\n\n\nb\n\n\n",
    "no-end": "a\nb",
    "carriage-returns": "a\r\nb\r",
    "controls": "bell \x07 escape \x1b[31m delete \x7f next line \x85 separators \u2028\u2029 mark \ufeff",
    "document": "---\na: b\n...\n",
    "go": "{{ define \"x\" }}{{ template \"y\" . }}{{ end }}{{ .Values.nothing | required \"boom\" }}",
}  # fmt: skip


UNPRINTABLE = ("controls", "merge")
"""What Helm's ``toYaml`` makes nothing of, which the schema therefore refuses, and what PyYAML misreads."""
LONGEST_KEY = 1000
"""YAML has no key on a line that is longer than 1024 characters."""


def chart(folder: Path, documents: str, values: str = "{}\n") -> Path:
    """Write a chart with this one template."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: texts\nversion: 1.0.0\n", encoding="utf-8")
    (folder / "values.yaml").write_text(values, encoding="utf-8")
    (folder / "templates" / "texts.yaml").write_text(documents, encoding="utf-8")
    return folder


def config_map(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def rendered(folder: Path, release: str) -> dict[str, dict[str, Any]]:
    done = run("template", "texts", folder, "--namespace", "shop", release=release)
    assert done.returncode == 0, done.stderr
    return {item["metadata"]["name"]: item for item in yaml.load_all(done.stdout, yaml.CSafeLoader) if item}


@pytest.mark.parametrize("release", RELEASES)
def test_hostile_texts_are_the_same_after_helm(tmp_path: Path, release: str) -> None:
    objects = [
        config_map("values", dict(HOSTILE)),
        {**config_map("annotations", {}), "metadata": {"name": "annotations", "annotations": dict(HOSTILE)}},
        {**config_map("keys", {text: "x" for text in HOSTILE.values() if len(text) < LONGEST_KEY})},
        {
            **config_map("lists", {}),
            "list": list(HOSTILE.values()),
            "nested": [{"a": [text]} for text in HOSTILE.values()],
        },
    ]
    found = rendered(chart(tmp_path / "chart", "".join(document(item, ()) for item in objects)), release)
    for item in objects:
        assert found[item["metadata"]["name"]] == item


@pytest.mark.parametrize("release", RELEASES)
def test_hostile_texts_around_values_are_the_same_after_helm(tmp_path: Path, release: str) -> None:
    around = {name: Text((text, NAMESPACE, text)) for name, text in HOSTILE.items() if text}
    folder = chart(tmp_path / "chart", document(config_map("around", dict(around)), ()))
    data = rendered(folder, release)["around"]["data"]
    assert data == {name: f"{text}shop{text}" for name, text in HOSTILE.items() if text}


@pytest.mark.parametrize("release", RELEASES)
def test_hostile_texts_in_values_are_the_same_after_helm(tmp_path: Path, release: str) -> None:
    nodes = {name: Insert(value(f"texts.k{index}")) for index, name in enumerate(HOSTILE)}
    whole = Insert(value("whole"), "yaml")
    texts = {f"k{index}": text for index, text in enumerate(HOSTILE.values())}
    printable = {name: text for name, text in HOSTILE.items() if name not in UNPRINTABLE}
    folder = chart(
        tmp_path / "chart",
        document(config_map("one", dict(nodes)), ()) + document({**config_map("all", {}), "data": whole}, ()),
        "\n".join(dump({"texts": texts, "whole": printable})) + "\n",
    )
    found = rendered(folder, release)
    assert found["one"]["data"] == HOSTILE
    assert found["all"]["data"] == printable


def strings() -> Iterator[st.SearchStrategy[str]]:
    """Yield texts of anything, and of what is dangerous in templates and in YAML."""
    yield st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    pieces = [
        "{{",
        "}}",
        "{",
        "\\",
        "\t",
        " ",
        "\n",
        "\r\n",
        '"',
        "'",
        "`",
        "%",
        ":",
        "- ",
        "#",
        "|",
        "é",
        "🧪",
        "0",
        "no",
    ]
    yield st.lists(st.sampled_from([*pieces, "x"]), max_size=25).map("".join)


@pytest.mark.parametrize("release", RELEASES)
def test_many_texts_at_random_are_the_same_after_helm(tmp_path: Path, release: str) -> None:
    drawn: list[str] = []

    @settings(max_examples=400)
    @given(st.one_of(*strings()))
    def collect(text: str) -> None:
        drawn.append(text)

    collect()
    data = {f"k{index}": text for index, text in enumerate(dict.fromkeys(drawn))}
    assert len(data) > 200
    around = {name: Text((text, value("x"))) if text else value("x").helm for name, text in data.items()}
    found = rendered(
        chart(
            tmp_path / "chart",
            document(config_map("plain", dict(data)), ()) + document(config_map("around", dict(around)), ()),
            "x: middle\n",
        ),
        release,
    )
    assert found["plain"]["data"] == data
    expected = {name: f"{text}middle" if text else ".Values.x" for name, text in data.items()}
    assert found["around"]["data"] == expected


def test_what_is_no_expression_never_becomes_one() -> None:
    text = document(config_map("a", {"a": "{{ .Values.secret }}"}), ())
    assert "{{ .Values.secret }}" not in text
    assert isinstance(value("a"), Expression)
