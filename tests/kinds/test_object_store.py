"""An object store of a cloud: what is locked, and what is refused."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import find
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

CLOUD = """\
target: aws
clouds:
  aws: { account: "123456789012", region: eu-central-1, state: { bucket: bakery-state } }
network: { cidr: 10.0.0.0/16 }
"""
POOLS = (
    "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\nowners"
)
STORES = """\
  books:
    kind: postgresql
    image: books
    storage: { size: 1Gi, path: /data }
  files:
    kind: object-store
    image: files
    storage: { size: 1Gi, path: /data }
  books-backup:
    kind: job
    image: oven
    schedule: "0 1 * * *"
    reaches: [books, files]
    backs_up: books
"""


def bakery(project: Project, files: str, *, shared: bool = False) -> Project:
    """Return a project on AWS whose database is backed up to the store ``files``."""
    books = "  books: { registry: docker.io, repository: postgres, tag: '17' }\n"
    images = f"images:\n{books}  files: {{ registry: docker.io, repository: s3, tag: '1' }}\n"
    project.replace_in_system("images:\n", images)
    project.write_system(project.system_file.read_text() + STORES)
    if shared:
        project.replace_in_system("    reaches: [shop]\n", "    reaches: [shop, files]\n")
    text = ENVIRONMENT.replace("target: local\n", CLOUD).replace("owners", POOLS)
    settings = f"components:\n  books: {{ backup_retention_days: 7, storage: 20Gi }}\n  files: {{ {files} }}\n"
    project.write_environment("home", text + settings)
    return project


@pytest.mark.parametrize(
    ("files", "shared", "said"),
    [
        ("lock_days: 8", False, "8 days, but backups of books are deleted after 7, expected at most 7"),
        ("lock_days: 7, provider: embedded", False, "`lock_days` with provider embedded"),
        ("lock_days: 7", True, "locked objects, which baker could neither overwrite nor delete"),
    ],
)
def test_a_lock_that_somebody_runs_into_is_refused(
    project: Callable[[], Project], files: str, shared: bool, said: str
) -> None:
    with pytest.raises(ModelError) as error:
        load_project(bakery(project(), files, shared=shared).root)
    (problem,) = error.value.problems
    assert re.match(r"apps/environments/home\.yaml:\d+: components\.files\.lock_days: ", str(problem))
    assert said in str(problem)


def test_backups_are_not_deleted_before_their_time(project: Callable[[], Project]) -> None:
    with pytest.raises(ModelError) as error:
        load_project(bakery(project(), "expire_after_days: 6, cool_after_days: 30").root)
    assert [str(problem).partition("files.")[2] for problem in error.value.problems] == [
        "expire_after_days: 6 days with `cool_after_days` 30, expected more than 30",
        "expire_after_days: 6 days, but backups of books are kept for 7, expected at least 7",
    ]


def test_backups_of_a_shared_store_are_seen_by_their_job_alone(project: Callable[[], Project]) -> None:
    loaded = load_project(bakery(project(), "retention_days: 30", shared=True).root)
    contract = contract_of(loaded.system, loaded.environments["home"])
    assert contract.managed["files"].prefixes == {"books-backup": "backups/books"}
    assert {name for name, one in contract.identities.items() if "files" in one.stores} == {"baker", "books-backup"}


def test_a_job_that_backs_up_nothing_known_is_the_only_problem_of_a_locked_store(
    project: Callable[[], Project],
) -> None:
    made = bakery(project(), "lock_days: 7")
    made.replace_in_system("backs_up: books", "backs_up: boks")
    with pytest.raises(ModelError) as error:
        load_project(made.root)
    assert ["components.books-backup.backs_up" in str(problem) for problem in error.value.problems] == [True, True]


EXISTING = "provider: existing, existing: {{ endpoint: '{}', bucket: kept, cidrs: [10.9.0.0/16]{} }}"


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("https://minio.corp.example:9443", 9443),
        ("https://s3.corp.example", 443),
        ("http://s3.corp.example/store", 80),
        ("http://[fd00::1]:9000", 9000),
    ],
)
def test_clients_reach_the_port_of_the_address_of_an_existing_bucket(
    project: Callable[[], Project], tmp_path: Path, endpoint: str, port: int
) -> None:
    small = bakery(project(), EXISTING.format(endpoint, ""))
    (objects,) = render(small.root, tmp_path / "out").values()
    policy = find(objects, "NetworkPolicy", "books-backup")
    opened = [
        each["port"]
        for rule in policy["spec"]["egress"]
        if {"ipBlock": {"cidr": "10.9.0.0/16"}} in rule.get("to", [])
        for each in rule["ports"]
    ]
    assert opened == [port]


def test_another_port_beside_that_of_the_address_is_refused(project: Callable[[], Project]) -> None:
    with pytest.raises(ModelError, match="expected no port, or 9443, the port of endpoint, not 443"):
        load_project(bakery(project(), EXISTING.format("https://minio.corp.example:9443", ", port: 443")).root)
