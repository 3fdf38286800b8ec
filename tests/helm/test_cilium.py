"""Externals are admitted by their addresses or, where the cluster has Cilium, by their host names alone."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.kubernetes.synthesis import render
from support.project import Project

pytestmark = pytest.mark.slow

MAIL = "externals: { mail: { hosts: [smtp.example], port: 587 } }\ncomponents:\n"
WITH_CILIUM = """\
extends: home
domain: other.example
cluster: { context: other, addons: { cilium: true } }
"""
OFF, ON, NONE = "addons.cilium=false", "addons.cilium=true", "networkPolicy.enabled=false"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    made = Project.small(tmp_path / "project")
    made.replace_in_system("components:\n", MAIL)
    made.replace_in_system("reaches: [shop]", "reaches: [shop, mail]")
    made.write_environment("other", WITH_CILIUM)
    render(made.root, tmp_path / "kubernetes")
    derived = system_chart(load_project(made.root), tmp_path / "kubernetes")
    assert not [one.path for one in derived.derived().parameters if "587" in one.path]
    derived.write(tmp_path / "chart")
    return tmp_path / "chart"


def test_the_add_on_decides_which_policy_admits_an_external(chart: Path) -> None:
    cases = (("home", ()), ("other", ()), ("other", (OFF,)), ("home", (ON,)), ("other", (NONE,)))
    found = {}
    for environment, settings in cases:
        options = ["--values", str(chart / f"values-{environment}.yaml"), *(f"--set={one}" for one in settings)]
        policies = [item for item in template(chart, *options, name="bakery") if "NetworkPolicy" in item["kind"]]
        found[environment, settings] = {item["kind"] for item in policies if "587" in repr(item["spec"])}
        if settings == (NONE,):
            assert policies == [], "a policy of Cilium alone would deny all other connections"
    cilium, plain = {"CiliumNetworkPolicy"}, {"NetworkPolicy"}
    assert list(found.values()) == [plain, cilium, plain, cilium, set()]
