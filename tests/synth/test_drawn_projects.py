"""Whatever the model takes is synthesized, or refused with file and line; every output of it is valid.

The projects are drawn from the classes of the model (``support.drawn``), so a new field is in them at once. Of 50, the
last five are drawn anew in each run, and ``make fuzz`` draws 1,000 anew. A failure names the seed, and ``FUZZ_SEED``
repeats it.
"""

import json
import os
import random
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import yaml
from jsonschema import Draft7Validator

from quantacirc_cdk.given import Given, given
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.settings import section
from quantacirc_cdk.model import Environment, Project, load_project
from support.command import qcdk
from support.drawn import Drawn, drawn, first_seed
from support.helm.helm import by_name, handed_over, template
from support.helm.peers import egress_by_policy, open_rules
from support.kubernetes.manifests import Object, containers, pod_templates, read_folder
from support.kubernetes.published import errors as custom_errors
from support.kubernetes.schemas import CORE, errors
from support.tools import require

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("FUZZ_PROJECTS", "50"))
SEED = first_seed()
BATCH = 5
ANEW = 0 if "FUZZ_SEED" in os.environ else BATCH
FRESH = random.SystemRandom().randrange(2**32)
PLACED = re.compile(r"error: apps/(system|environments/[^/:]+)\.yaml:\d+: ")
LATE = re.compile(r"[^ ]+ [^ ]+ [^ /]+/components/")
"""A refusal of a construct's props, whose line is that of the component. The model refuses the same at the value."""


@pytest.mark.parametrize("start", range(0, COUNT, BATCH))
def test_drawn_projects_are_synthesized_whole_or_refused_with_file_and_line(start: int, tmp_path: Path) -> None:
    refused: Counter[str] = Counter()
    whole = 0
    for number in range(start, min(start + BATCH, COUNT)):
        seed = number + (FRESH if number >= COUNT - ANEW else SEED)
        print(f"FUZZ_SEED={seed}")
        root = tmp_path / str(seed)
        project, model = drawn(seed, root)
        done = qcdk("synth", "--project", root, "--out", root / "dist")
        refused += project.refused
        if done.returncode == 2:
            lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
            assert lines, done.stderr
            assert all(map(PLACED.match, lines)), f"seed {seed}: {done.stderr}"
            assert not any(map(LATE.match, lines)), f"seed {seed}: the model takes it: {done.stderr}"
            refused += Counter(re.sub(r'"[^"]*"|[0-9.]+', "_", line.split(": ", 2)[2]) for line in lines)
            continue
        assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"
        whole += 1
        check_output(project, model, root)
        if number % BATCH == 0:
            check_again(root)
    print(json.dumps({"whole": whole, "refused": refused}, indent=1))


def check_output(project: Drawn, model: Project, root: Path) -> None:
    """Fail where an output is wrong."""
    dist, wrong = root / "dist", []
    chart = dist / "helm" / model.system.name
    for name, environment in model.environments.items():
        objects = read_folder(dist / "kubernetes" / name)
        version = environment.cluster.kubernetes_version
        wrong += [line for item in objects if item["apiVersion"] in CORE for line in errors(item, version)]
        wrong += custom_errors(objects)
        namespace = environment.namespace or model.system.name
        wrong += [f"{one.kind} {one.name}: nobody creates it" for one in unstated(root, objects, namespace)]
        for release in ("helm", "helm-oldest"):
            values = ("--values", chart / f"values-{name}.yaml")
            rendered = template(chart, *values, name=model.system.name, namespace=namespace, release=release)
            wrong += differences(objects, rendered)
    folders = sorted(path for path in (dist / "gitops").rglob("*") if path.is_dir())
    wrong += custom_errors([item for folder in folders for item in read_folder(folder)])
    wrong += of_other_values(chart, next(iter(model.environments.values())))
    wrong += of_stores(chart, model, dist)
    wrong += undeclared(model, dist)
    wrong += [line for path in dist.glob("compose/**/compose.yaml") for line in compose_errors(path)]
    workflows = [*(dist / "cicd" / "github" / ".github" / "workflows").glob("*.yml")]
    if workflows:
        command = [require("actionlint", "run `make test`, which installs it"), "-no-color", *workflows]
        wrong += subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    assert not wrong, f"seed {project.seed}: {wrong[:5]}"


def unstated(root: Path, objects: list[Object], namespace: str) -> list[Given]:
    """Return what pods need, nothing creates, and neither a file of the model nor a component's name leads to."""
    model = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "apps").rglob("*.yaml")))
    components = tuple(load_project(root).system.components)
    missing = [one for one, need in given(objects, namespace).items() if not need.optional]
    return [one for one in missing if one.name not in model and not one.name.startswith(components)]


def check_again(root: Path) -> None:
    """Fail where a second synthesis writes other bytes, or a part alone is not the part of the whole."""
    first = files(root / "dist")
    assert qcdk("synth", "--project", root, "--out", root / "again").returncode == 0
    assert files(root / "again") == first
    part = ("--only", "kubernetes", "--only", "helm")
    assert qcdk("synth", "--project", root, "--out", root / "part", *part).returncode == 0
    found = files(root / "part")
    assert found == {name: data for name, data in first.items() if name.startswith(("kubernetes/", "helm/"))}


def files(folder: Path) -> dict[str, bytes]:
    """Return what is generated below a folder, without the list of it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != ".qcdk.sha256")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def differences(objects: list[Object], rendered: list[Object]) -> list[str]:
    """Return the objects that the chart renders otherwise than they stand in the manifests."""
    expected, found = by_name(handed_over(objects)), by_name(rendered)
    return [f"chart: {key}" for key in sorted({*expected, *found}) if expected.get(key) != found.get(key)]


OTHERS: dict[str, Any] = {
    "namespaceOverride": "elsewhere",
    "global": {
        "podLabels": {"drawn": "yes"},
        "nodeSelector": {"drawn": "yes"},
        "extraEnv": [{"name": "Z", "value": "z"}],
    },
    "resourceQuota": {"create": True},
    "namespace": {"create": False},
}
"""Values that a chart has, unless nothing in it depends on them."""
NO_ROOM = "has no room in the names of the chart"


def of_other_values(chart: Path, environment: Environment) -> list[str]:
    """Return what is wrong with two other releases in one other namespace, with values for all pods."""
    known = yaml.load((chart / "values.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    values = {key: item for key, item in OTHERS.items() if key in known}
    values["global"] = {key: item for key, item in OTHERS["global"].items() if key in known["global"]}
    file = chart.parent / "others.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    options = ("--values", chart / f"values-{environment.name}.yaml", "--values", file)
    try:
        found, other = (template(chart, *options, name=name, namespace="shared") for name in ("z", "y"))
    except AssertionError as error:
        if NO_ROOM in str(error):
            return []
        raise
    finally:
        file.unlink()
    version = environment.cluster.kubernetes_version
    wrong = [line for item in found if item["apiVersion"] in CORE for line in errors(item, version)]
    wrong += [f"in both releases: {key}" for key in by_name(found).keys() & by_name(other).keys() if "." not in key[3]]
    pods = [pod["metadata"]["labels"] for _, pod in pod_templates(other)]
    for item in found:
        name = item["metadata"]["name"]
        if "." not in name and not name.startswith("z-"):
            wrong.append(f"{item['kind']} {name}: no prefix")
        wanted = item["spec"].get("selector") if item["kind"] in ("Service", "Deployment", "StatefulSet") else None
        labels = (wanted or {}).get("matchLabels", wanted)
        if labels and any(labels.items() <= pod.items() for pod in pods):
            wrong.append(f"{item['kind']} {name}: selects pods of the other release")
    for item, pod in pod_templates(found):
        told = [("Z", "z") in [(each["name"], each.get("value")) for each in one["env"]] for one in containers(pod)]
        if pod["metadata"]["labels"].get("drawn") != "yes" or not pod["spec"].get("nodeSelector") or not all(told):
            wrong.append(f"{item['kind']} {item['metadata']['name']}: without the values of all pods")
    return wrong


def of_stores(chart: Path, model: Project, dist: Path) -> list[str]:
    """Return the rules of network policies that allow all connections when stores are switched off, one at a time and
    all, and those stores that their clients cannot reach then.
    """
    known = set.union(*(open_rules(read_folder(dist / "kubernetes" / name)) for name in model.environments))
    values = yaml.load((chart / "values.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    stores = [key for key, item in values.items() if isinstance(item, dict) and {"enabled", "existingSecret"} <= {*item}
              and "url" not in item]  # fmt: skip
    names = {section(name): name for name in model.system.components}
    wrong = []
    # A store that the defaults do not install needs a Secret.
    given = [part for name in stores if not values[name]["enabled"] for part in ("--set", f"{name}.existingSecret=x")]
    base = egress_by_policy(template(chart, *given, name=model.system.name))
    for off in [*([store] for store in stores), stores] if stores else []:
        options = [part for name in off for part in ("--set", f"{name}.enabled=false,{name}.existingSecret=x")]
        objects = template(chart, *given, *options, name=model.system.name)
        wrong += [f"without {off}: open to all: {rule}" for rule in open_rules(objects) - known]
        found = egress_by_policy(objects)
        for policy, ports in base.items():
            gone = {peer for _, peer in ports} & {names.get(store) for store in off}
            if gone and policy in found and not any("/" in peer for _, peer in found[policy]):
                wrong.append(f"without {off}: {policy} reaches none of them")
    return wrong


def undeclared(model: Project, dist: Path) -> list[str]:
    """Return the parameters that no file of the project explains."""
    parameters = system_chart(model, dist / "kubernetes").derived().parameters
    return [f"undeclared: {parameter.path}" for parameter in parameters if parameter.undeclared]


def compose_errors(path: Path) -> list[str]:
    """Return what the specification of Compose refuses in a file."""
    found = compose_schema().iter_errors(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
    return [f"compose: {error.json_path}: {error.message[:200]}" for error in found]


@cache
def compose_schema() -> Draft7Validator:
    folder = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema: Any = json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))
    return Draft7Validator(schema)
