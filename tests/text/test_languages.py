"""Each module of ``quantacirc_cdk.text`` writes text that the real reader of its language reads as it was.

The texts are drawn anew in each run; a failure names the seed, and ``TEXT_SEED`` repeats it.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.text import (
    compose,
    controls,
    github,
    gitlab,
    go_template,
    groovy,
    markdown,
    mermaid,
    shell,
    terminal,
    terraform,
    yaml,
)
from support.gitops.argocd import render
from support.text import hostile, readers

pytestmark = pytest.mark.integration

COUNT = 300


@pytest.fixture(scope="module", autouse=True)
def seed() -> int:
    """The seed of this module's texts."""
    found = hostile.seed()
    print(f"TEXT_SEED={found}")
    return found


@pytest.fixture(scope="module")
def texts(seed: int) -> dict[str, str]:
    """The texts by a name that every language takes."""
    return {f"T_{index}": text for index, text in enumerate(hostile.texts(seed, COUNT))}


def different(expected: dict[str, str], found: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {name: (text, found.get(name)) for name, text in expected.items() if found.get(name) != text}


def config_map(name: str, data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@pytest.mark.parametrize("options", [{}, {"indent_items": True, "width": 4096}, {"sort_keys": True}])
def test_yaml_of_python(texts: dict[str, str], tmp_path: Path, options: dict[str, Any]) -> None:
    objects = [config_map("values", texts), config_map("keys", {text: name for name, text in texts.items()})]
    lists = {**config_map("lists", {}), "list": list(texts.values()), "nested": [[text] for text in texts.values()]}
    written = "---\n".join(yaml.dump(item, **options) for item in [*objects, lists])
    (tmp_path / "texts.yaml").write_text(written, encoding="utf-8", newline="")
    for reader, found in {**readers.yaml_readings(written), "go-yaml": readers.kubectl(tmp_path)}.items():
        for item, read in zip([*objects, lists], found, strict=True):
            assert different(item["data"], read["data"]) == {}, reader
            assert read.get("list") == item.get("list"), reader
            assert read.get("nested") == item.get("nested"), reader


def test_yaml_scalars(texts: dict[str, str], tmp_path: Path) -> None:
    lines = [f"  {name}: {yaml.scalar(text)}" for name, text in texts.items()]
    keys = [f"  {yaml.scalar(text)}: {name}" for name, text in texts.items() if len(text) < 500]
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: texts\ndata:\n"
    written = head + "\n".join(lines) + "\n---\n" + head.replace("texts", "keys") + "\n".join(keys) + "\n"
    (tmp_path / "texts.yaml").write_text(written, encoding="utf-8", newline="")
    for reader, found in {**readers.yaml_readings(written), "go-yaml": readers.kubectl(tmp_path)}.items():
        assert different(texts, found[0]["data"]) == {}, reader
        assert {key: text for text, key in found[1]["data"].items()} == texts, reader


def test_manifests_of_cdk8s(texts: dict[str, str], tmp_path: Path) -> None:
    app = cdk8s.App(outdir=str(tmp_path), yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE)
    chart = cdk8s.Chart(app, "texts")
    Manifest(chart, "values", api_version="v1", kind="ConfigMap", name="values", data=texts, annotations=texts)
    keys = {text: name for name, text in texts.items()}
    Manifest(chart, "keys", api_version="v1", kind="ConfigMap", name="keys", data=keys, list=list(texts.values()))
    cdk8s.ApiObject(
        chart, "plain", api_version="v1", kind="ConfigMap", metadata={"name": "plain", "annotations": texts}
    )
    app.synth()
    written = "---\n".join(path.read_text("utf-8") for path in sorted(tmp_path.glob("*.yaml")))
    for reader, found in {**readers.yaml_readings(written), "go-yaml": readers.kubectl(tmp_path)}.items():
        by_name = {item["metadata"]["name"]: item for item in found}
        assert different(texts, by_name["values"]["data"]) == {}, reader
        assert different(texts, by_name["values"]["metadata"]["annotations"]) == {}, reader
        assert different(texts, by_name["plain"]["metadata"]["annotations"]) == {}, reader
        assert by_name["keys"]["data"] == keys, reader
        assert by_name["keys"]["list"] == list(texts.values()), reader


def test_terraform(texts: dict[str, str], tmp_path: Path) -> None:
    wanted = {"values": texts, "keys": {text: name for name, text in texts.items()}, "list": list(texts.values())}
    wanted["json"] = {name: json.dumps({"a": text}) for name, text in texts.items()}
    inside = {name: json.dumps({"a": terraform.literal(text)}) for name, text in texts.items()}
    given = {**terraform.literals({key: item for key, item in wanted.items() if key != "json"}), "json": inside}
    assert not any("TfToken[" in text for text in given["values"].values())
    assert not any(map(terraform.has_expression, given["values"].values()))
    found = readers.terraform(given, tmp_path)
    assert different(texts, found["values"]) == {}
    assert {name: json.loads(text) for name, text in found["json"].items()} == {n: {"a": t} for n, t in texts.items()}
    assert found == {**wanted, "json": found["json"]}


def test_prometheus(texts: dict[str, str], tmp_path: Path) -> None:
    readers.prometheus({name: go_template.literal(text) for name, text in texts.items()}, texts, tmp_path)


def test_go_templates_of_argo_cd(texts: dict[str, str]) -> None:
    # A template of its own for each text, as Argo CD renders them.
    templates = [f"{{{{ tpl .{name} $ | b64enc }}}}" for name in texts]
    found = render(templates, [{name: go_template.literal(text) for name, text in texts.items()}])
    assert different(texts, decoded(texts, found)) == {}


def test_arguments_of_go_templates(texts: dict[str, str]) -> None:
    found = render([f"{{{{ b64enc {go_template.quoted(text)} }}}}" for text in texts.values()], [{}])
    assert different(texts, decoded(texts, found)) == {}


def decoded(texts: dict[str, str], found: list[Any]) -> dict[str, str]:
    return {name: base64.b64decode(one or b"").decode() for name, one in zip(texts, found, strict=True)}


@pytest.mark.slow
def test_github(texts: dict[str, str], tmp_path: Path) -> None:
    assert different(texts, readers.github({n: github.literal(text) for n, text in texts.items()}, tmp_path)) == {}


@pytest.mark.parametrize("program", ["bash", "sh"])
def test_shells(texts: dict[str, str], tmp_path: Path, program: str) -> None:
    script = "".join(shell.assignment(name, text) + "\n" for name, text in texts.items())
    assert different(texts, readers.shell(program, script, tmp_path)) == {}


@pytest.mark.slow
def test_groovy(texts: dict[str, str], tmp_path: Path) -> None:
    literals = {name: groovy.quoted(text) for name, text in texts.items()}
    literals |= {
        f"{name}_script": f"'''{groovy.script(text)}'''" for name, text in texts.items() if not text.endswith("'")
    }
    literals |= {f"{name}_environment": groovy.environment(text) for name, text in texts.items()}
    found = readers.groovy(literals, tmp_path)
    assert different(texts, found) == {}
    scripts = {name: text for name, text in texts.items() if f"{name}_script" in literals}
    assert different(scripts, {name: found[f"{name}_script"] for name in scripts}) == {}
    variables = {"HOME": "evaluated", "X": "evaluated", "CI_JOB_TOKEN": "evaluated", "env.X": "evaluated"}
    expanded = {name: readers.jenkins_expanded(found[f"{name}_environment"], variables) for name in texts}
    assert different(texts, expanded) == {}


def test_compose(texts: dict[str, str]) -> None:
    assert different(texts, readers.compose({name: compose.literal(text) for name, text in texts.items()})) == {}


def test_gitlab_sees_no_variable(texts: dict[str, str]) -> None:
    for text in texts.values():
        assert "$" not in gitlab.literal(text).replace("$$", "")
        assert gitlab.literal(text).replace("$$", "$") == text


def shown(text: str) -> str:
    """Return a text as Markdown shows it: a control character has no name in HTML and is shown escaped."""
    return "".join(
        one if one in "\n\t" or markdown._NO_ENTITY.match(one) is None else terminal.printable(one) for one in text
    )


def test_cells_of_markdown(texts: dict[str, str]) -> None:
    rows = [[markdown.text(text), markdown.code(text), "end"] for text in texts.values()]
    found = readers.markdown_cells(markdown.table(("text", "code", "end"), rows))[1:]
    expected = [[shown(text), shown(text), "end"] for text in texts.values()]
    assert [(text, cells) for text, cells in zip(expected, found, strict=True) if cells != text] == []


def test_paragraphs_of_markdown(texts: dict[str, str]) -> None:
    found = readers.markdown_paragraphs("\n\n".join(markdown.text(text) for text in texts.values()))
    assert [pair for pair in zip(map(shown, texts.values()), found, strict=True) if pair[0] != pair[1]] == []


def test_messages_of_markdown(texts: dict[str, str]) -> None:
    assert markdown.message("a <b> *c* of `x|y` and `<z>`") == (
        "a &#60;b&#62; &#42;c&#42; of <code>x&#124;y</code> and `<z>`"
    )
    plain = {name: text for name, text in texts.items() if "`" not in text and text == text.strip(" ")}
    assert len(plain) > len(texts) / 3
    assert {name: markdown.message(text) for name, text in plain.items()} == {
        name: markdown.text(text) for name, text in plain.items()
    }


def test_labels_of_mermaid(texts: dict[str, str]) -> None:
    import re

    for text in texts.values():
        label = mermaid.label(text)
        assert re.fullmatch(r'"([\w .,:()/-]|#[0-9]+;)*"', label, re.ASCII)
        assert re.sub(r"#([0-9]+);", lambda found: chr(int(found[1])), label[1:-1]) == text


def test_nothing_steers_a_terminal(texts: dict[str, str]) -> None:
    for text in texts.values():
        assert terminal.printable(text).isprintable()
        assert terminal.printable_strings(text).isprintable()


@pytest.mark.parametrize("character", [*hostile.UNUSABLE, "\ud800"])
def test_what_no_output_can_carry_is_named(character: str) -> None:
    assert controls.unusable(f"a{character}") == f"the character U+{ord(character):04X}"


def test_text_that_terraform_changes_is_named() -> None:
    assert controls.unusable("e\u0301") == "characters that are not in Unicode's normal form C"


def test_every_other_text_can_be_carried(texts: dict[str, str]) -> None:
    assert [text for text in texts.values() if controls.unusable(hostile.in_a_model(text))] == []
