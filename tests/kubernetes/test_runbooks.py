"""Runbooks name only what there is: streams, objects, alerts, settings."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.schemas import schemas
from quantacirc_cdk.model.system import System
from support.kubernetes.manifests import Object, find, identity, of_kind
from support.tools import ROOT

DOCUMENTS = [*sorted((ROOT / "docs" / "runbooks").glob("*.md")), ROOT / "docs" / "disaster-recovery.md"]
BLOCK = re.compile(r"^```sh[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
KINDS = {
    "cronjob": "CronJob",
    "deployment": "Deployment",
    "hpa": "HorizontalPodAutoscaler",
    "statefulset": "StatefulSet",
    "configmap": "ConfigMap",
    "secret": "Secret",
}

pytestmark = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def objects(rendered: Mapping[str, Sequence[Object]]) -> list[Object]:
    """Return what there is in any environment."""
    return [item for found in rendered.values() for item in found]


def words(path: Path) -> Iterator[str]:
    """Yield the words of the commands about our namespace, with what variables are set to in their place."""
    for block in BLOCK.findall(path.read_text()):
        set_to = dict(re.findall(r"^(\w+)=(\S+)$", block, re.MULTILINE))
        text = re.sub(r"\$\{?(\w+)\}?", lambda match, known=set_to: known.get(match[1], match[0]), block)  # type: ignore[misc]
        for line in text.replace("\\\n", " ").splitlines():
            if "--namespace" not in line or "--namespace quantacirc" in line:
                yield from shlex.split(line, comments=True)


def test_every_object_in_a_command_is_there(path: Path, objects: list[Object]) -> None:
    known = {identity(item) for item in objects}
    for word in words(path):
        kind, slash, name = word.partition("/")
        if slash and kind in KINDS and re.fullmatch(r"[a-z0-9-]+", name):
            assert (KINDS[kind], name) in known, word


def test_every_component_in_a_selector_is_there(path: Path, objects: list[Object]) -> None:
    names = {item["metadata"]["labels"]["app.kubernetes.io/name"] for item in objects if item["metadata"].get("labels")}
    for word in words(path):
        match = re.search(r"app\.kubernetes\.io/name=([a-z0-9-]+)", word)
        if match:
            assert match[1] in names, word


def test_every_stream_is_one_of_the_bus(path: Path, rendered: Mapping[str, Sequence[Object]]) -> None:
    requests = find(rendered["prod"], "ConfigMap", "bus-streams")["data"]
    streams = {name.removesuffix(".stream.json") for name in requests if name.endswith(".stream.json")}
    named = set(re.findall(r"\b(?:QC_[A-Z_]+|UNDELIVERED)\b", path.read_text()))
    assert named <= streams


@pytest.mark.slow
def test_every_alert_and_document_that_it_leads_to_is_there(path: Path, objects: list[Object]) -> None:
    rules = [
        rule
        for item in of_kind(objects, "PrometheusRule")
        for group in item["spec"]["groups"]
        for rule in group["rules"]
    ]
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    for title, target in re.findall(r"\[([^\]]+)\]\(([^)#]+)\)", path.read_text()):
        if "://" in target:
            continue
        assert (path.parent / target).exists(), target
        if re.fullmatch(r"[A-Z][A-Za-z]+", title):
            assert title in alerts, title


@pytest.mark.slow
def test_every_setting_is_one_of_the_model(path: Path) -> None:
    """``components.<agent>.replicas``, ``cluster.addons.velero``: dotted paths in code are keys of the model."""
    project = load_project(ROOT)
    for text in re.findall(r"`([a-z_]+(?:\.[a-z_<>-]+)+)`", path.read_text()):
        if text.split(".")[-1] in ("yaml", "md", "py", "json", "sh", "tar"):
            continue
        assert _is_setting(text.split("."), project.system, next(iter(project.environments.values()))), text


def _is_setting(keys: list[str], system: System, environment: Environment) -> bool:
    """Whether the model of the system or of an environment has these keys; ``<name>`` stands for any."""
    return any(_has(json.loads(text), keys) for text in schemas(Registry()).values())


def _has(schema: dict[str, object], keys: list[str]) -> bool:
    places = [schema]
    for key in keys:
        places = [below for place in places for below in _below(schema, place, key)]
    return bool(places)


def _below(root: dict[str, object], place: dict[str, object], key: str) -> Iterator[dict[str, object]]:
    for found in _alternatives(root, place):
        properties = found.get("properties")
        if isinstance(properties, dict) and key in properties:
            yield properties[key]
        patterns = found.get("patternProperties", {})
        assert isinstance(patterns, dict)
        if key.startswith("<"):
            yield from patterns.values()
            more = found.get("additionalProperties")
            if isinstance(more, dict):
                yield more


def _alternatives(root: dict[str, object], place: dict[str, object]) -> Iterator[dict[str, object]]:
    if "$ref" in place:
        definitions = root["$defs"]
        assert isinstance(definitions, dict)
        yield from _alternatives(root, definitions[str(place["$ref"]).rsplit("/", 1)[1]])
    choices = place.get("anyOf", [])
    assert isinstance(choices, list)
    for one in choices:
        yield from _alternatives(root, one)
    yield place
