"""Whatever the model takes has an effect, or is refused with file and line.

The values are those of the project in `support.rich`, which has one for every field. `make fuzz-values` changes each of
them, which takes half an hour, and first a few, other ones in each run (`VALUES_SEED` repeats them).
"""

import os
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from quantacirc_cdk.kinds.registry import Registry
from support.effects import Refused, changes_output
from support.leaves import KINDS, Place, other_values, rich_values, with_value
from support.rich import NORTH, SYSTEM, Json, scenarios

SEED = int(os.environ.get("VALUES_SEED", random.randrange(2**32)))
DRAWN = 12
Changed = tuple[str, Place, tuple[type[BaseModel], str]]
"""A value: the document, the place in it, and the field."""

WITHOUT_EFFECT = {
    "system.description": "for people",
    "system.externals.*.description": "for people, in the report",
    "system.components.*.description": "for people, in the report",
    "environment.description": "for people",
    "environment.wired.cluster_endpoint": "recorded, and compared by `qcdk wire --check`",
    "environment.wired.hosts.books": "recorded, and compared by `qcdk wire --check`",
    "environment.wired.name_servers.0": "recorded, and compared by `qcdk wire --check`",
    "environment.release.require_digests": "a check of `release.images`",
}
"""What only people read, or what is read when something is done, with the reason."""

ONE_VALUE = {
    "environment.clouds.azure.recovery_region": "the region's pair",
    "environment.cluster.ingress_class": "the one class whose annotations are known",
    "environment.cluster.mode": "the system has what Autopilot refuses",
    "environment.cluster.system_pool": "the one pool that nothing else needs",
    "environment.components.books.version": "the release of the image that makes the backups",
    "environment.wired.target": "the environment's target",
    "system.components.*.backs_up": "what it reaches",
    "system.components.*.bus": "the one bus there is",
    "system.components.books-backup.reaches.0": "what it backs up",
    "system.components.books-backup.reaches.1": "the object store",
    "system.components.nightly.reaches.0": "the database whose roles name it",
    "system.components.queue-backup.reaches.0": "what it backs up",
    "system.components.queue-backup.reaches.1": "the object store",
    "system.patches.pids.environments.0": "the one environment there is",
}
"""Where the model takes one value, which follows from others."""

SAME = object()
FOLLOWS: dict[Place, dict[Place, Any]] = {
    ("container", "http_port"): {("components", name, "probes", "port"): SAME for name in ("worker", "web")},
    ("clouds", "azure", "region"): {("clouds", "azure", "recovery_region"): "northeurope"},
    ("cluster", "gateway_policies"): {("traffic", "requests_per_second"): None, ("traffic", "body_size"): None},
    ("cluster", "addons", "gateway_api"): {("cluster", "ingress_class"): "nginx"},
    ("cluster", "node_pools", "gpu", "spot"): {("cluster", "node_pools", "gpu", "spot_machine_types"): []},
}
"""What must change with a value, in the same document."""

OTHERS: dict[str, list[Any]] = {
    "components": ["web"],
    "environment_prefix": ["FACTORY_"],
    "gateway_policies": [None],
    "hosts": ["forge.example"],
    "port": [50051],
    "image": ["other", "app", "tools"],
    "kubernetes_version": ["1.34"],
    "protocol": ["UDP"],
    "reaches": ["mill", "watcher", "worker"],
    "recovery_region": ["eu-central-1", "europe-west4"],
    "region": ["eu-central-1", "eu-south-1", "europe-west4", "westeurope", "us-east-1"],
    "schedule": ["5 4 * * *"],
    "size": ["medium", "small"],
    "time_zone": ["Europe/Paris"],
    "version": ["3.3.0", "16"],
    "toolbox": ["openssl"],
    "certificate_tool": ["tools"],
    "stream_tool": ["other"],
    "trace_collector": ["tools"],
    "exporter": ["tools"],
    "secret_keys": ["OTHER_KEY"],
    "instance_type": ["db.r7g.xlarge"],
    "machine_type": ["m7g.8xlarge"],
}
"""Other valid values where no small change of the present one gives one."""


def choices(annotation: Any) -> Iterator[Any]:
    """Yield the values that an annotation lists."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for inner in get_args(annotation):
        yield from choices(inner)


def others(key: str, value: Any, field: tuple[type[BaseModel], str]) -> Iterator[Any]:
    """Yield other values that may be valid, the likeliest first."""
    listed = list(choices(field[0].model_fields[field[1]].annotation))
    yield from (other for other in (*OTHERS.get(key, ()), *listed) if other != value)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value * 2, value * 4, value - 1, value + 0.5)
    elif isinstance(value, str):
        numbers = list(re.finditer(r"\d+", value))
        for number in (numbers[:1] + numbers[-1:]) if numbers else ():
            for by in (1, 2):
                yield value[: number.start()] + str(int(number[0]) + by).zfill(len(number[0])) + value[number.end() :]
        yield from (f"{value}x", f"x{value}", f"{value}_X", f"{value}/x")


def value_at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def at(document: Any, place: Place) -> bool:
    """Whether a document has a value there."""
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def named(side: str, place: Place) -> str:
    """Return a place with `*` for a name that people choose."""
    return ".".join([side, *(("*" if _is_name(place, index) else str(step)) for index, step in enumerate(place))])


def _is_name(place: Place, index: int) -> bool:
    return index == 1 and place[0] in ("components", "externals", "teams", "images")


def effect(side: str, place: Place, field: tuple[type[BaseModel], str]) -> str:
    """Return the part that a change of a value shows in, or what is wrong."""
    key = next(str(step) for step in reversed(place) if isinstance(step, str))
    key = str(place[-3]) if key in SYSTEM["components"] else key
    taken = False
    for scenario, (system, environment) in scenarios().items():
        document = system if side == "system" else environment
        there = place if at(document, place) else place[:-1]  # a section may be written as one of its values
        if not at(document, there) or isinstance(value := value_at(document, there), dict | list):
            continue
        if side == "environment" and place[0] == "clouds" and place[1] != environment["target"]:
            continue  # `target` chooses the cloud
        for other in others(key, value, field):
            changed = with_value(document, there, other)
            for follower, follows in FOLLOWS.get(place, {}).items():
                changed = with_value(changed, follower, other if follows is SAME else follows)
            both = (changed, environment) if side == "system" else (system, changed)
            try:
                part = changes_output(scenario, *both, first=_first(side, place))
            except Refused as refused:
                if not refused.placed:
                    return f"refused without file and line: {refused}"
                continue
            if part:
                return part
            taken = True
            break
    return "taken without an effect" if taken else "no other valid value known"


def _first(side: str, place: Place) -> str:
    """Return the part where an effect is likeliest."""
    if side == "system":
        return "kubernetes"
    if place[0] in ("audit_trail", "budget", "clouds", "network", "tags", "owners", "high_availability"):
        return "terraform"
    stores = place[0] == "components" and place[1] in ("books", "objects")
    return "terraform" if stores else "gitops" if place[0] in ("delivery", "change_windows") else "kubernetes"


SECTIONS = [
    *(("system", name) for name in SYSTEM if name != "components"),
    *(("system", "components", name) for name in SYSTEM["components"]),
    *(("environment", name) for name in NORTH),
]


def effects(values: Iterable[Changed]) -> dict[str, str]:
    """Return what a change of each value shows in, by the place of the value."""
    found: dict[str, str] = {}
    for side, place, field in values:
        found[".".join([side, *map(str, place)])] = effect(side, place, field)
    return found


def changeable(folder: Path) -> list[Changed]:
    """Return the values of the rich project of which another one has an effect, each once."""
    found: dict[tuple[str, Place], Changed] = {}
    for side, place, value, field in rich_values(folder):
        names = {named(side, place), ".".join([side, *map(str, place)])}
        if value is not None and place[-1] != "kind" and not names & (WITHOUT_EFFECT | ONE_VALUE).keys():
            found.setdefault((side, place), (side, place, field))
    return list(found.values())


@pytest.mark.slow
@pytest.mark.fuzz
def test_drawn_values_have_an_effect(tmp_path: Path) -> None:
    print(f"VALUES_SEED={SEED}")
    found = effects(random.Random(SEED).sample(changeable(tmp_path), DRAWN))
    assert {name: what for name, what in found.items() if " " in what} == {}


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize("section", SECTIONS, ids=".".join)
def test_every_value_has_an_effect(section: tuple[str, ...], tmp_path: Path) -> None:
    found = effects(one for one in changeable(tmp_path) if (one[0], *one[1])[: len(section)] == section)
    assert found or section in {("system", "description"), ("environment", "description")}
    assert {name: what for name, what in found.items() if " " in what} == {}


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_a_field_has_an_effect_on_a_kind_or_is_refused(kind: str) -> None:
    name, found = KINDS[kind], {}
    for field in Registry().all()[kind].model_fields:
        if field in SYSTEM["components"][name] or field in ("kind", "bus"):  # there is one bus
            continue
        system = with_value(SYSTEM, ("components", name, field), next(other_values(field, None)))
        found[field] = _effect_in("aws", "local", system=system)
    assert {field: what for field, what in found.items() if "without" in what} == {}


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize("kind", KINDS)
def test_an_override_has_an_effect_on_a_kind_or_is_refused(kind: str) -> None:
    name, found = KINDS[kind], {}
    stated, over = SYSTEM["components"][name], NORTH["components"].get(name, {})
    for field in Registry().all()[kind].settings.model_fields:
        value = next(other_values(field, over.get(field, stated.get(field))), None)
        if value is not None:
            found[field] = _effect_in("aws", "local", override=(name, {**over, field: value}))
    assert found
    assert {field: what for field, what in found.items() if "without" in what} == {}


def _effect_in(*names: str, system: Json | None = None, override: tuple[str, Json] | None = None) -> str:
    """Return what a change does in the first scenario in which it has an effect, or is refused."""
    for scenario in names:
        before, environment = scenarios()[scenario]
        if override:
            environment = with_value(environment, ("components", override[0]), override[1])
        try:
            part = changes_output(scenario, system or before, environment)
        except Refused as refused:
            return "refused" if refused.placed else f"refused without file and line: {refused}"
        if part:
            return part
    return "taken without an effect"
