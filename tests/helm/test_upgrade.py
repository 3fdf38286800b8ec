"""An upgrade changes nothing that the API refuses to change, whatever release it comes from and whatever is set."""

import json
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.derive import Derived
from quantacirc_cdk.helm.expression import Scope
from quantacirc_cdk.helm.node import evaluate
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.settings import nested
from quantacirc_cdk.helm.yaml_text import document
from quantacirc_cdk.model import Project
from support.helm.helm import template
from support.helm.previous import FOLDER as PREVIOUS
from support.helm.previous import fixed, recorded, refused
from support.kubernetes.manifests import ENVIRONMENTS, Object
from support.tools import ROOT

pytestmark = pytest.mark.slow

MANIFESTS = ROOT / "dist" / "kubernetes"
FOREVER = "cannot be changed"
"""What the description of a value says that is for the first installation."""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_last_releases_values_keep_what_cannot_be_changed(chart: Path, project: Project, environment: str) -> None:
    namespace = project.environments[environment].namespace or project.system.name
    values = PREVIOUS / f"values-{environment}.yaml"
    objects = template(chart, "--values", values, name=project.system.name, namespace=namespace)
    before = recorded(environment)
    assert len(before) > 20
    kept = {(item["kind"], item["metadata"]["name"]) for item in before}
    after = [item for item in fixed(objects) if (item["kind"], item["metadata"]["name"]) in kept]
    assert refused(before, after) == []


@pytest.mark.parametrize(
    ("file", "pattern", "other", "kind"),
    [
        ("orchestrator.yaml", r"(selector:\n    matchLabels:\n)", r"\1      app.kubernetes.io/more: x\n", "Deployment"),
        ("bus.yaml", r"bus-headless(?=.*\n  template:)", "bus-peers", "StatefulSet"),
        ("bus.yaml", r"(volumeClaimTemplates:(?:\n.*)+?name: )data", r"\1storage", "StatefulSet"),
        ("bus.yaml", r"podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady", "StatefulSet"),
        ("bus.yaml", r'clusterIP: "?None"?', "clusterIP: 10.0.0.1", "Service"),
    ],
)
def test_a_forbidden_change_is_found(
    chart: Path, project: Project, tmp_path: Path, file: str, pattern: str, other: str, kind: str
) -> None:
    changed = shutil.copytree(chart, tmp_path / chart.name)
    path = changed / "templates" / file
    text, count = re.subn(pattern, other, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")
    before, after = (template(one, name=project.system.name) for one in (chart, changed))
    found = refused(fixed(before), fixed(after))
    assert found
    assert found[0].startswith(f"{kind} ")


def test_another_version_changes_no_job_but_those_that_run_it(chart: Path, project: Project) -> None:
    before = template(chart, name=project.system.name)
    after = template(chart, "--set", "image.tag=9.9.9", name=project.system.name)
    names = [sorted(item["metadata"]["name"] for item in items if item["kind"] == "Job") for items in (before, after)]
    assert names[0] == names[1] != []
    assert refused(before, after) == []


@pytest.fixture(scope="module")
def derived(project: Project) -> Derived:
    return system_chart(project, MANIFESTS).derived()


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["", ENVIRONMENTS[-1]])
def test_no_value_changes_what_cannot_be_changed_unless_it_says_so(derived: Derived, environment: str) -> None:
    known = derived.found[environment] if environment else {}
    values = {each.path: known.get(each.path, each.default) for each in derived.parameters}
    texts = {each.key: document(each.node, each.conditions) for each in derived.templates if each.key.kind in FIXED}
    tried, silent, before = 0, [], {key: objects_of(derived, values, [key]) for key in texts}
    for parameter in derived.parameters:
        # A template that does not name the value may still read it through a helper, as that of images does.
        about = [key for key, text in texts.items() if parameter.path in text] or texts
        for other in alternatives(parameter, values[parameter.path]):
            tried += 1
            after = objects_of(derived, {**values, parameter.path: other}, about)
            there = [item for key in sorted(about) for item in before[key]]
            if after == there:
                continue
            changed = [
                f"{parameter.path}={other!r}: {key}: {finding.change.field}"
                for key, findings in compare_objects(there, after).items()
                for finding in findings
                if finding.change.path and finding.impact >= Impact.RECREATE
            ]
            silent += changed if FOREVER not in parameter.description else []
    assert silent == []
    assert tried > len(derived.parameters) // 2


FIXED = ("Deployment", "Job", "RoleBinding", "Service", "StatefulSet")
"""Kinds with fields that cannot be changed."""


def objects_of(derived: Derived, values: dict[str, Any], keys: Collection[Key]) -> list[Object]:
    """Return what some templates of the chart give, worked out without Helm."""
    scope = Scope(values=nested(values), release="r", namespace="n", app_version="1")
    return [
        evaluate(each.node, scope)
        for each in derived.templates
        if each.key in keys and all(condition.compute(scope) for condition in each.conditions)
    ]


TEXTS = ("x", "2Gi", "7m", "https://x.example", "tls://x.example:4222", "10.99.0.0/16", "0 5 * * *", "x.example/y")


def alternatives(parameter: Parameter, current: Any) -> Iterator[Any]:
    """Yield a value that a parameter does not have now."""
    validator = Draft7Validator(json.loads(json.dumps(parameter.schema)))
    match current:
        case bool():
            candidates: list[Any] = [not current]
        case int():
            candidates = [current + 1, current - 1]
        case str():
            candidates = [*parameter.schema.get("enum", ()), *TEXTS]
        case _:
            candidates = [parameter.example] if parameter.example is not None else [{"a": "b"}, {"cpu": "3"}]
    yield from [each for each in candidates if each != current and validator.is_valid(each)][:1]
