"""Unknown keys: what people know from elsewhere is recognized, what means something else is not suggested."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.synonyms import SYNONYMS
from support.fields import sections
from support.project import Project

KNOWN = {
    "env": '"environment"',
    "environmentVariables": '"environment"',
    "entrypoint": '"command"',
    "healthcheck": '"probes"',
    "hpa": '"autoscaling"',
    "imgae": '"image"',
    "port": '"ports"',
}


def said(project: Project, key: str) -> str:
    project.replace_in_system("    publishes: [bakery.orders]\n", f"    publishes: [bakery.orders]\n    {key}: x\n")
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    (problem,) = [problem for problem in caught.value.problems if problem.what == "unknown key"]
    assert (problem.file, problem.line) == ("apps/system.yaml", 19)
    return problem.expected


@pytest.mark.parametrize(("key", "meant"), KNOWN.items())
def test_a_key_of_another_tool_is_recognized(key: str, meant: str, project: Callable[[], Project]) -> None:
    assert said(project(), key) == meant


@pytest.mark.parametrize("key", ["networks", "tolerations", "links", "affinity", "depends_on"])
def test_what_means_something_else_is_not_suggested(key: str, project: Callable[[], Project]) -> None:
    assert said(project(), key) == "one of the keys that `qcdk explain components.shop` lists"


def test_a_section_of_few_keys_lists_them(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_system("{ size: 1Gi, path: /data }", "{ size: 1Gi, path: /data, class: fast }")
    with pytest.raises(ModelError, match=r"storage\.class: unknown key, expected one of path, size"):
        load_project(made.root)


def test_every_synonym_leads_to_a_key() -> None:
    keys = {name for section in sections() for name in _fields(section)}
    assert set(SYNONYMS.values()) <= keys
    # Each is a key of one section, and what the other section's key is meant by.
    both = ["autoscaler", "hostname", "instance_type", "labels", "machine_type", "retention"]
    assert [name for name in SYNONYMS if name in keys] == both


def _fields(section: type[BaseModel]) -> set[str]:
    return set(section.model_fields)
