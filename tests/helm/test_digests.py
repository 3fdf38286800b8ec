"""Hashes of configuration are those of the manifests."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.digests import Configurations, digest
from quantacirc_cdk.helm.expression import Scope, value
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.kubernetes.manifests import find
from support.kubernetes.synthesis import render
from support.project import Project


def test_a_configuration_whose_entries_are_all_left_out_has_the_hash_of_none() -> None:
    key = Key(component="web", kind="ConfigMap", name="web")
    configurations = Configurations("shop")
    expression = configurations.hash_of(key, 16)
    configurations.nodes[key] = {"LEVEL": Choice(value("web.config.LEVEL"), Insert(value("web.config.LEVEL")))}
    assert expression.compute(Scope(values={"web": {"config": {"LEVEL": ""}}})) == digest({})[:16]
    assert expression.compute(Scope(values={"web": {"config": {"LEVEL": "x"}}})) == digest({"LEVEL": "x"})[:16]


@pytest.mark.slow
def test_a_changed_file_restarts_the_pods(tmp_path: Path) -> None:
    """They do not see it otherwise: a file is mounted by its sub-path."""
    project = Project.small(tmp_path / "project")
    project.replace_in_system(
        "    exposed: true\n", '    exposed: true\n    files: { /etc/a.txt: { text: "a {{ x }}" } }\n'
    )
    more = "components: { shop: { files: { /etc/b.txt: { text: b } } } }\n"
    project.write_environment("prod", f"extends: home\ndomain: x.example\ncluster: {{ context: prod }}\n{more}")
    render(project.root, tmp_path / "kubernetes")
    system_chart(load_project(project.root), tmp_path / "kubernetes").write(tmp_path / "chart")

    def checksum(*options: str) -> str:
        objects = template(
            tmp_path / "chart", "--values", str(tmp_path / "chart" / "values-prod.yaml"), *options, name="bakery"
        )
        (files,) = [item["data"] for item in objects if item["metadata"]["name"] == "shop-files"]
        found = find(objects, "Deployment", "shop")["spec"]["template"]["metadata"]["annotations"]["checksum/files"]
        assert found == digest(files)[:16]
        return str(found)

    assert checksum() != checksum("--set", "shop.config.etcBTxt=changed")
