"""The bucket of Velero: what is refused, with file and line."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import ENVIRONMENT, Project

Make = Callable[[], Project]
AWS = """\
target: aws
clouds: { aws: { account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } } }
network: { cidr: 10.0.0.0/16 }
"""
NEW = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def with_store(project: Project, store: str, place: str = AWS) -> Project:
    text = ENVIRONMENT.replace("target: local\n", place)
    more = f"{NEW if place == AWS else ''}  velero_store: {store}\n"
    project.write_environment("home", text.replace("owners", f"{more}owners"))
    return project


def refused(made: Project) -> str:
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: ", str(problem))
    return str(problem).partition(": ")[2]


def test_its_keys_have_defaults_and_ranges(project: Make) -> None:
    loaded = load_project(with_store(project(), "{}").root)
    store = loaded.environments["home"].cluster.velero_store
    assert store is not None
    assert (store.retention_days, store.replicate) == (30, False)
    assert refused(with_store(project(), "{ retention_days: 0 }")).startswith("cluster.velero_store.retention_days:")


def test_a_copy_needs_a_recovery_region(project: Make) -> None:
    said = "cluster.velero_store.replicate: replication without a recovery region, expected clouds.aws.recovery_region"
    assert refused(with_store(project(), "{ replicate: true }")) == said


def test_a_local_environment_has_no_bucket(project: Make) -> None:
    said = "cluster.velero_store: `velero_store` of a local environment, whose cluster Terraform does not create"
    assert refused(with_store(project(), "{}", "target: local\n")).startswith(said)


def test_a_component_does_not_share_its_identity(project: Make) -> None:
    made = with_store(project(), "{}")
    made.replace_in_system("  baker:\n", "  velero:\n")
    said = "cluster.velero_store: the identity of velero, which is also a component of the system"
    assert refused(made).startswith(said)


def test_a_name_that_s3_does_not_take_is_refused(project: Make) -> None:
    recovery = AWS.replace("region: eu-central-1", "region: eu-central-1, recovery_region: eu-west-1")

    def made(store: str) -> Project:
        found = project()
        found.replace_in_system("name: bakery\n", "name: bakery-of-old-town-1\n")
        text = ENVIRONMENT.replace("target: local\n", recovery)
        found.write_environment("home", text.replace("owners", f"{NEW}  velero_store: {store}\nowners"))
        return found

    assert load_project(made("{}").root).environments["home"].cluster.velero_store
    said = 'the bucket for Velero would be called "bakery-of-old-town-1-home-velero-store-123456789012", 51 characters'
    assert refused(made("{ replicate: true }")).startswith(f"cluster.velero_store: {said}, expected at most 49")
