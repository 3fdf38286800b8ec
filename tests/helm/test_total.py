"""Whatever objects environments have, the chart renders each environment's: no difference is ever in the way."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from quantacirc_cdk.helm.derive import Derivation, Derived, Release
from quantacirc_cdk.helm.digests import Configurations
from quantacirc_cdk.helm.expression import Scope
from quantacirc_cdk.helm.files import ChartFiles, ChartInfo
from quantacirc_cdk.helm.insertions import At, OnlyIf, Presence
from quantacirc_cdk.helm.node import evaluate
from quantacirc_cdk.helm.objects import Key, Match, key_of
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.permitted_differences import PermittedDifference
from quantacirc_cdk.helm.rules.differences import permitted_differences
from support.helm.helm import RELEASES, by_name, template

pytestmark = pytest.mark.slow

SEED = random.SystemRandom().randrange(2**32)
ENVIRONMENTS = ["dev", "local", "prod", "y"]

WORDS = st.sampled_from(["a", "name", "no", "data", "{{ .Values }}", "spec", "x-1", "9", "app.kubernetes.io/name", "é"])
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "true",
            "1e3",
            "0o17",
            "a: b",
            "{{ x }}",
            "{",
            "two\nlines\n",
            "empty\n\n\n",
            " led",
            "trail \n",
            "~",
            "#",
            "\t",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    st.lists(st.sampled_from(["one", "two", "three", "{{ four }}"]), max_size=5).map("\n".join),
)
LEAVES = st.one_of(TEXTS, st.integers(-5, 70000), st.booleans())
ITEMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4),
        st.dictionaries(WORDS, inner, min_size=1, max_size=4),
        st.lists(st.fixed_dictionaries({"name": st.sampled_from("abcd"), "value": inner}), min_size=1, max_size=4),
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(["web", "a", "a-1", "a1", "global", "image", "null", "on", "web-headless"])


@st.composite
def variants(draw: st.DrawFn) -> dict[str, dict[Key, Any]]:
    """Draw environments, and what each has of some objects."""
    names = draw(st.lists(st.sampled_from(ENVIRONMENTS), min_size=1, max_size=4, unique=True))
    found: dict[str, dict[Key, Any]] = {name: {} for name in names}
    for component in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        kind = draw(st.sampled_from(["Thing", "Other"]))
        labels = {"app.kubernetes.io/name": component}
        base = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": component, "labels": labels}}
        common = draw(ITEMS)
        for name in names:
            match draw(st.sampled_from(["common", "own", "absent"])):
                case "common":
                    item = {**base, "spec": {"common": common}}
                case "own":
                    item = {**base, "spec": draw(st.dictionaries(WORDS, ITEMS, min_size=1, max_size=3))}
                case _:
                    continue
            found[name][key_of(item)] = item
    return found


def derive(
    manifests: dict[str, dict[Key, Any]],
    parameters: Sequence[Parameter] = (),
    places: Sequence[PermittedDifference] = (),
) -> tuple[Derived, Configurations]:
    """Return the chart of the manifests, without a single rule unless there are some."""
    releases = {name: Release(name="any", namespace="any", managed_by="us") for name in manifests}
    configurations = Configurations("any")
    base = next(iter(manifests))
    derivation = Derivation(
        manifests=manifests, base=base, releases=releases, app_version="1", configurations=configurations
    )
    return derivation.derive(parameters, (), places), configurations


@pytest.mark.parametrize(
    "lists", [([""], ["", ""]), (["-a", "x", "-a", "y"], ["-a", "x", "-a", "x", "-b"]), ([1, 1], [1])]
)
def test_an_item_that_a_list_has_twice_stays_twice(lists: tuple[list[Any], list[Any]]) -> None:
    key = Key(component="a", kind="Thing", name="a", group="example.com")
    base = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    derived, _ = derive({name: {key: {**base, "spec": found}} for name, found in zip("ab", lists, strict=True)})
    for name, found in zip("ab", lists, strict=True):
        scope = Scope(values=derived.values(name), release="any", namespace="any", app_version="1")
        assert evaluate(derived.templates[0].node, scope)["spec"] == found


@pytest.mark.parametrize("base", [[], ["10.0.0.0/8"]])
def test_an_environment_without_a_rule_has_none_of_the_peers_that_others_have_in_it(base: list[str]) -> None:
    key = Key("web", "NetworkPolicy", "web", "networking.k8s.io")
    peers = {"base": base, "more": ["10.0.0.0/8"], "other": ["192.0.2.0/24"], "without": []}
    manifests = {
        name: {
            key: {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "web"},
                "spec": {
                    "egress": [
                        {"ports": [{"port": 53}], "to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]},
                        *[{"ports": [{"port": 80}], "to": [{"ipBlock": {"cidr": one}}]} for one in found],
                    ]
                },
            }
        }
        for name, found in peers.items()
    }
    derived, _ = derive(manifests)
    for name, objects in manifests.items():
        scope = Scope(values=derived.values(name), release="any", namespace="any", app_version="1")
        assert evaluate(derived.templates[0].node, scope)["spec"] == objects[key]["spec"]


@pytest.mark.parametrize("places", [[], list(permitted_differences())])
def test_a_difference_in_an_object_called_as_a_declared_value_has_a_value_of_its_own(
    places: list[PermittedDifference],
) -> None:
    """``web.schedule`` is the schedule of a CronJob: what differs in a Schedule of Velero is not inside it."""
    job, backup = Key("web", "CronJob", "web", "batch"), Key("web", "Schedule", "web", "velero.io")
    manifests = {
        name: {
            job: {"kind": "CronJob", "metadata": {"name": "web"}, "spec": {"schedule": "0 1 * * *"}},
            backup: {"kind": "Schedule", "metadata": {"name": "web"}, "spec": {"template": {"namespaces": [name]}}},
        }
        for name in ("one", "two")
    }
    declared = Parameter(
        path="web.schedule",
        description="When it starts.",
        schema={"type": "string"},
        insertions=[At(on=Match(kinds=("CronJob",)), path=("spec", "schedule"), style="text")],
    )
    derived, _ = derive(manifests, [declared], places)
    assert "web.schedule" in {each.path for each in derived.parameters}
    for name, objects in manifests.items():
        scope = Scope(values=derived.values(name), release="any", namespace="any", app_version="1")
        assert {each.key: evaluate(each.node, scope) for each in derived.templates} == objects


def test_an_item_that_a_value_removes_is_missing_elsewhere_for_another_reason_too() -> None:
    """No pod of web can be scraped where it has none, though it is installed."""
    rule, pods = Key("", "PrometheusRule", "shop", "monitoring.coreos.com"), Key("web", "Deployment", "web", "apps")
    alert = {"alert": "ComponentDown", "labels": {"component": "web"}}
    manifests = {
        name: {
            rule: {
                "kind": "PrometheusRule",
                "metadata": {"name": "shop"},
                "spec": {"groups": [{"name": "all", "rules": rules}]},
            },
            pods: {"kind": "Deployment", "metadata": {"name": "web"}},
        }
        for name, rules in {"one": [alert, {"alert": "Other"}], "two": [{"alert": "Other"}]}.items()
    }
    enabled = Parameter(
        path="web.enabled",
        description="Install it.",
        schema={"type": "boolean"},
        insertions=[
            Presence(on=Match(kinds=("Deployment",))),
            OnlyIf(
                on=Match(kinds=("PrometheusRule",)),
                items=lambda rule: [
                    (rules, index)
                    for rules in [rule["spec"]["groups"][0]["rules"]]
                    for index, one in enumerate(rules)
                    if "labels" in one
                ],
            ),
        ],
    )
    derived, _ = derive(manifests, [enabled])
    assert list(derived.without_values) == []
    assert [path for path in derived.found["one"] if derived.found["one"][path] != derived.found["two"][path]] == [
        "shop.prometheusRule.groupsAllRulesComponentDownEnabled"
    ]
    for name, objects in manifests.items():
        scope = Scope(values=derived.values(name), release="any", namespace="any", app_version="1")
        assert {each.key: evaluate(each.node, scope) for each in derived.templates} == objects


@seed(SEED)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(variants())
def test_every_environment_comes_out(manifests: dict[str, dict[Key, Any]]) -> None:
    derived, _ = derive(manifests)
    for name, objects in manifests.items():
        scope = Scope(values=derived.values(name), release="any", namespace="any", app_version="1")
        for each in derived.templates:
            there = all(condition.compute(scope) for condition in each.conditions)
            assert there == (each.key in objects), f"seed {SEED}: {each.key} in {name}"
            if there:
                assert evaluate(each.node, scope) == objects[each.key], f"seed {SEED}: {each.key} in {name}"


@seed(SEED)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(manifests=variants())
@pytest.mark.parametrize("release", RELEASES)
def test_helm_renders_every_environment(
    tmp_path_factory: pytest.TempPathFactory, manifests: dict[str, dict[Key, Any]], release: str
) -> None:
    derived, configurations = derive(manifests)
    folder = tmp_path_factory.mktemp("chart") / "any"
    write(derived, configurations, dict.fromkeys(manifests, "any"), folder)
    for name, objects in manifests.items():
        rendered = template(folder, "--values", folder / f"values-{name}.yaml", name="any", release=release)
        assert by_name(rendered) == by_name(list(objects.values())), f"seed {SEED}: {name}"


def write(derived: Derived, configurations: Configurations, namespaces: dict[str, str], folder: Path) -> None:
    """Write a chart, and see that its values are those that Python derived."""
    info = ChartInfo(name="any", description="Any.", version="1.0.0", app_version="1", maintainers=[])
    files = ChartFiles(
        info=info,
        derived=derived,
        configurations=configurations,
        described={},
        namespaces=namespaces,
        notes="",
        readme="",
        tests={},
    )
    files.write(folder)
    assert (yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8")) or {}) == derived.defaults
