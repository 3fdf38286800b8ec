"""A chart of anybody's objects renders each variant, and what cannot be one is refused with all its reasons."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.helm import Place, Value, chart
from support.helm.helm import RELEASES, by_name, run, template
from support.tools import ROOT

Object = dict[str, Any]


def deployment(name: str = "web", replicas: int = 1, **pod: Any) -> Object:
    labels = {"app": name}
    spec = {"containers": [{"name": name, "image": "nginx:1", **pod}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def config(**data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"},
        "data": data,
    }


REPLICAS = Value(path="web.replicas", description="Pods.", places=[Place(kind="Deployment", path="spec.replicas")])


def with_schema(**schema: Any) -> Value:
    return replace(REPLICAS, schema=schema)


def rendered(folder: Path, name: str, variant: str, release: str) -> dict[tuple[str, str, str, str], Object]:
    values = folder / name / f"values-{variant}.yaml"
    return by_name(template(folder / name, "--values", values, name=name, namespace="shop", release=release))


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_each_variant_comes_out_and_the_first_without_values(tmp_path: Path, release: str) -> None:
    variants = {
        "large": [deployment(replicas=9, args=["-a", "-a"]), config(text="{{ braces }}", lines="one\ntwo\n")],
        "small": [deployment(replicas=1, args=["-a"]), deployment("debug")],
    }
    chart("shop", variants, values=[REPLICAS]).write(tmp_path)
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, release) == by_name(objects)
    assert by_name(template(tmp_path / "shop", name="shop", release=release)) == by_name(variants["large"])
    moved = template(tmp_path / "shop", name="shop", namespace="elsewhere", release=release)
    assert {item["metadata"]["namespace"] for item in moved} == {"elsewhere"}
    assert run("lint", tmp_path / "shop", "--strict", release=release).returncode == 0


@pytest.mark.integration
def test_only_fields_called_namespace_follow_the_release(tmp_path: Path) -> None:
    said = {"namespace": "shop", "other": {"namespace": "monitoring"}, "label": "shop", "address": "web.shop.svc"}
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "shop"}, "spec": [said]}
    chart("shop", {"one": [thing]}).write(tmp_path)
    (found,) = template(tmp_path / "shop", name="shop", namespace="elsewhere")
    assert found["spec"] == [{**said, "namespace": "elsewhere"}]
    assert found["metadata"]["name"] == "shop"


@pytest.mark.integration
def test_files_are_read_as_by_kubernetes(tmp_path: Path) -> None:
    text = "kind: Thing\napiVersion: example.com/v1\nmetadata:\n  name: web\nspec:\n  level: {}\n"
    for variant, found in (("one", "[1e3, 08, 0o644, 1:30, y, 2001-01-01, { 80: N }]"), ("two", "[]")):
        (tmp_path / variant).mkdir()
        (tmp_path / variant / "web.yaml").write_text(text.format(found))
    chart("shop", {one: tmp_path / one for one in ("one", "two")}).write(tmp_path)
    (found,) = template(tmp_path / "shop", name="shop")
    assert found["spec"]["level"] == [1000, 8, 420, "1:30", True, "2001-01-01", {"80": False}]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("!!binary aGk=", "found the tag !!binary, expected none"),
        ("!!timestamp 2001-01-01", "found the tag !!timestamp, expected none"),
        (".inf", "found .inf, expected a number that JSON has"),
        ("{ ~: a }", "found the key null, expected text"),
        ("{ 1.5: a }", "found the key 1.5, expected text"),
    ],
)
def test_a_file_with_what_json_does_not_have_is_refused_with_its_line(tmp_path: Path, found: str, reason: str) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(f"kind: Thing\napiVersion: example.com/v1\nmetadata: {{ name: web }}\nspec:\n  level: {found}\n")
    with pytest.raises(ModelError) as error:
        chart("shop", {"one": tmp_path})
    assert f"{file}:5: not YAML of Kubernetes: {reason}" in str(error.value)


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_empty_lines_at_the_end_of_a_document_stay(tmp_path: Path, release: str) -> None:
    rules = ({"name": "first", "text": "a\n\n"}, {"name": "second", "text": "b\n\n\n"})
    texts = {"zzz": "end\n\n"}
    variants = {
        "one": [{**config(), "data": {"a": "x", **texts}}, {**deployment(), "zrules": [rules[0]]}],
        "two": [{**config(), "data": {"a": "y", "zzz": "other\n\n\n"}}, {**deployment(), "zrules": [*rules]}],
    }
    chart("shop", variants).write(tmp_path)
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, release) == by_name(objects)


@pytest.mark.integration
def test_labels_that_say_nothing_or_name_a_file_that_helm_skips_lose_no_object(tmp_path: Path) -> None:
    variants = {}
    for name, text in (("one", "no"), ("two", "{{")):
        empty, named = config(text=text), deployment()
        empty["metadata"]["labels"] = None
        named["metadata"]["labels"] = {"app.kubernetes.io/name": "_helpers"}
        variants[name] = [empty, named]
    chart("shop", variants).write(tmp_path)
    for name in variants:
        found = rendered(tmp_path, "shop", name, "helm")
        assert [*by_name(variants[name])] == [*by_name(list(found.values()))]
        assert found["v1", "ConfigMap", "shop", "settings"]["data"] == variants[name][0]["data"]


@pytest.mark.integration
def test_a_value_is_set_where_it_is_said_to_stand_and_keeps_its_type(tmp_path: Path) -> None:
    made = chart("shop", {"one": [deployment(replicas=2)]}, values=[REPLICAS])
    made.write(tmp_path)
    (found,) = template(tmp_path / "shop", "--set", "web.replicas=7", name="shop")
    assert found["spec"]["replicas"] == 7
    refused = run("template", "shop", tmp_path / "shop", "--set", "web.replicas=many")
    assert refused.returncode != 0
    assert "replicas" in refused.stderr


def test_differences_that_no_value_explains_are_values_and_listed() -> None:
    made = chart(
        "shop", {"one": [deployment(replicas=2)], "two": [deployment(replicas=3, tty=True)]}, values=[REPLICAS]
    )
    rows = {row["path"]: (row["values"], row["undeclared"]) for row in made.parity()["parameters"]}
    assert rows["web.replicas"] == ({"one": 2, "two": 3}, False)
    assert [undeclared for path, (_, undeclared) in rows.items() if path != "web.replicas"] == [True]


@pytest.mark.parametrize(
    ("field", "one", "two", "path"),
    [
        ("args", ["--quiet"], ["--verbose", "--quiet"], "containersWebArgsVerboseEnabled"),
        ("args", ["."], [".", "/"], "containersWebArgs1Enabled"),
        (
            "volumeMounts",
            [{"mountPath": "/a", "name": "a"}],
            [{"mountPath": "/a", "name": "a"}, {"mountPath": "/b/cD", "name": "a"}],
            "containersWebVolumeMountsBCDEnabled",
        ),
        (
            "envFrom",
            [{"prefix": "A_", "secretRef": {"name": "a"}}],
            [{"prefix": "A_", "secretRef": {"name": "a"}}, {"prefix": "B_", "secretRef": {"name": "web-keys"}}],
            "containersWebEnvFromWebKeysEnabled",
        ),
        (
            "env",
            [{"name": "LOG_LEVEL", "value": "info"}],
            [{"name": "LOG_LEVEL", "value": "debug"}],
            "containersWebEnvLogLevelValue",
        ),
    ],
)
def test_an_item_of_a_list_is_called_by_what_it_says(field: str, one: list, two: list, path: str) -> None:
    made = chart("shop", {"one": [deployment(**{field: one})], "two": [deployment(**{field: two})]})
    assert [row["path"] for row in made.parity()["parameters"]] == [f"web.deployment.{path}"]


def test_items_with_one_name_are_called_by_what_only_one_of_them_says() -> None:
    def route(*paths: str) -> Object:
        rules = [
            {"backendRefs": [{"name": "closed", "port": 80}], "matches": [{"path": {"type": "Exact", "value": path}}]}
            for path in paths
        ]
        kind = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"}
        return {**kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": {"rules": rules}}

    rows = chart("shop", {"one": [route("/a")], "two": [route("/a", "/livez", "/readyz")]}).parity()["parameters"]
    assert [row["path"] for row in rows] == ["web.httpRoute.rulesLivezEnabled", "web.httpRoute.rulesReadyzEnabled"]


def test_alerts_and_rules_of_policies_are_called_by_what_they_say() -> None:
    def variant(*ports: int, alerts: dict[str, str]) -> list[Object]:
        listed = [{"alert": name, "expr": expr} for name, expr in alerts.items()]
        egress = [
            {"ports": [{"port": port}], "to": [{"podSelector": {"matchLabels": {"app": "db"}}}]} for port in ports
        ]
        kinds = {
            "PrometheusRule": ("monitoring.coreos.com/v1", {"groups": [{"name": "all", "rules": listed}]}),
            "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector": {}, "egress": egress}),
        }
        return [
            {"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}
            for kind, (version, spec) in kinds.items()
        ]

    one = variant(53, alerts={"Down": "up == 0"})
    two = variant(53, 5432, alerts={"BackupFailed": "failed > 0", "Down": "up < 1"})
    rows = chart("shop", {"one": one, "two": two}).parity()["parameters"]
    assert {row["path"]: row["values"] for row in rows} == {
        "web.networkPolicy.egress5432Enabled": {"one": False, "two": True},
        "web.prometheusRule.groupsAllRulesBackupFailedEnabled": {"one": False, "two": True},
        "web.prometheusRule.groupsAllRulesDownExpr": {"one": "up == 0", "two": "up < 1"},
    }


def test_the_items_of_a_list_are_objects_of_the_chart(tmp_path: Path) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [deployment(), config()]}
    assert chart("shop", {"one": [listed]}).files() == chart("shop", {"one": [deployment(), config()]}).files()
    (tmp_path / "app.yaml").write_text(yaml.safe_dump(listed, sort_keys=False))
    assert chart("shop", {"one": tmp_path}).files() == chart("shop", {"one": [deployment(), config()]}).files()


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_an_empty_mapping_in_one_variant_is_a_value_beside_others(tmp_path: Path, release: str) -> None:
    limits = {"limits": {"memory": "1Gi"}}
    found = [limits | {"requests": {"cpu": "1"}}, {}, limits]
    variants = {f"v{index}": [deployment(replicas=index, resources=one)] for index, one in enumerate(found)}
    chart("shop", variants, values=[REPLICAS]).write(tmp_path)
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, release) == by_name(objects)


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_a_text_of_several_lines_that_differs_is_one_value_that_users_set(tmp_path: Path, release: str) -> None:
    texts = ("a: 1\nlog: debug\nz: 2\nkeep: 1\n", "a: 1\nlog: info\nz: 2\nkeep: 5\nmore: {{ x }}\n", "one line")
    variants = {f"v{index}": [config(file=text)] for index, text in enumerate(texts)}
    made = chart("shop", variants)
    made.write(tmp_path)
    assert made.derived.defaults == {"settings": {"configMap": {"dataFile": texts[0]}}}
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, release) == by_name(objects)
    mine = tmp_path / "mine.yaml"
    mine.write_text(yaml.safe_dump({"settings": {"configMap": {"dataFile": "b: 1\nc: 2\n"}}}))
    (found,) = template(tmp_path / "shop", "--values", mine, name="shop", release=release)
    assert found["data"] == {"file": "b: 1\nc: 2\n"}


def definition(**spec: Any) -> Object:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    version["schema"]["openAPIV3Schema"]["description"] = "{{ braces }}: a lease's text\nof two lines\n"  # type: ignore[index]
    names = {"kind": "Shelf", "plural": "shelves"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "shelves.shop.example"},
        "spec": {"group": "shop.example", "names": names, "scope": "Namespaced", "versions": [version], **spec},
    }


def shelf(size: int) -> Object:
    metadata = {"name": "front", "namespace": "shop"}
    return {"apiVersion": "shop.example/v1", "kind": "Shelf", "metadata": metadata, "spec": {"size": size}}


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_definitions_of_kinds_are_installed_before_their_objects(tmp_path: Path, release: str) -> None:
    variants = {"large": [definition(), shelf(9)], "small": [definition(), shelf(1)]}
    chart("shop", variants).write(tmp_path)
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, release) == by_name(objects)
    assert [path.name for path in (tmp_path / "shop" / "crds").iterdir()] == ["shelves.shop.example.yaml"]
    templates = "".join(path.read_text() for path in (tmp_path / "shop" / "templates").iterdir())
    assert "CustomResourceDefinition" not in templates


@pytest.mark.integration
def test_a_definition_that_differs_is_a_template_if_no_object_is_of_its_kind(tmp_path: Path) -> None:
    variants = {"one": [definition(), config()], "two": [definition(scope="Cluster"), config()]}
    chart("shop", variants).write(tmp_path)
    for name, objects in variants.items():
        assert rendered(tmp_path, "shop", name, "helm") == by_name(objects)
    assert not (tmp_path / "shop" / "crds").exists()


def test_folders_are_variants(tmp_path: Path) -> None:
    for name, replicas in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.k8s.yaml").write_text(yaml.safe_dump(deployment(replicas=replicas)))
    chart("shop", {name: tmp_path / name for name in ("one", "two")}).write(tmp_path / "charts")
    found = rendered(tmp_path / "charts", "shop", "two", "helm")
    assert found == by_name([deployment(replicas=2)])


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"name": "Shop"}, 'name: found "Shop"'),
        ({"variants": {}}, "variants: no variant"),
        ({"variants": {"a": [{"kind": "Thing"}]}}, "variants.a[0]: no such object"),
        ({"variants": {"a": [config(), config()]}}, "variants.a[1]: a duplicate ConfigMap settings"),
        ({"values": [Value(path="a", description="", places=[])]}, "values.a: places is empty"),
        (
            {"values": [Value(path="a-b", description="", places=REPLICAS.places)]},
            "values.a-b: not a path that templates can read",
        ),
        (
            {"values": [REPLICAS, Value(path="web", description="", places=REPLICAS.places)]},
            "a prefix of web.replicas",
        ),
        (
            {"values": [Value(path="a", description="", places=[Place(kind="Deployment", path="spec.[")])]},
            "is invalid at .[, expected a path such as spec.replicas",
        ),
        (
            {"values": [Value(path="a", description="", places=[Place(kind="Deploymnt", path="spec.replicas")])]},
            "no variant has Deploymnt spec.replicas",
        ),
        (
            {"variants": {"a": [deployment(replicas=1), deployment("b", replicas=2)]}, "values": [REPLICAS]},
            "values.web.replicas: 1 and 2 in the variant a, expected places with equal values",
        ),
        (
            {"variants": {"a": [definition(), shelf(1)], "b": [definition(scope="Cluster"), shelf(1)]}},
            "variants: the CustomResourceDefinition shelves.shop.example is not equal in all variants",
        ),
        (
            {
                "variants": {"a": [definition(), shelf(1)]},
                "values": [
                    Value(path="a", description="", places=[Place(kind="CustomResourceDefinition", path="spec.scope")])
                ],
            },
            "values.a: a place in a CustomResourceDefinition, which is a file of crds/ without values",
        ),
        ({"variants": {"a": []}}, "variants.a: no objects, expected a list of objects, or the Path of a folder"),
        ({"variants": {"a": "manifests"}}, "variants.a: no objects, expected a list of objects, or the Path"),
        ({"variants": {"a": Path("no/such/folder")}}, "variants.a: no objects in no/such/folder, expected"),
        ({"values": [{"path": "a"}]}, "values[0]: found a dict, expected a Value"),
        ({"version": ""}, 'version: found "", expected a version such as 1.4.0'),
        ({"version": "banana"}, 'version: found "banana", expected a version such as 1.4.0'),
        (
            {"values": [with_schema(type="strng")]},
            "values.web.replicas.schema.type: found 'strng', expected \"string\"",
        ),
        ({"values": [with_schema(minimun=1)]}, "values.web.replicas.schema.minimun: unknown keyword of JSON Schema"),
        ({"values": [with_schema(anyOf=[])]}, "values.web.replicas.schema.anyOf: found None, expected a JSON Schema"),
        (
            {"values": [with_schema(pattern="[")]},
            "schema.pattern: found '[': unterminated character set at position 0, expected a regular",
        ),
        (
            {"values": [with_schema(type="string")]},
            "values.web.replicas: the schema refuses 1, the value in the variant a: `type` is 'string', expected",
        ),
        (
            {"variants": {"a": [deployment()], "b": [deployment(replicas=9)]}, "values": [with_schema(maximum=5)]},
            "values.web.replicas: the schema refuses 9, the value in the variant b: `maximum` is 5",
        ),
    ],
)
def test_what_cannot_be_is_refused(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(PropsError) as error:
        chart(**{"name": "shop", "variants": {"a": [deployment()]}, **given_})
    assert str(error.value).count(said) == 1


def test_a_folder_is_read_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    for path, name in (("a.yaml", "a"), ("b.yml", "b"), ("shop/ConfigMap.c.k8s.yaml", "c"), ("shop/notes.txt", "d")):
        (tmp_path / path).write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name} }}\n")
    made = chart("shop", {"production": tmp_path})
    assert [item["metadata"]["name"] for item in made.variants["production"]] == ["a", "b", "c"]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.lists(st.sampled_from(["-a", "", "é", "{{"]), max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_drawn_variants_are_proved(options: list[tuple[int, list[str]]]) -> None:
    variants = {f"v{index}": [deployment(replicas=one, args=args)] for index, (one, args) in enumerate(options)}
    made = chart("shop", variants, values=[REPLICAS])
    found = {name: made.derived.values(name)["web"]["replicas"] for name in variants}
    assert found == {f"v{index}": one for index, (one, _) in enumerate(options)}


def thing(spec: Any) -> Object:
    """Return an object whose fields no schema knows."""
    return {"apiVersion": "shop/v1", "kind": "Thing", "metadata": {"name": "it", "namespace": "shop"}, "spec": spec}


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"x": True}, {"x": 1}),
        ({"x": {"y": [1, 0]}}, {"x": {"y": [True, False]}}),
        ({"x": [[1]]}, {"x": [[1], []]}),
        ({"x": [[1, 2], [3]]}, {"x": [[1], [3, 4], []]}),
        ({"y": 1}, {"y": 1, "x": []}),
        ({"x": "  indented\nless\n"}, {"x": "other\ntext\n"}),
        ({"x": ["\n\nlead"]}, {"x": ["\n!"]}),
        ({"x": {"y": "  a\nb"}}, {"x": {"y": "\tc\nd", "z": " e\n f\n\n"}}),
    ],
)
def test_each_variant_keeps_its_types_its_empty_lists_and_its_spaces(
    tmp_path: Path, one: Any, two: Any, release: str
) -> None:
    chart("shop", {"one": [thing(one)], "two": [thing(two)]}).write(tmp_path)
    for name, spec in {"one": one, "two": two}.items():
        (found,) = rendered(tmp_path, "shop", name, release).values()
        assert json.dumps(found["spec"], sort_keys=True) == json.dumps(spec, sort_keys=True)


TEXTS = st.one_of(
    st.sampled_from(["", "true", "1", "1e3", "null", "{{ x }}", "a: b", "- a", " a\n b\n", "a\n\n", "\n a", "é", "y"]),
    st.text(alphabet=" \n\t:#{}-'\"|>!&*%@\\\\aé0", max_size=8),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.sampled_from([0, 1, -1, 2**53, 2**60, 0.5, 2.5]), TEXTS)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def variants_of_data(draw: st.DrawFn) -> list[Any]:
    """Draw data, and other data that differs from it in some places."""

    def edited(tree: Any) -> Any:
        match draw(st.integers(0, 5)):
            case 0:
                return draw(TREES)
            case 1 | 2 if isinstance(tree, dict):
                kept = {key: edited(item) for key, item in tree.items() if draw(st.integers(0, 3))}
                return kept | draw(st.dictionaries(TEXTS, SCALARS, max_size=1))
            case 1 | 2 if isinstance(tree, list):
                kept = [edited(item) for item in tree if draw(st.integers(0, 3))]
                return [*kept, *draw(st.lists(TREES, max_size=1))]
            case _:
                return tree

    first = draw(st.dictionaries(TEXTS, TREES, min_size=1, max_size=3))
    return [first, *(edited(first) for _ in range(draw(st.integers(1, 2))))]


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(specs=variants_of_data())
def test_drawn_data_comes_out_of_helm_as_it_went_in(tmp_path: Path, specs: list[Any]) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    variants = {f"v{number}": [thing(spec)] for number, spec in enumerate(specs)}
    chart("shop", variants).write(folder)
    for number, spec in enumerate(specs):
        (found,) = rendered(folder, "shop", f"v{number}", RELEASES[-1]).values()
        assert json.dumps(found["spec"], sort_keys=True) == json.dumps(spec, sort_keys=True)


@pytest.mark.slow
def test_the_example_runs_and_its_chart_is_taken(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    command = [sys.executable, str(ROOT / "examples" / "charts" / "any_app.py")]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert run("lint", tmp_path / "charts" / "site", "--strict").returncode == 0
    (found,) = template(tmp_path / "charts" / "site", "--set", "image=other:2", name="site")
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "other:2"
