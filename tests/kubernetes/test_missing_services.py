"""An address of a component that has no Service in an environment is refused where it is written."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.system import SystemChart
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project
from support.unseen import CLOUD

pytestmark = pytest.mark.integration

COMPONENTS = """\
components:
  sessions: { kind: valkey, image: oven, storage: { size: 1Gi, path: /data } }
  books: { kind: postgresql, image: oven, storage: { size: 20Gi, path: /pg } }
  sweep: { kind: job, image: oven }
"""
DEAD = (
    "environment: { REDIS_PASSWORD: { secret: sessions, key: password }, "
    "REDIS_URL: { expand: 'redis://:$(REDIS_PASSWORD)@sessions:6379/0' } }"
)


def bakery(project: Project, shop: str) -> Project:
    """Return a project in which the stores are in the cluster at home, and managed in the north."""
    project.replace_in_system("components:\n", COMPONENTS)
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n    reaches: [sessions, books]\n    {shop}\n")
    stores = {"sessions": {"provider": "managed", "memory": "3Gi"}, "books": {"provider": "managed"}}
    project.write_environment("north", yaml.safe_dump({**yaml.safe_load(CLOUD), "components": stores}))
    return project


@pytest.mark.parametrize(
    ("shop", "key", "host"),
    [
        (DEAD, "components.shop.environment.REDIS_URL", "sessions"),
        ("environment: { DB_HOST: books }", "components.shop.environment.DB_HOST", "books"),
        ("environment: { URL: 'http://sweep/x' }", "components.shop.environment.URL", "sweep"),
        ("args: ['--dsn=host=books port=5432']", "components.shop.args", "books"),
        ("command: [sh, -c, 'run redis://sessions.bakery.svc:6379']", "components.shop.command", "sessions"),
        ("files: { /etc/app.yml: { text: 'cache: sessions:6379' } }", "components.shop.files", "sessions"),
        (
            "side_cars: [{ name: beside, environment: { AT: 'sessions:6379' } }]",
            "components.shop.side_cars[0].environment.AT",
            "sessions",
        ),
    ],
)
def test_an_address_without_a_service_is_refused_at_its_line(
    project: Callable[[], Project], out: Path, shop: str, key: str, host: str
) -> None:
    with pytest.raises(PropsError) as refused:
        render(bakery(project(), shop).root, out, ["north"])
    (problem,) = refused.value.problems
    assert (problem.key, problem.file, bool(problem.line)) == (key, "apps/system.yaml", True)
    managed = host != "sweep"
    assert problem.what == f"the host {host}, which has no Service in north" + (": it is managed there" * managed)
    assert (f"of the Secret {host}" in problem.expected) is managed


def test_an_address_of_the_environment_is_refused_in_its_file(project: Callable[[], Project], out: Path) -> None:
    wrong = bakery(project(), "")
    north = yaml.safe_load(wrong.environment_file("north").read_text())
    north["components"]["shop"] = {"environment": {"DB_HOST": "books"}}
    wrong.write_environment("north", yaml.safe_dump(north))
    with pytest.raises(PropsError) as refused:
        render(wrong.root, out, ["north"])
    assert [one.file for one in refused.value.problems] == ["apps/environments/north.yaml"]


def test_in_the_cluster_the_same_addresses_exist(project: Callable[[], Project], out: Path) -> None:
    assert render(bakery(project(), DEAD).root, out, ["home"])


def test_a_service_that_the_project_adds_is_one(project: Callable[[], Project]) -> None:
    root = bakery(project(), "environment: { DB_HOST: books }").root
    loaded = load_project(root)
    app = cdk8s.App()
    chart = SystemChart(app, "north", system=loaded.system, environment=loaded.environments["north"])
    spec = {"type": "ExternalName", "externalName": "books.example"}
    Manifest(chart, "books-alias", api_version="v1", kind="Service", name="books", spec=spec)
    chart.finish()


def test_images_and_names_of_other_hosts_are_no_addresses(project: Callable[[], Project], out: Path) -> None:
    fine = "environment: { A: 'registry.example/sessions:8080', B: 'books', C: 'redis://sessions.example:6379' }"
    assert render(bakery(project(), fine).root, out)


def test_the_documented_variables_work_in_the_cluster_and_in_a_cloud(project: Callable[[], Project], out: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "kinds.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    stated, changed = (yaml.safe_load(block) for block in blocks if "REDIS_SCHEME" in block)
    right = bakery(
        project(), f"environment: {yaml.safe_dump(stated['environment'], default_flow_style=True, width=999)}"
    )
    north = yaml.safe_load(right.environment_file("north").read_text())
    north["components"]["shop"] = changed["components"]["web"]
    right.write_environment("north", yaml.safe_dump(north))
    for name, scheme in (("home", "redis"), ("north", "rediss")):
        objects = render(right.root, out / name, [name])[name]
        assert url(objects) == f"{scheme}://:<password>@<host>:<port>/0"


def url(objects: list[Object]) -> str:
    """Return the variable as the kubelet expands it: from earlier entries of `env` alone."""
    (container,) = find(objects, "Deployment", "shop")["spec"]["template"]["spec"]["containers"]
    known: dict[str, str] = {}
    for one in container["env"]:
        value = one.get("value")
        if value is None:
            value = f"<{one['valueFrom'].get('secretKeyRef', {}).get('key')}>"
        for name, text in known.items():
            value = value.replace(f"$({name})", text)
        known[one["name"]] = value
    return known["REDIS_URL"]
