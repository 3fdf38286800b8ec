"""What a user of the chart sets: defaults that work, values that are refused by name, the chart inside another."""

import itertools
import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from quantacirc_cdk.model import Project
from support.drawn import first_seed
from support.helm.helm import RELEASES, run, template
from support.helm.valid import wrong
from support.kubernetes.manifests import containers, pod_templates
from support.kubernetes.schemas import CORE, OLDEST

pytestmark = pytest.mark.integration

SEED = first_seed()
SWITCHES = int(os.environ.get("FUZZ_VALUES", "15"))
"""How many switches a run flips; ``make fuzz`` flips all."""


def switches(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield every boolean of the values with its path."""
    if isinstance(values, bool):
        yield path, values
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from switches(value, (*path, key))


def nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


@pytest.mark.parametrize("release", RELEASES)
def test_no_values_at_all_give_a_working_system(chart: Path, project: Project, release: str) -> None:
    objects = template(chart, name=project.system.name, release=release, tests=True)
    kinds = {item["kind"] for item in objects}
    assert {"Deployment", "StatefulSet", "Service", "NetworkPolicy"} <= kinds
    assert {item["apiVersion"] for item in objects} <= CORE, "the defaults need no add-on"
    assert wrong(objects) == []


def test_the_chart_says_what_it_is_and_which_images_it_runs(chart: Path, project: Project) -> None:
    facts = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert facts["apiVersion"] == "v2"
    assert facts["appVersion"] == facts["version"] in {one.release.version for one in project.environments.values()}
    assert facts["kubeVersion"] == f">={OLDEST}.0-0"
    assert facts["maintainers"]
    assert facts["icon"].startswith("data:image/svg+xml;base64,")
    listed = {each["image"] for each in yaml.safe_load(facts["annotations"]["artifacthub.io/images"])}
    objects = template(chart, name=project.system.name)
    assert {container["image"] for _, pod in pod_templates(objects) for container in containers(pod)} <= listed


@pytest.mark.slow
def test_every_switch_can_be_flipped(chart: Path, project: Project, tmp_path: Path) -> None:
    found = list(switches(yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))))
    assert len(found) > 10
    file = tmp_path / "values.yaml"
    print(f"FUZZ_SEED={SEED}")
    for path, value in random.Random(SEED).sample(found, min(SWITCHES, len(found))):
        file.write_text(yaml.safe_dump(nested(path, not value)), encoding="utf-8")
        done = run("template", project.system.name, chart, "--values", file)
        if value is True and path[-1] == "enabled" and f"{path[0]}.enabled is false, but in use by" in done.stderr:
            continue  # What others use is refused by name.
        objects = template(chart, "--values", file, name=project.system.name)
        assert wrong(objects) == [], f"{'.'.join(path)}={not value}"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"addons": {"keda": "yes please"}}, "keda"),
        ({"adons": {}}, "adons"),
        ({"target": "moon"}, "target"),
        ({"commonLabels": ["a"]}, "commonLabels"),
        ({"orchestrator": {"autoscaling": {"minReplicas": 0}}}, "minReplicas"),
        ({"orchestrator": {"autoscaling": {"maxReplicas": 1001}}}, "maxReplicas"),
        ({"ledger": {"replicas": 2}}, "replicas"),
        ({"artifacts": {"replicas": 2}}, "replicas"),
        ({"bus": {"persistence": {"size": "ten"}}}, "size"),
        ({"bus": {"persistense": {}}}, "persistense"),
        ({"orchestrator": {"image": {"digest": "sha256:abc"}}}, "digest"),
        ({"orchestrator": {"extraVolumes": [{"name": "extra-host", "hostPath": {"path": "/"}}]}}, "extraVolumes"),
        ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "commonLabels"),
    ],
)
def test_bad_values_are_refused_and_named(
    chart: Path, project: Project, tmp_path: Path, values: dict[str, Any], named: str, release: str
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    done = run("template", project.system.name, chart, "--values", file, release=release)
    assert done.returncode != 0
    assert named in done.stderr


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("place", ["commonLabels", "global.podLabels"])
@pytest.mark.parametrize("label", ["app.kubernetes.io/name", "a b"])
def test_a_label_that_is_refused_is_named_with_its_place(chart: Path, release: str, place: str, label: str) -> None:
    """With ``propertyNames``, Helm's message names another value."""
    inner = {label: "x"}
    values = {"global": {"podLabels": inner}} if "." in place else {place: inner}
    done = run("template", "a", chart, *(f"--set-json={key}={json.dumps(item)}" for key, item in values.items()),
               release=release)  # fmt: skip
    said = [line for line in done.stderr.replace("~1", "/").splitlines() if label in line]
    assert said
    assert all(place.replace(".", "/") in line or place in line for line in said)


@pytest.mark.slow
def test_every_value_and_section_that_is_removed_is_refused_by_name(chart: Path) -> None:
    """As ``--reuse-values`` does with what is new, and null with what a parent chart or a user does not want."""
    validator = Draft7Validator(json.loads((chart / "values.schema.json").read_text(encoding="utf-8")))
    defaults = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    places = [path for path, _ in entries(validator.schema) if path != ".enabled"]
    assert len(places) > 500
    for together in apart(tuple(place[1:].split(".")) for place in places):
        values = json.loads(json.dumps(defaults))
        for *outer, last in together:
            section = values
            for step in outer:
                section = section[step]
            del section[last]
        errors = {tuple(error.path): error.message for error in validator.iter_errors(values)}
        assert errors.keys() == {place[:-1] for place in together}
        assert [place for place in together if place[-1] not in errors[place[:-1]]] == []


def apart(places: Iterable[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Return places in groups in which none is inside another and no two are in one section."""
    groups: dict[tuple[int, int], list[tuple[str, ...]]] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for place in places:
        groups.setdefault((len(place), seen[place[:-1]]), []).append(place)
        seen[place[:-1]] += 1
    return list(groups.values())


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("place", ["orchestrator", "bus.persistence", "orchestrator.ingress.enabled", "image.tag"])
def test_helm_refuses_what_is_removed(chart: Path, project: Project, place: str, release: str) -> None:
    done = run("template", project.system.name, chart, "--set", f"{place}=null", release=release)
    assert done.returncode != 0
    assert "values don't meet the specifications of the schema" in done.stderr
    assert place.rpartition(".")[2] in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_helm_names_every_value_and_section_that_is_nulled(
    chart: Path, project: Project, tmp_path: Path, release: str
) -> None:
    """All of one depth at once: Helm reports everything that is missing."""
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    places = [tuple(path[1:].split(".")) for path, _ in entries(schema) if path != ".enabled"]
    file, seen = tmp_path / "values.yaml", 0
    for depth in sorted({len(place) for place in places}):
        of_depth = [place for place in places if len(place) == depth]
        values: dict[str, Any] = {}
        for *outer, last in of_depth:
            section = values
            for step in outer:
                section = section.setdefault(step, {})
            section[last] = None
        file.write_text(json.dumps(values), encoding="utf-8")
        done = run("template", project.system.name, chart, "--values", file, release=release)
        assert done.returncode != 0
        said = missing_in(done.stderr)
        assert [place for place in of_depth if place not in said] == []
        seen += len(of_depth)
    assert seen == len(places) > 500


def missing_in(message: str) -> set[tuple[str, ...]]:
    """Return the values that a message of Helm 3 or Helm 4 calls missing."""
    found = set()
    for line in message.splitlines():
        if old := re.fullmatch(r"- (\S+): (\S+) is required", line):
            section = () if old[1] == "(root)" else tuple(old[1].split("."))
            found.add((*section, old[2]))
        elif new := re.fullmatch(r" *- at '/?(.*?)': missing propert(?:y|ies) (.+)", line):
            section = tuple(filter(None, new[1].split("/")))
            found |= {(*section, key) for key in re.findall(r"'([^']+)'", new[2])}
    return found


def test_the_schema_is_closed_and_says_what_everything_is(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    found = dict(entries(schema))
    assert len(found) > 500
    assert [path for path, entry in found.items() if not entry.get("description") or "default" not in entry] == []
    open_ones = [path for path, entry in found.items() if entry.get("additionalProperties") and "properties" in entry]
    assert open_ones == [".global"], "a parent chart has globals of its own"
    assert schema["additionalProperties"] is False
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    Draft7Validator(schema).validate(values)


def test_every_value_has_a_comment_with_what_the_schema_says(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    lines = (chart / "values.yaml").read_text(encoding="utf-8").splitlines()
    uncommented = [
        line
        for before, line in itertools.pairwise(lines)
        if (key := re.fullmatch(r"( *)(\w+): .+", line)) and not before.startswith(f"{key[1]}#") and len(key[1]) < 4
    ]
    assert uncommented == []
    said = " ".join(line.lstrip(" #") for line in lines)
    for path, entry in itertools.islice(entries(schema), 0, None, 25):
        if "properties" not in entry and path != ".enabled":
            assert entry["description"] in said, path


def entries(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in schema.get("properties", {}).items():
        yield f"{path}.{name}", entry
        if entry.get("default") == {}:
            yield from entries(entry, f"{path}.{name}")


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_the_chart_is_a_part_of_another(chart: Path, project: Project, tmp_path: Path, release: str) -> None:
    parent = tmp_path / "parent"
    shutil.copytree(chart, parent / "charts" / chart.name)
    version = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))["version"]
    (parent / "Chart.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v2",
                "name": "parent",
                "version": "1.0.0",
                "dependencies": [
                    {"name": chart.name, "version": version, "alias": "engine", "condition": "engine.enabled"}
                ],
            }
        ),
        encoding="utf-8",
    )
    (parent / "values.yaml").write_text(
        yaml.safe_dump(
            {
                "global": {"imageRegistry": "mirror.example", "of-somebody-else": {"a": 1}},
                "engine": {"enabled": True, "commonLabels": {"team": "a"}},
            }
        ),
        encoding="utf-8",
    )
    objects = template(parent, name="anything", release=release)
    assert {item["metadata"]["labels"]["team"] for item in objects} == {"a"}
    assert wrong(objects) == []
    images = {container["image"] for _, pod in pod_templates(objects) for container in containers(pod)}
    assert {image.partition("/")[0] for image in images} == {"mirror.example"}
    assert template(parent, "--set", "engine.enabled=false", name="anything", release=release) == []


@pytest.mark.slow
def test_the_objects_may_be_in_another_namespace_than_the_release(chart: Path) -> None:
    elsewhere = run("template", "engine", chart, "--namespace", "platform", "--set", "namespaceOverride=shop")
    there = run("template", "engine", chart, "--namespace", "shop")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert elsewhere.stdout == there.stdout


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_a_pull_secret_of_the_chart_and_of_its_parent_is_there_once(
    chart: Path, project: Project, tmp_path: Path, release: str
) -> None:
    file = tmp_path / "values.yaml"
    parents = {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}
    file.write_text(yaml.safe_dump({"imagePullSecrets": [{"name": "a"}, {"name": "c"}], "global": parents}))
    objects = template(chart, "--values", file, name=project.system.name, release=release)
    found = {repr(pod["spec"].get("imagePullSecrets")) for _, pod in pod_templates(objects)}
    assert found == {repr([{"name": "a"}, {"name": "b"}, {"name": "c"}])}
