"""The add-ons of a chart are those that its objects depend on; others are refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helm.helm import RELEASES, run, template
from support.helm.small import chart_of, small_chart, small_project
from support.helm.valid import wrong
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

PLAIN = ("    exposed: true\n", "")


def values(chart: Path) -> Any:
    return yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))


def with_addons(folder: Path, addons: str) -> Path:
    """Return the chart of an environment with these add-ons, and of one without."""
    project = small_project(folder)
    work = ENVIRONMENT.replace("kind-bakery", "kind-work").replace("bakery.example", "work.example")
    project.write_environment("work", work.replace("cluster:", f"cluster:\n  addons: {addons}"))
    return chart_of(project, folder)


def test_a_system_that_needs_no_add_on_has_none(tmp_path: Path) -> None:
    chart = small_chart(tmp_path, [PLAIN])
    assert "addons" not in values(chart)
    assert values(chart)["networkPolicy"]["namespaces"].keys() == {"monitoring"}
    assert wrong(template(chart, name="bakery")) == []


def test_only_the_add_ons_that_objects_depend_on_are_values(tmp_path: Path) -> None:
    assert values(small_chart(tmp_path / "plain"))["addons"].keys() == {"gatewayApi", "envoyGateway"}
    chart = with_addons(tmp_path, "{ prometheus_operator: true, keda: true, cert_manager: true }")
    found = values(chart)
    assert found["addons"].keys() == {"gatewayApi", "envoyGateway", "prometheusOperator", "certManager"}
    more = "shop.ingress.enabled=true,shop.ingress.tls=true"
    for name, value in found["addons"].items():
        flipped = f"{more},addons.{name}={json.dumps(not value)}"
        assert template(chart, "--set", flipped, name="bakery") != template(chart, "--set", more, name="bakery"), name


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ["velero", "cilium", "argoRollouts", "keda"])
def test_an_add_on_without_effect_is_refused_by_name(tmp_path: Path, name: str, release: str) -> None:
    chart = small_chart(tmp_path)
    done = run("template", "bakery", chart, "--set", f"addons.{name}=true", release=release)
    assert done.returncode != 0
    assert name in done.stderr


@pytest.mark.parametrize("release", RELEASES)
def test_every_add_on_of_this_system_changes_what_is_rendered(chart: Path, release: str) -> None:
    found = values(chart)["addons"]
    assert {"argoRollouts", "cilium"}.isdisjoint(found)
    more = "orchestrator.ingress.enabled=true,orchestrator.ingress.tls=true"
    before = template(chart, "--set", more, name="quantacirc", release=release)
    for name, value in found.items():
        flipped = f"{more},addons.{name}={json.dumps(not value)}"
        assert template(chart, "--set", flipped, name="quantacirc", release=release) != before, name


def test_the_notes_name_the_secrets_that_nothing_copies(tmp_path: Path) -> None:
    """Without External Secrets anywhere, there is no value that says whether the cluster has it."""
    external = """\
externals:
  mail: { hosts: [mail.example], cidrs: [192.0.2.0/24], port: 25, secret: mail, secret_keys: [password] }
"""
    chart = small_chart(tmp_path, [PLAIN, ("components:\n", f"{external}components:\n"), ("[shop]", "[shop, mail]")])
    done = run("install", "bakery", chart, "--dry-run=client", "--namespace", "bakery")
    assert "create secret generic mail" in done.stdout, done.stderr
