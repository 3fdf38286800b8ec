"""Rules about backups: what they are of, what they reach, and the release that makes them."""

import re
from collections.abc import Iterator

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import Component, System

Problems = Iterator[Problem]


def check_backup(system: System, root: Node, name: str, component: Component) -> Problems:
    """Yield what is wrong with a component that backs another up."""
    place, target = ("components", name, "backs_up"), component.backs_up
    stores = system.of_kind("database", "bus")
    if target not in stores:
        yield problem_at(root, place, f'no database or bus "{target}"', nearest(str(target), stores))
    if target in system.of_kind("bus") and not system.stream_tool:
        yield problem_at(root, place, "a backup of the bus without `stream_tool`", "an image with Python and nats-py")
    if component.kind != "job" or not component.schedule:
        yield problem_at(root, place, f"a backup by a {component.kind} without a schedule", "a job with a schedule")
    for needed in (target, system.only("object-store")):
        if needed not in component.reaches:
            what = f"a backup that does not reach {needed or 'an object store'}"
            yield problem_at(root, place, what, f"{target} and the object store under `reaches`")


def check_backup_version(system: System, environment: Environment, root: Node) -> Problems:
    """Yield a database of another release than the programs that back it up.

    `pg_dump` refuses a newer server, and an older one does not take back what it wrote: 17 sets a parameter that 16
    does not know (https://www.postgresql.org/docs/current/app-pgdump.html).
    """
    databases = system.of_kind("database")
    for component in system.components.values():
        image = system.images.get(databases[component.backs_up].image) if component.backs_up in databases else None
        major = re.match(r"[0-9]+", image.tag) if image and image.tag else None
        if major and major[0] != environment.ledger.version:
            what = f"version {environment.ledger.version}, but backups are made with release {major[0]}"
            yield problem_at(root, ("ledger", "version"), what, f"{major[0]}, or another database image")
