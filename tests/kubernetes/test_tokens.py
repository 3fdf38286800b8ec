"""Components log in to a managed database with a token of their cloud identity: both sides name the same users."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack, stack_name
from support.kubernetes.manifests import Object, find, of_kind
from support.kubernetes.synthesis import render
from support.unseen import unseen_project

USERS = {
    "aws": {"nightly": "books-nightly", "unit-0": "books-unit-0", "unit-1": "books-unit-1"},
    "gcp": {one: f"plant-north-{one}@plant-north.iam" for one in ("nightly", "unit-0", "unit-1")},
}
ROLES = {"nightly": "owner", "unit-0": "writer", "unit-1": "reader"}


@dataclass(frozen=True)
class Plant:
    """Both sides of an environment."""

    cloud: str
    objects: Sequence[Object]
    resources: dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=["aws", "gcp"])
def plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Plant:
    folder, cloud = tmp_path_factory.mktemp("plant"), request.param
    made = unseen_project(folder / "project", 8)
    made.environment_file("bench").unlink()
    system = yaml.safe_load(made.system_file.read_text())
    system["components"]["books"]["roles"] = {"owner": ["nightly"], "reader": ["unit-1"]}
    made.write_system(yaml.safe_dump({**system, "toolbox": "app"}))
    text = made.environment_file("north").read_text().replace("target: aws", f"target: {cloud}")
    made.write_environment("north", text.replace("books: { cpu: 2", "books: { iam_authentication: true, cpu: 2"))
    (objects,) = render(made.root, folder / "objects").values()
    project = load_project(made.root)
    (environment,) = project.environments.values()
    app = App(outdir=folder / "stacks")
    EnvironmentStack(app, stack_name(environment), system=project.system, environment=environment)
    app.synth()
    (stack,) = (folder / "stacks").rglob("cdk.tf.json")
    return Plant(cloud, objects, json.loads(stack.read_text())["resource"])


@pytest.mark.integration
def test_each_component_has_its_user_and_role_and_no_password(plant: Plant) -> None:
    for client, user in USERS[plant.cloud].items():
        told = find(plant.objects, "ConfigMap", client)["data"]
        assert (told["PLANT_BOOKS_USER"], told["PLANT_BOOKS_ROLE"]) == (user, f"books_{ROLES[client]}")
    pod = find(plant.objects, "Deployment", "unit-1")["spec"]["template"]["spec"]
    (volume,) = [one for one in pod["volumes"] if one["name"] == "books"]
    assert [one["key"] for one in volume["secret"]["items"]] == ["database", "host", "port"]
    assert "books-writer" not in json.dumps(plant.objects)


def test_the_job_gives_the_users_that_the_cloud_lets_in_their_roles(plant: Plant) -> None:
    given = dict(
        reversed(line.split())
        for line in find(plant.objects, "ConfigMap", "books-roles")["data"]["logins"].splitlines()
    )
    assert given == {USERS[plant.cloud][client]: role for client, role in ROLES.items()}
    if plant.cloud == "aws":
        policies = plant.resources["aws_iam_role_policy"]
        admitted = {policies[f"{client}_books_login"]["policy"].rpartition("/")[2].partition('"')[0]
                    for client in ("nightly", "unit_0", "unit_1")}  # fmt: skip
    else:
        users = [
            one for one in plant.resources["google_sql_user"].values() if one["type"] == "CLOUD_IAM_SERVICE_ACCOUNT"
        ]
        admitted = {one["name"] for one in users}
        logins = [one for one in plant.resources["google_project_iam_member"].values() if "cloudsql" in one["role"]]
        assert {one["role"] for one in logins} == {"roles/cloudsql.instanceUser"}
        assert all("/instances/plant-north-books" in one["condition"]["expression"] for one in logins)
    assert admitted == set(given)


def test_pods_reach_what_hands_out_tokens_and_the_job_only_the_server(plant: Plant) -> None:
    token = {"aws": "169.254.170.23/32", "gcp": "169.254.169.252/32"}[plant.cloud]
    policies = {one["metadata"]["name"]: json.dumps(one["spec"]) for one in of_kind(plant.objects, "NetworkPolicy")}
    assert token in policies["nightly"]
    assert token not in policies["books-roles"]
    account = find(plant.objects, "ServiceAccount", "nightly")["metadata"].get("annotations")
    expected = {"iam.gke.io/gcp-service-account": "plant-north-nightly@plant-north.iam.gserviceaccount.com"}
    assert account == (expected if plant.cloud == "gcp" else None)
