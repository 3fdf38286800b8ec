"""Jobs cannot be changed: one that is made by every deployment is the same one, or another one, never a changed one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from quantacirc_cdk.kubernetes.container import Container
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import JobProps, job_name, job_spec
from quantacirc_cdk.kubernetes.pod import Pod
from support.kubernetes.manifests import ENVIRONMENTS, Object

IDENTITY = Identity(name="prepare", component="task", instance="shop", part_of="shop", version="1.0.0")
POD = Pod(
    containers=[Container(name="prepare", image="registry.example/tool:1")],
    service_account="prepare",
    restart_policy="Never",
    spread=False,
)
JOB = JobProps(identity=IDENTITY, pod=POD, configuration={"script": "true\n"})


def test_a_release_leaves_it_as_it_is() -> None:
    released = replace(JOB, identity=replace(IDENTITY, version="2.0.0"))
    assert job_name(released) == job_name(JOB)
    assert job_spec(released) == job_spec(JOB)


@pytest.mark.parametrize(
    "changed",
    [
        replace(JOB, configuration={"script": "false\n"}),
        replace(JOB, retries=4),
        replace(JOB, pod=replace(POD, containers=[Container(name="prepare", image="registry.example/tool:2")])),
        replace(JOB, pod=replace(POD, priority_class="low")),
        replace(JOB, pod=replace(POD, labels={"team": "a"})),
    ],
    ids=["configuration", "retries", "image", "priority", "labels"],
)
def test_whatever_else_changes_makes_another_one(changed: JobProps) -> None:
    assert job_name(changed) != job_name(JOB)
    assert job_name(changed).startswith("prepare-")


def test_without_its_configuration_it_has_the_name_of_its_identity() -> None:
    assert job_name(replace(JOB, configuration=None)) == "prepare"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_job_of_an_environment_has_a_label_in_its_template_that_a_release_changes(
    rendered: Mapping[str, Sequence[Object]], environment: str
) -> None:
    jobs = [item for item in rendered[environment] if item["kind"] == "Job"]
    assert jobs
    for job in jobs:
        assert "app.kubernetes.io/version" in job["metadata"]["labels"]
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert {key.rpartition("/")[2] for key in labels} >= {"name", "instance", "component"}
        assert not {"app.kubernetes.io/version", "app.kubernetes.io/managed-by"} & labels.keys()
