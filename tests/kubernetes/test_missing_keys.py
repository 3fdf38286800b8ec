"""A key that a Secret or ConfigMap of the output does not have is refused where it is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.system.missing_keys import known_keys
from support.kubernetes.synthesis import render
from support.project import Project

Json = dict[str, Any]
COMPONENTS = """\
components:
  sessions: { kind: valkey, image: oven, storage: { size: 1Gi, path: /data } }
  books: { kind: postgresql, image: oven, storage: { size: 20Gi, path: /pg }, roles: {} }
"""


def bakery(project: Project, shop: str) -> Project:
    project.write_system("toolbox: nats\n" + project.system_file.read_text())
    project.replace_in_system("components:\n", COMPONENTS)
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n    reaches: [sessions, books]\n    {shop}\n")
    return project


@pytest.mark.parametrize(
    ("shop", "key", "said"),
    [
        ("environment: { H: { secret: books, key: hots } }", "environment.H.key", 'expected "host"'),
        ("environment: { H: { secret: sessions, key: user } }", "environment.H.key", "one of host, password, port"),
        ("environment: { H: { secret: books-writer, key: user } }", "environment.H.key", "one of password, username"),
        ("files: { /etc/x: { secret: books, key: dsn } }", "files./etc/x.key", "in the Secret books"),
        ("files: { /etc/x: { secret: sessions, items: { url: u } } }", "files./etc/x.items.url", "host"),
        (
            "volumes: { v: { projected: [{ secret: { name: books, items: [{ key: dsn, path: d }] } }], mount: /v } }",
            "volumes.v.projected[0].secret.items[0].key",
            'no key "dsn" in the Secret books',
        ),
        (
            "side_cars: [{ name: beside, environment: { H: { secret: books, key: dsn } } }]",
            "side_cars[0].environment.H.key",
            'no key "dsn" in the Secret books',
        ),
        (
            "files: { /etc/a: { text: a }, /etc/b: { config_map: shop-files, key: nope } }",
            "files./etc/b.key",
            'no key "nope" in the ConfigMap shop-files',
        ),
    ],
)
def test_a_key_that_nothing_creates_is_refused_at_its_line(
    project: Callable[[], Project], out: Path, shop: str, key: str, said: str
) -> None:
    with pytest.raises(PropsError) as refused:
        render(bakery(project(), shop).root, out)
    (problem,) = refused.value.problems
    assert (problem.file, problem.key) == ("apps/system.yaml", f"components.shop.{key}")
    assert problem.line > 0
    assert said in str(problem)


@pytest.mark.parametrize(
    "shop",
    [
        "environment: { H: { secret: books, key: host }, W: { secret: books-writer, key: username } }",
        "environment: { H: { secret: books, key: dsn, optional: true } }",
        "environment: { H: { secret: theirs, key: anything } }",
    ],
)
def test_keys_that_exist_or_may_be_missing_are_fine(project: Callable[[], Project], out: Path, shop: str) -> None:
    assert render(bakery(project(), shop).root, out)


def test_a_patch_counts(project: Callable[[], Project], out: Path) -> None:
    made = bakery(project(), "environment: { H: { secret: books, key: host } }")
    env = [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "books", "key": "dsn"}}}]
    patch = f"{{ op: add, path: /spec/template/spec/containers/0/env, value: {env} }}"
    text = made.system_file.read_text()
    made.write_system(f"{text}patches: {{ more: {{ kind: Deployment, name: shop, operations: [{patch}] }} }}\n")
    with pytest.raises(PropsError, match='Deployment shop: no key "dsn" in the Secret books'):
        render(made.root, out)


def item(kind: str, name: str = "x", **fields: Any) -> Json:
    return {"kind": kind, "metadata": {"name": name}, **fields}


def external(**more: Any) -> Json:
    return item("ExternalSecret", spec={"data": [{"secretKey": "a"}], **more})


@pytest.mark.parametrize(
    ("made", "keys"),
    [
        ([item("Secret", data={"a": ""}, stringData={"b": ""})], "a b"),
        ([item("Secret", type="kubernetes.io/service-account-token")], None),
        ([item("ConfigMap", data={"a": ""}, binaryData={"b": ""})], "a b"),
        ([external()], "a"),
        ([external(dataFrom=[{"extract": {"key": "r"}}])], None),
        ([external(target={"template": {"data": {"b": ""}}})], None),
        ([external(target={"creationPolicy": "Merge"})], None),
        ([item("SealedSecret", spec={"encryptedData": {"a": ""}})], "a"),
        ([item("Certificate", "c", spec={"secretName": "x"})], "ca.crt tls.crt tls.key"),
        ([item("Certificate", "c", spec={"secretName": "x", "keystores": {}, "additionalOutputFormats": [1]})], None),
        ([item("ConfigMap", "c", data={"create-secrets.sh": "#!", "secrets": "x a b=1 c@/f\n"})], "a b c"),
    ],
)
def test_keys_are_known_unless_something_else_can_add_some(made: list[Json], keys: str | None) -> None:
    kind = "ConfigMap" if made[0]["kind"] == "ConfigMap" and made[0]["metadata"]["name"] == "x" else "Secret"
    found = known_keys(made).get((kind, "x"))
    assert found == (None if keys is None else frozenset(keys.split()))
