"""Patches in the files of a system and its environments: what is refused where it stands, and how they extend."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import Project

HEAD = "patches:\n  one:\n    kind: Deployment\n    name: shop\n"


def refused(project: Project, text: str) -> list[str]:
    project.write_system(project.system_file.read_text() + HEAD + text)
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    return [str(problem).removeprefix("apps/system.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "25: patches.one: a patch without `merge` and `operations`, expected one of them"),
        (
            "    merge: { a: 1 }\n    operations: [{ op: remove, path: /a }]\n",
            "25: patches.one: a patch with both `merge` and `operations`, expected one of them",
        ),
        (
            "    environments: [hom]\n    merge: { a: 1 }\n",
            '28: patches.one.environments[0]: no environment "hom", expected "home"',
        ),
        (
            "    merge: { metadata: { name: other } }\n",
            (
                "28: patches.one.merge.metadata.name: changes metadata.name, expected a patch of other fields than "
                "kind, name and namespace; to add an object, use Python"
            ),
        ),
        (
            "    operations:\n      - { op: replace, path: /kind, value: Job }\n",
            (
                "29: patches.one.operations[0].path: changes /kind, expected a patch of other fields than kind, "
                "name and namespace; to add an object, use Python"
            ),
        ),
        (
            "    operations:\n      - { op: add, path: /spec/x }\n",
            "29: patches.one.operations[0]: add without a value, expected `value`",
        ),
        (
            "    operations:\n      - { op: remove, path: /spec/x, value: 1 }\n",
            "29: patches.one.operations[0].value: remove with a value, expected no `value`",
        ),
        (
            "    operations:\n      - { op: move, path: /spec/x }\n",
            "29: patches.one.operations[0]: move without its origin, expected `from`",
        ),
        (
            "    operations:\n      - { op: add, path: /spec/x, value: { a: [null] } }\n",
            (
                "29: patches.one.operations[0].value: null, which Kubernetes treats as an absent field, "
                "expected a value, or the operation `remove`"
            ),
        ),
        (
            "    operations:\n      - { op: add, path: spec/x, value: 1 }\n",
            (
                '29: patches.one.operations[0].path: found "spec/x", expected a JSON pointer '
                "such as /spec/replicas, with ~1 for a slash in a key"
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_patch_is_said_where_it_stands(
    text: str, problem: str, project: Callable[[], Project]
) -> None:
    assert refused(project(), text) == [problem]


@pytest.mark.parametrize("key", ["shareProcessNamespace", "share_process_namespace"])
def test_a_field_that_the_model_has_no_key_for_is_said_to_need_a_patch(
    key: str, project: Callable[[], Project]
) -> None:
    made = project()
    made.replace_in_system("    exposed: true\n", f"    exposed: true\n    {key}: true\n")
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    assert [str(problem) for problem in caught.value.problems] == [
        (
            f"apps/system.yaml:20: components.shop.{key}: unknown key, expected a patch: the model has no key for "
            "spec.template.spec.shareProcessNamespace, but `patches` can set it (docs/patches.md)"
        )
    ]


def test_a_slip_of_a_key_is_still_taken_for_that(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_system("    exposed: true\n", "    exposed: true\n    imag: x\n")
    with pytest.raises(ModelError, match='unknown key, expected "image"'):
        load_project(made.root)


def test_a_patch_of_an_heir_replaces_that_of_its_base_as_a_whole_and_keeps_its_nulls(
    project: Callable[[], Project],
) -> None:
    made = project()
    body = "    merge: { spec: { replicas: 3, paused: true } }\n"
    made.write_environment("home", made.environment_file("home").read_text() + HEAD + body)
    heir = f"extends: home\nnamespace: far\ndomain: far.example\n{HEAD}    merge: {{ spec: {{ replicas: null }} }}\n"
    made.write_environment("far", f"{heir}  two: {{ kind: Service, name: shop, merge: {{ a: 1 }} }}\n")
    found = load_project(made.root).environments
    assert found["home"].patches["one"].merge == {"spec": {"replicas": 3, "paused": True}}
    assert found["far"].patches["one"].merge == {"spec": {"replicas": None}}
    assert list(found["far"].patches) == ["one", "two"]


def test_an_heir_can_drop_a_patch(project: Callable[[], Project]) -> None:
    made = project()
    made.write_environment("home", made.environment_file("home").read_text() + HEAD + "    merge: { a: 1 }\n")
    made.write_environment("far", "extends: home\nnamespace: far\ndomain: far.example\npatches: { one: null }\n")
    assert load_project(made.root).environments["far"].patches == {}
