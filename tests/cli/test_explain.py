"""``qcdk explain``: the meaning of a key, and where it is set."""

import json
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from support.project import SYSTEM, Project


def explained(made: Project, key: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main(["explain", key, "--json", "--project", str(made.root)]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.integration
def test_a_key_has_meaning_type_default_and_origin(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    made.write_environment("away", "extends: home\nshares: [home]\ndomain: away.example\n")
    (one,) = explained(made, "domain", capsys)
    assert (one["document"], one["default"]) == ("environment", "required")
    assert one["description"] == "Domain of its host names."
    assert one["settings"] == [
        {"of": "away", "value": "away.example", "origin": "apps/environments/away.yaml:3"},
        {"of": "home", "value": "bakery.example", "origin": "apps/environments/home.yaml:2"},
    ]


def test_without_a_key_both_files_are_explained(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--project", str(project().root)]) == 0
    system, environments = capsys.readouterr().out.split("\n\n")
    assert system.startswith("apps/system.yaml\n")
    assert " components, " in system
    assert environments.startswith("apps/environments/\n")
    assert " high_availability, " in environments


def test_a_key_with_dots_is_one_key(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    made.replace_in_environment("home", "owners:", 'tags: { "a.b": old }\nowners:')
    (one,) = explained(made, "tags.a.b", capsys)
    assert (one["type"], one["settings"]) == (
        "text",
        [{"of": "home", "value": "old", "origin": "apps/environments/home.yaml:8"}],
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("components.web.image", "components.web: no such key, expected one of"),
        ("components.shop.imag.x", 'components.shop.imag: no such key, expected "image"'),
        ("domain.x", "domain.x: no such key, expected nothing inside domain"),
    ],
)
def test_the_wrong_part_of_a_key_is_named(
    key: str, said: str, project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", key, "--project", str(project().root)]) == 2
    assert said in capsys.readouterr().err


def test_a_choice_names_its_values(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = explained(project(), "network.nat", capsys)
    assert (one["type"], one["default"], one["settings"]) == ("one of single, per-zone", "single", [])


def test_no_default_differs_from_a_choice_of_none(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = explained(project(), "cluster.route_certificates", capsys)
    assert (one["type"], one["default"]) == ("one of cert-manager, gateway, none", "not set")
    (one,) = explained(project(), "cluster.storage_class", capsys)
    assert one["default"] == "none"


def test_a_component_is_explained_by_its_kind(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    system, *_ = explained(project(), "components.shop.exposed", capsys)
    assert (system["type"], system["default"]) == ("true or false", "false")
    assert system["settings"] == [{"of": "system", "value": True, "origin": "apps/system.yaml:19"}]


def test_bounds_are_part_of_the_type(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = explained(project(), "network.zones", capsys)
    assert one["type"] == "whole number, at least 1, at most 6"


@pytest.mark.parametrize(
    ("key", "near"), [("network.nta", "nat"), ("components.shp.exposed", "shop"), ("domian", "domain")]
)
def test_an_unknown_key_exits_2_with_the_nearest(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str], key: str, near: str
) -> None:
    assert main(["explain", key, "--project", str(project().root)]) == 2
    assert f'expected "{near}"' in capsys.readouterr().err


def test_entries_of_mappings_and_lists_are_explained_by_their_section(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    made.write_system(SYSTEM.replace("exposed: true", "ports: [{ name: extra, port: 9000 }]"))
    route, _ = explained(made, "components.shop.routes.any", capsys)
    assert route["description"] == "Access from outside to one port of a component."
    size = explained(made, "sizes.small", capsys)[0]
    assert (size["description"], size["keys"]) != ("", [])
    port, _ = explained(made, "components.shop.ports[0].name", capsys)
    assert port["description"] == "Name of at most 15 characters (RFC 6335)."
    assert port["settings"] == [{"of": "system", "value": "extra", "origin": "apps/system.yaml:19"}]
    beyond, _ = explained(made, "components.shop.ports[7].name", capsys)
    assert beyond["settings"] == []


def test_a_model_with_errors_is_explained(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    made.write_system(SYSTEM.replace("exposed: true", "exposed: perhaps"))
    (system,) = explained(made, "components.shop.exposed", capsys)
    assert [one["value"] for one in system["settings"]] == ["perhaps"]
