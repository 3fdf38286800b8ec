"""The text of a comparison: a verdict, each change once, the worst first, within the columns of the terminal."""

import re

import pytest
import yaml

from quantacirc_cdk.diff import FORMATS, Files, compare_outputs
from quantacirc_cdk.diff.text import as_text
from quantacirc_cdk.diff.values import changed
from quantacirc_cdk.text.terminal import without_colours
from support.diff.objects import an


def files(places: dict[str, list[str]], version: int = 1) -> Files:
    """Return a Deployment of each name in each environment, with an image of this version."""
    found: Files = {}
    for place, names in places.items():
        for name in names:
            item = an("Deployment")
            item["metadata"]["name"] = name
            (container,) = item["spec"]["template"]["spec"]["containers"]
            container["name"], container["image"] = name, f"registry.example/{name}:{version}"
            found[f"kubernetes/{place}/Deployment.{name}.yaml"] = yaml.safe_dump(item).encode()
    return found


EVERYWHERE = {"dev": ["api", "web"], "prod": ["api", "web"]}


def released(places: dict[str, list[str]]) -> str:
    return as_text(compare_outputs(files(places), files(places, version=2)))


def test_the_verdict_comes_first_and_the_counts_last() -> None:
    lines = released(EVERYWHERE).splitlines()
    assert lines[0] == "verdict: 4 objects restart, a few pods at a time"
    assert lines[-1] == "4 objects differ: 4 rolling restart"


def test_a_change_that_many_objects_share_is_shown_once() -> None:
    text = released(EVERYWHERE)
    assert "  ~ 2 Deployments: rolling restart\n      api, web\n      in dev, prod\n" in text
    assert "spec.template.spec.containers.*.image: …:1 → …:2" in text
    assert text.count("rolling-restart:") == 1


def test_environments_with_other_objects_are_named_with_them() -> None:
    text = released({"dev": ["api", "web"], "prod": ["web"]})
    assert "~ Deployment api: rolling restart\n      in dev\n" in text
    assert "~ Deployment web: rolling restart\n      in dev, prod\n" in text


def test_the_worst_comes_first_whatever_its_environment() -> None:
    before = files({"dev": ["web"]}) | {"kubernetes/prod/a.yaml": yaml.safe_dump(an("PersistentVolumeClaim")).encode()}
    before |= files({"prod": ["api"]})
    text = as_text(compare_outputs(before, files({"dev": ["web"], "prod": ["api"]}, version=2)))
    assert text.startswith("verdict: data loss possible in PersistentVolumeClaim web in prod\n")
    assert text.index("data loss possible\n      in prod") < text.index("in dev")


def config(data: str) -> Files:
    return {"kubernetes/prod/a.yaml": yaml.safe_dump({**an("ConfigMap"), "data": {"nats.conf": data}}).encode()}


def test_a_long_text_shows_its_changed_lines_and_counts_the_others() -> None:
    lines = [f"line {number}" for number in range(200)]
    text = as_text(compare_outputs(config("\n".join(lines)), config("\n".join([*lines[:-1], "last"]))))
    assert '      data."nats.conf":\n        - line 199\n        + last\n        199 lines unchanged\n' in text
    assert "line 7" not in text


def test_a_document_in_a_text_shows_its_changed_value() -> None:
    text = as_text(compare_outputs(config('{"a": {"b": 1}, "c": 2}'), config('{"a": {"b": 3}, "c": 2}')))
    assert 'data."nats.conf".a.b: 1 → 3\n' in text


def limits(cpu: str) -> Files:
    items = [{"type": kind, "max": {"cpu": cpu if kind == "Pod" else "1"}, "min": {"cpu": "10m"}}
             for kind in ("Container", "Pod")]  # fmt: skip
    return {"kubernetes/prod/a.yaml": yaml.safe_dump(an("LimitRange", {"spec.limits": items})).encode()}


def test_an_item_of_a_list_is_compared_with_the_one_that_it_was() -> None:
    text = as_text(compare_outputs(limits("4"), limits("2")))
    assert "~ [type=Pod].max.cpu: 4 → 2\n" in text
    assert "1 unchanged" in text


@pytest.mark.parametrize("columns", [60, 120])
def test_no_line_but_a_link_is_wider_than_the_terminal(columns: int) -> None:
    changes = compare_outputs(
        files(EVERYWHERE) | config("a\nb"), files({"dev": [f"a-long-name-{n}" for n in range(20)]}, version=2)
    )
    lines = as_text(changes, columns).splitlines()
    assert [line for line in lines if len(line) > columns and not line.strip().startswith("https://")] == []


def test_the_terminal_decides_about_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = compare_outputs(files(EVERYWHERE), files(EVERYWHERE, version=2))
    monkeypatch.setenv("COLUMNS", "60")
    assert FORMATS["text"](changes) == as_text(changes, 60) != as_text(changes, 120)


def test_items_of_a_list_that_became_others_are_paired_whatever_their_number() -> None:
    before, after = (
        [{"name": name, "port": 80, "kind": "tcp", "weight": weight} for name in "abc"] for weight in (1, 2)
    )
    assert changed(before, after, longest=40) == [f"~ [name={name}].weight: 1 → 2" for name in "abc"]


def test_a_wrapped_line_keeps_its_colour() -> None:
    changes = compare_outputs(files(EVERYWHERE), files({"dev": [f"a-long-name-{n}" for n in range(20)]}, version=2))
    plain = as_text(changes, 60)
    text = as_text(changes, 60, paint=lambda text: "\n".join(f"\x1b[31m{line}\x1b[0m" for line in text.split("\n")))
    assert without_colours(text) == plain
    assert all(re.fullmatch(r" *\x1b\[31m[^\x1b]*\x1b\[0m", line) for line in text.splitlines())
