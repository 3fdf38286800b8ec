"""Components log in to a database with a role of their own, in the cluster, in a cloud and on an existing server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.project import Project
from support.unseen import CLOUD

SYSTEM = """\
toolbox: oven
images:
  pg: { registry: docker.io, repository: library/postgres, tag: 17.6-alpine }
"""
COMPONENTS = """\
components:
  recipes:
    kind: postgresql
    image: pg
    storage: { size: 20Gi, path: /pg }
    roles: { owner: [migrate], reader: [counter] }
  files: { kind: object-store, image: pg, storage: { size: 1Gi, path: /s3 } }
  migrate: { kind: job, image: oven, reaches: [recipes] }
  counter: { kind: monitor, image: oven, reaches: [recipes] }
  kept: { kind: job, image: pg, schedule: "@daily", reaches: [recipes, files], backs_up: recipes }
"""
THERE = """\
components:
  recipes: { provider: existing, existing: { cidrs: [10.1.0.0/16], port: 6432, secret: recipes-login } }
owners:"""
FOLDER = "/etc/secrets/recipes"


def bakery(project: Project) -> Project:
    """Return the small project with a database: in the cluster at home, there already in a second environment, and
    managed in a third.
    """
    project.replace_in_system("images:\n", SYSTEM)
    project.replace_in_system("components:\n", COMPONENTS)
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [recipes]\n")
    plain = project.environment_file("home").read_text()
    away = plain.replace("bakery.example\nreg", "away.example\nreg").replace("kind-", "away-")
    project.write_environment("away", away.replace("owners:", THERE))
    north = yaml.safe_load(CLOUD) | {"components": {}}
    project.write_environment("north", yaml.safe_dump(north))
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    synthesize(project)
    return project


def pod_of(objects: list[Object], kind: str, name: str) -> dict[str, Any]:
    (item,) = [one for one in objects if one["kind"] == kind and one["metadata"]["name"].startswith(name)]
    spec = item["spec"].get("jobTemplate", item)["spec"]
    return spec["template"]["spec"]


def secrets_in(pod: dict[str, Any], directory: str) -> set[tuple[str, str]]:
    """Return the Secrets and keys that the main container sees as files below a directory."""
    (volume,) = [one["name"] for one in pod["containers"][0]["volumeMounts"] if one["mountPath"] == directory]
    (source,) = [one for one in pod["volumes"] if one["name"] == volume]
    parts = [one["secret"] for one in source["projected"]["sources"]]
    return {(part["name"], item["key"]) for part in parts for item in part["items"] if not part.get("optional")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "address", "port"),
    [("home", "recipes", 5432), ("away", "recipes-login", 6432), ("north", "recipes", 5432)],
)
def test_each_client_has_its_role_and_nobody_the_administrators_password(
    made: Project, environment: str, address: str, port: int
) -> None:
    objects = objects_of(made, environment)
    for kind, name, role in (
        ("Deployment", "shop", "writer"),
        ("CronJob", "migrate", "owner"),
        ("Deployment", "counter", "reader"),
    ):
        directory = f"/etc/secrets/{address}"
        known = {(address, key) for key in ("database", "host", "port")}
        login = {(f"recipes-{role}", key) for key in ("password", "username")}
        optional = known if environment == "away" else set()  # created by hand, like the Secret without roles
        assert secrets_in(pod_of(objects, kind, name), directory) == (known | login) - optional
        assert find(objects, "ConfigMap", name)["data"]["BAKERY_RECIPES_CREDENTIALS"] == directory
    whole = [
        item["metadata"]["name"]
        for item in objects
        if f"'secretName': '{address}'" in str(item) and "recipes-roles" not in item["metadata"]["name"]
    ]
    administrators = {"recipes"} if environment == "home" else set()
    assert set(whole) == administrators | {"kept", "kept-restore", "kept-drill"}
    egress = find(objects, "NetworkPolicy", "recipes-roles")["spec"]["egress"]
    assert port in {one["port"] for rule in egress for one in rule["ports"]}


@pytest.mark.slow
@pytest.mark.parametrize(("environment", "tls"), [("home", "prefer"), ("away", "require"), ("north", "require")])
def test_a_job_creates_the_roles_and_a_restore_gives_them_back(made: Project, environment: str, tls: str) -> None:
    objects = objects_of(made, environment)
    (job,) = pod_of(objects, "Job", "recipes-roles-")["containers"]
    assert {one["name"]: one["value"] for one in job["env"]}["PGSSLMODE"] == tls
    assert "17.6" in job["image"]
    (load,) = pod_of(objects, "CronJob", "kept-restore")["containers"]
    names = {one["name"]: one.get("value") for one in load["env"] if one["name"].startswith("ROLE_")}
    assert names == {f"ROLE_{role.upper()}": f"recipes_{role}" for role in ("owner", "reader", "writer")}
    assert "database-roles.sql" in find(objects, "ConfigMap", "kept")["data"]
    secrets = find(objects, "ConfigMap", "create-secrets")["data"]["secrets"].splitlines()
    assert "recipes-writer password username=recipes_writer" in secrets


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project with a database that gives clients the hosts to read from, and replicas in the cloud."""
    made = bakery(Project.small(tmp_path_factory.mktemp("reading")))
    made.replace_in_system("    image: pg\n    storage:", "    image: pg\n    read_endpoint: true\n    storage:")
    made.replace_in_environment("north", "components: {}", "components: { recipes: { read_replicas: 2 } }")
    synthesize(made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "address"), [("home", "recipes"), ("away", "recipes-login"), ("north", "recipes")]
)
def test_clients_have_the_hosts_to_read_from_in_every_environment(
    reading: Project, environment: str, address: str
) -> None:
    objects = objects_of(reading, environment)
    (volume,) = [one for one in pod_of(objects, "Deployment", "counter")["volumes"] if one["name"] == address]
    (source,) = [one["secret"] for one in volume["projected"]["sources"] if one["secret"]["name"] == address][:1]
    assert [one["key"] for one in source["items"]] == ["database", "host", "port", "read_hosts"]
    if environment == "home":
        lines = find(objects, "ConfigMap", "create-secrets")["data"]["secrets"].splitlines()
        (line,) = [one for one in lines if one.startswith("recipes ")]
        assert "read_hosts=recipes" in line.split()
    if environment == "north":
        (data,) = [
            one["remoteRef"]
            for one in find(objects, "ExternalSecret", "recipes")["spec"]["data"]
            if one["secretKey"] == "read_hosts"
        ]
        assert (data["key"], data["property"]) == ("bakery/north/recipes-read-hosts", "hosts")


@pytest.mark.slow
def test_the_number_of_replicas_changes_nothing_in_the_cluster(
    reading: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = bakery(Project.small(tmp_path_factory.mktemp("alone")))
    other.replace_in_system("    image: pg\n    storage:", "    image: pg\n    read_endpoint: true\n    storage:")
    synthesize(other)
    assert objects_of(other, "north") == objects_of(reading, "north")


@pytest.mark.slow
def test_the_chart_takes_an_external_secret_with_the_hosts_to_read_from(reading: Project) -> None:
    assert chart_differences(reading) == []
    values = (reading.root / "dist" / "helm" / "bakery" / "values.yaml").read_text()
    assert "`host`, `read_hosts`, `port`" in " ".join(values.replace("#", " ").split())


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return the project with the third version of the roles' passwords, and the second of the administrator's."""
    made = bakery(Project.small(tmp_path_factory.mktemp("rotated")))
    made.replace_in_system("reader: [counter] }", "reader: [counter], password_version: 3 }")
    made.replace_in_environment("north", "components: {}", "components: { recipes: { password_version: 2 } }")
    synthesize(made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["home", "away", "north"])
def test_another_version_of_the_passwords_has_other_secrets_and_users(rotated: Project, environment: str) -> None:
    objects = objects_of(rotated, environment)
    address = {"away": "recipes-login"}.get(environment, "recipes")
    for kind, name, role in (("Deployment", "shop", "writer"), ("CronJob", "migrate", "owner")):
        used = {secret for secret, _ in secrets_in(pod_of(objects, kind, name), f"/etc/secrets/{address}")}
        assert used - {address} == {f"recipes-{role}-3"}
    secrets = find(objects, "ConfigMap", "create-secrets")["data"]["secrets"].splitlines()
    assert "recipes-writer-3 password username=recipes_writer_3" in secrets
    assert not [line for line in secrets if line.startswith(("recipes-writer ", "recipes-writer-2 "))]
    (job,) = pod_of(objects, "Job", "recipes-roles-")["containers"]
    assert job["command"][-1].endswith("/database-users.sh")
    variables = {one["name"]: one.get("value") for one in job["env"]}
    assert (variables["ROLES"], variables["VERSION"]) == ("recipes", "3")
    # A restore gives the database to the roles, of whatever version.
    (load,) = pod_of(objects, "CronJob", "kept-restore")["containers"]
    assert {"name": "ROLE_WRITER", "value": "recipes_writer"} in load["env"]


@pytest.mark.slow
def test_the_chart_has_the_version_of_the_passwords_too(rotated: Project) -> None:
    assert chart_differences(rotated) == []


@pytest.mark.slow
def test_an_apply_sets_the_version_of_the_administrators_password(rotated: Project, made: Project) -> None:
    (stack,) = (rotated.root / "dist" / "terraform").rglob("north-aws/cdk.tf.json")
    (before,) = (made.root / "dist" / "terraform").rglob("north-aws/cdk.tf.json")
    versions = [
        json.loads(one.read_text())["variable"]["recipes_password_version"]["default"] for one in (stack, before)
    ]
    assert versions == [2, 1]


@pytest.mark.slow
def test_the_chart_is_the_manifests_and_takes_an_external_secret(made: Project) -> None:
    assert chart_differences(made) == []
    shop = (made.root / "dist" / "helm" / "bakery" / "templates" / "shop.yaml").read_text()
    assert "name: {{ .Values.recipes.existingSecret | quote }}" in shop


@pytest.mark.slow
def test_compose_creates_the_roles_too(made: Project) -> None:
    folder = made.root / "dist" / "compose" / "home"
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    assert services["recipes-roles"]["depends_on"]["recipes"] == {"condition": "service_healthy"}
    assert [one["target"] for one in services["shop"]["volumes"]].count(FOLDER) == 1
    views = [line.split() for line in (folder / "prepare" / "views").read_text().splitlines()]
    seen = {word.split(":")[0] for line in views if line[0] == f"shop{FOLDER}" for word in line[2:]}
    assert seen == {"recipes", "recipes-writer", "ca.crt", "database", "host", "port", "password", "username"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("owner: [migrate]", "owner: [migrat]", 'roles.owner[0]: "migrat", which does not log in to recipes, expected'),
        ("owner: [migrate]", "owner: [kept]", '"kept", which does not log in to recipes'),
        ("reader: [counter]", "reader: [migrate]", "roles.reader[0]: migrate as owner and as reader"),
        ("reader: [counter]", "writer: [counter]", "roles.writer"),
        ("toolbox: oven\n", "", "roles without `toolbox`"),
        ("  recipes:\n", f"  {'r' * 47}:\n", "a Job for its roles"),
        (
            "job, image: oven,",
            "job, image: oven, environment: { PGPASSWORD: { secret: recipes, key: password } },",
            (
                "`password` from the Secret recipes, but recipes has roles in home and north, "
                "expected the Secret recipes-owner"
            ),
        ),
        ("reader: [counter]", "reader: [counter], password_version: 0", "roles.password_version"),
        ("reader: [counter]", "reader: [counter], password_version: 10000", "roles.password_version"),
        (
            "monitor, image: oven,",
            "monitor, image: oven, environment_from: [{ secret: recipes }],",
            "counter reads the administrator's `username` from the Secret recipes",
        ),
        (
            "monitor, image: oven,",
            "monitor, image: oven, files: { /login: { secret: recipes } },",
            "counter reads the administrator's `password`",
        ),
        (
            "monitor, image: oven,",
            "monitor, image: oven, volumes: { all: { projected: [{ secret: { name: recipes } }], mount: /all } },",
            "counter reads the administrator's `password`",
        ),
    ],
)
def test_roles_without_effect_and_ways_around_them_are_refused(
    project: Callable[[], Project], old: str, new: str, said: str
) -> None:
    bad = bakery(project())
    bad.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    assert any(said in str(one) and one.line for one in caught.value.problems), str(caught.value)


def test_a_secret_of_another_version_of_the_passwords_is_refused(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    bad.replace_in_system("reader: [counter] }", "reader: [counter], password_version: 2 }")
    password = "{ PGPASSWORD: { secret: recipes-owner, key: password } }"
    bad.replace_in_system("job, image: oven,", f"job, image: oven, environment: {password},")
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    said = "migrate reads the Secret recipes-owner of another version of the passwords"
    assert any(said in str(one) and "expected the Secret recipes-owner-2" in str(one) for one in caught.value.problems)


def test_the_version_of_a_password_that_terraform_does_not_set_is_refused(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    text = bad.environment_file("away").read_text()
    bad.write_environment("away", text.replace("{ provider: existing,", "{ provider: existing, password_version: 2,"))
    with pytest.raises(ModelError, match="version 2 of the password of a store that no cloud manages, expected 1"):
        load_project(bad.root)


def test_addresses_from_the_administrators_secret_and_passwords_of_roles_are_fine(
    project: Callable[[], Project],
) -> None:
    good = bakery(project())
    variables = "{ PGHOST: { secret: recipes, key: host }, PGPASSWORD: { secret: recipes-owner, key: password } }"
    good.replace_in_system("job, image: oven,", f"job, image: oven, environment: {variables},")
    load_project(good.root)


@pytest.mark.parametrize(
    ("target", "name", "refused"),
    [
        ("aws", "order", "a word that PostgreSQL reserves and RDS refuses"),
        ("aws", "rdsadmin", "a database that a new instance already has"),
        ("aws", "postgres", None),
        ("gcp", "postgres", "a database that a new instance already has"),
        ("gcp", "cloudsqladmin", "a database that a new instance already has"),
        ("gcp", "order", None),
        ("azure", "postgres", "a database that a new instance already has"),
        ("azure", "azure-sys", "a database that a new instance already has"),
    ],
)
def test_the_database_of_a_managed_instance_is_new_there(
    project: Callable[[], Project], target: str, name: str, refused: str | None
) -> None:
    root = bakery(project()).root
    for file in (root / "apps").rglob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("recipes", name).replace("target: aws", f"target: {target}")
        file.write_text(text, encoding="utf-8")
    try:
        load_project(root)
        found = []
    except ModelError as error:
        found = [str(one) for one in error.problems if "the database would be called" in one.what]
    if refused is None:
        assert found == []
    else:
        (said,) = found
        assert said.startswith(f"apps/system.yaml:12: components.{name}: ")
        assert f'the database would be called "{name.replace("-", "_")}", {refused}' in said


def test_the_instance_type_of_a_managed_instance_is_one_of_the_cloud(project: Callable[[], Project]) -> None:
    made = bakery(project())
    made.replace_in_environment("north", "components: {}", "components: { recipes: { instance_type: m7g.large } }")
    with pytest.raises(ModelError, match=r'north\.yaml:\d+: components\.recipes\.instance_type: "m7g\.large"'):
        load_project(made.root)
