"""Valid projects, drawn from the classes of the model: a new field or kind is drawn as soon as it exists.

A drawn project starts as a small one that is valid and gets random keys of every section. What the model refuses of it
is taken out again, key by key, until the model takes the rest: each refusal must name a file and a line.
"""

import copy
import os
import random
import shutil
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model import Environment, Project, System, load_project, values
from quantacirc_cdk.model.cluster import Addons, Cluster
from quantacirc_cdk.text import yaml
from support.limits import TAKEN, VIRTUAL_NETWORKS, examples, rule_of

Json = dict[str, Any]
Steps = tuple[str | int, ...]

NAMES = (*"a y no on null web api-v2 e3 bus-1 queue store true z9 database nodes".split(), "x" * 45)
"""Names of components: of one letter, words of YAML, long ones, those of parts of a stack."""
WORDS = ("text", "", "y", "1e3", "0o17", "a: b", "{{ x }}", "${Y}", "it's", "é", "two\nlines", " blank ", "#", "-")
ENVIRONMENTS = ("dev", "y", "prod", "e" * 20)
TARGETS = ("local", "aws", "gcp", "azure")
CLOUDS: Json = {
    "aws": {"account": "444455556666", "region": "eu-north-1", "recovery_region": "eu-west-3"},
    "gcp": {"account": "drawn-north", "region": "europe-north1", "recovery_region": "europe-west1"},
    "azure": {
        "account": "44444444-4444-4444-8444-444444444444",
        "region": "swedencentral",
        "recovery_region": "swedensouth",
    },
}
BUDGETS: Json = {"gcp": {"billing_account": "012345-567890-ABCDEF"}, "azure": {"start_month": "2026-12"}}
"""What a budget needs on a cloud, and has on no other."""
PEERS: Json = {
    "aws": {"data": {"network": "vpc-0a1b2c3d", "account": "123456789012", "cidrs": ["10.90.0.0/16", "10.91.0.0/20"]}},
    "gcp": {"data": {"network": "projects/data-north/global/networks/data", "cidrs": ["10.90.0.0/16"]}},
    "azure": {"data": {"network": f"{VIRTUAL_NETWORKS}/data", "cidrs": ["10.90.0.0/16"]}},
}
"""Peers of networks, by cloud."""


@dataclass
class Drawn:
    """A project that was drawn."""

    seed: int
    system: Json
    environments: dict[str, Json]
    refused: Counter[str] = field(default_factory=Counter)
    """What the model refused on the way, by its words without names and numbers."""

    def write(self, root: Path) -> None:
        """Write its files below ``root``."""
        folder = root / "apps" / "environments"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (root / "files").mkdir(exist_ok=True)
        (root / "files" / "a.yml").write_text("a: 1\n")
        (root / "apps" / "system.yaml").write_text(yaml.dump(self.system), encoding="utf-8")
        for name, document in self.environments.items():
            (folder / f"{name}.yaml").write_text(yaml.dump(document), encoding="utf-8")

    def document(self, file: str) -> Json | None:
        """Return the document in a file; None for an environment that was taken out."""
        return self.system if file == "apps/system.yaml" else self.environments.get(Path(file).stem)


def first_seed() -> int:
    """Return the seed of a run's first project: `FUZZ_SEED`, a new one for `new`, or always the same.

    In `make test`, few projects are drawn anew: of a hundred, one still finds a fault, and a merge cannot wait for
    that. `make fuzz` draws all anew.
    """
    given = os.environ.get("FUZZ_SEED", "9000")
    return random.SystemRandom().randrange(2**32) if given == "new" else int(given)


def drawn(seed: int, root: Path) -> tuple[Drawn, Project]:
    """Return the project of a seed, whose files are then below ``root``."""
    project = _Dice(seed).project()
    problems: Sequence[Problem] = ()
    for tries in range(200):
        project.write(root)
        try:
            return project, load_project(root)
        except ModelError as error:
            problems = error.problems
            for problem in problems:
                assert problem.line, f"seed {seed}: without file and line: {problem}"
                project.refused[
                    problem.what.split('"')[0] + (problem.key if problem.what == "missing key" else "")
                ] += 1
            gone: set[tuple[str, Steps]] = set()
            for problem in problems:
                _take_out(project, problem, gone)
            if not project.system["components"]:
                project.system["components"]["a"] = {"kind": "service", "image": "app"}
            if not project.environments:
                dice = _Dice(seed + tries)
                dice.components = {name: one["kind"] for name, one in project.system["components"].items()}
                project.environments["y"] = dice.environment("y", [])
    raise AssertionError(f"seed {seed}: nothing valid is left: {[*map(str, problems)]}")


def _take_out(project: Drawn, problem: Problem, gone: set[tuple[str, Steps]]) -> None:
    """Remove what a problem is about; what is needed goes with the section that needs it."""
    if (document := project.document(problem.file)) is None:
        return
    steps = _steps(document, problem.key)
    for length in range(len(steps), 0, -1):
        place = steps[:length]
        if any(place[: len(other)] == other for file, other in gone if file == problem.file):
            return  # something around it has just been removed
        holder = _at(document, place[:-1])
        if _needed(place) or (isinstance(holder, dict) and place[-1] not in holder):
            continue
        holder.pop(place[-1])
        # the items behind one that is gone have moved: the next round looks again
        gone.add((problem.file, place[:-1] if isinstance(place[-1], int) else place))
        return
    name = problem.key.removeprefix("components.").split(".")[0].split("[")[0]
    if document is not project.system and document.pop("extends", None) is None:
        if problem.key.startswith("components.") and project.system["components"].pop(name, None):
            gone.add(("apps/system.yaml", ("components", name)))
        else:
            del project.environments[Path(problem.file).stem]
    gone.add((problem.file, ()))


_NEEDED = {"name", "sizes", "images", "components", "target", "domain", "registry", "release", "cluster", "owners"}


def _needed(place: Steps) -> bool:
    return (len(place) == 1 and place[0] in _NEEDED) or place == ("cluster", "context")


def _steps(document: Any, key: str) -> Steps:
    """Return the place in a document that a problem's key names, as far as the document has it."""
    found: list[str | int] = []
    while key:
        if isinstance(document, dict):
            fitting = [one for one in document if key == str(one) or key.startswith((f"{one}.", f"{one}["))]
            if not fitting:
                name = key.split(".")[0].split("[")[0]
                return (*found, name)
            step: str | int = max(fitting, key=lambda one: len(str(one)))
            key = key[len(str(step)) :]
        elif isinstance(document, list) and key.startswith("["):
            number, _, key = key[1:].partition("]")
            step = int(number)
            if step >= len(document):
                return tuple(found)
        else:
            break
        found.append(step)
        document = document[step]
        key = key.removeprefix(".")
    return tuple(found)


def _at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


class _Dice:
    """What is drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.kinds = Registry().all()
        """Classes by kind."""
        self.components: dict[str, str] = {}
        """Kinds by component."""

    def project(self) -> Drawn:
        """Return a project, valid or not."""
        count = self.random.choice([1, 2, 3, 4, 6, 9])
        for name in self.random.sample(NAMES, count):
            self.components[name] = self.random.choice(sorted(self.kinds))
        if count > 2:
            self.components[next(iter(self.components))] = "nats"
        system = self.system()
        names = self.random.sample(ENVIRONMENTS, self.random.randint(1, 4))
        environments = {name: self.environment(name, names[:index]) for index, name in enumerate(names)}
        return Drawn(self.seed, system, environments)

    def system(self) -> Json:
        """Return the document of the system."""
        third_party = {"registry": "docker.io", "repository": "library/x", "tag": "17.1"}
        found = self.section(System, 0.3, skip={"components", "images", "sizes", "container", "name"})
        found["name"] = self.random.choice(["drawn", "y", "a1", "s" * 20])
        found["images"] = {name: dict(third_party) if name == "y" else {"repository": name} for name in self.images}
        size = {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}
        found["sizes"] = {name: dict(size) for name in self.sizes}
        if self.random.random() < 0.6:
            found["container"] = {
                "environment_prefix": "DRAWN_",
                "http_port": 8080,
                "metrics_port": 9090,
                "startup_path": "/startupz",
                "liveness_path": "/livez",
                "readiness_path": "/readyz",
            }
        found["components"] = {name: self.component(name, kind) for name, kind in self.components.items()}
        return found

    images = ("app", "y", "tools")
    sizes = ("small", "no", "large")

    def component(self, name: str, kind: str) -> Json:
        """Return the section of a component."""
        found = {"kind": kind, **self.section(self.kinds[kind], self.random.choice([0, 0.1, 0.25]), skip={"kind"})}
        others = [other for other in self.components if other != name]
        if "reaches" in found:
            found["reaches"] = self.random.sample(others, min(len(others), self.random.randint(0, 3)))
        if kind == "worker":
            found["consumes"] = ["drawn.work"]
        return found

    def environment(self, name: str, before: list[str]) -> Json:
        """Return the document of an environment, which may extend one of those before it."""
        target = self.random.choice(TARGETS)
        found: Json = {
            "target": target,
            "domain": f"{name}.drawn.example",
            "namespace": self.random.choice(["drawn", f"{name}-space"]),
            "registry": f"registry.drawn.example/{name}",
            "release": {
                "version": self.random.choice(["1.0.0", "2026.11.3"]),
                "signature": {"issuer": "https://issuer.example", "subject": "https://git.example/drawn/*"},
            },
            "cluster": {
                "kubernetes_version": self.random.choice(["1.33", "1.34"]),
                "context": f"cluster-{name}",
                "addons": {one: self.random.random() < 0.5 for one in ADDONS},
            },
            "owners": ["owners@drawn.example"],
        }
        if target != "local":
            found["clouds"] = {
                cloud: {**CLOUDS[cloud], "state": self._state(cloud, name)}
                for cloud in CLOUDS
                if cloud == target or self.random.random() < 0.3
            }
            found["network"] = {"cidr": f"10.{70 + len(before)}.0.0/16", "zones": 3}
            if len(before) % 2:
                found["network"]["peers"] = copy.deepcopy(PEERS[target])
            pool = {"cpu": 16, "memory": "64Gi", "min_nodes": 3, "max_nodes": 30}
            found["cluster"] |= {"node_pools": {"general": pool}, "private_endpoint": not len(before) % 2}
            found["cluster"]["authorized_cidrs"] = ["198.51.100.0/24"] if len(before) % 2 else None
            issued = found["cluster"]["addons"].get("cert_manager")
            found["cluster"]["route_certificates"] = self.random.choice(["gateway", None if issued else "none"])
        found["cluster"].setdefault("wildcard_issuer", "drawn-dns")  # A drawn route may have a wildcard host.
        managed = [one for one, kind in self.components.items() if "provider" in self.kinds[kind].settings.model_fields]
        providers = ["embedded"] if target == "local" else ["embedded", "managed", "managed"]
        found["components"] = {one: {"provider": self.random.choice(providers), "storage": "50Gi"} for one in managed}
        if before and self.random.random() < 0.5:
            found["extends"] = self.random.choice(before)
        rate = self.random.choice([0, 0.1, 0.25])
        _lay_over(found["cluster"], self.section(Cluster, rate, skip={*found["cluster"], "node_pools", "existing"}))
        _lay_over(
            found, self.section(Environment, rate, skip={*found, "name", "extends", "wired", "shares", "components"})
        )
        if found.get("budget"):
            own = {"billing_account", "start_month"}
            kept = {key: value for key, value in found["budget"].items() if key not in own}
            found["budget"] = kept | BUDGETS.get(target, {})
        for one, kind in self.components.items():
            if self.random.random() < 0.5:
                more = self.section(self.kinds[kind].settings, rate)
                if "cloud_access" in more:
                    more["cloud_access"] = ACCESS.get(target, [])
                _lay_over(found.setdefault("components", {}).setdefault(one, {}), more)
        return found

    def _state(self, cloud: str, name: str) -> Json:
        bucket = f"drawn{cloud}{name}state"[:24]
        return {"bucket": bucket, **({"resource_group": "drawn-state"} if cloud == "azure" else {})}

    def section(self, kind: type[BaseModel], rate: float, skip: "set[str] | frozenset[str]" = frozenset()) -> Json:
        """Return a section: what it needs, and each of its other keys by chance."""
        found: Json = {}
        choices = getattr(kind, "choices", ())
        chosen = self.random.choice(choices) if choices else None
        for name, spec in kind.model_fields.items():
            if name in skip or (name in choices and name != chosen):
                continue
            if spec.is_required() or name == chosen or self.random.random() < rate:
                hint: Any = Annotated[(spec.annotation, *spec.metadata)] if spec.metadata else spec.annotation
                value = self.value(hint, name, rate)
                if value is not PydanticUndefined:
                    found[name] = value
        return found

    def value(self, hint: Any, name: str, rate: float) -> Any:
        """Return a value that a hint describes; ``name`` is the key that it stands at."""
        rule = rule_of(hint)
        if rule in _NAMED and (pool := self.pool(name)) is not None:
            return self.random.choice(pool)
        if rule:
            return self.random.choice(examples(TAKEN, hint))
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.annotated(hint, name, rate)
        if origin in (Union, types.UnionType):
            return self.value(self.random.choice([one for one in inner if one is not types.NoneType]), name, rate)
        if origin is Literal:
            return self.random.choice(inner)
        if name == "merge":  # A patch of an object whose kind has other fields is refused.
            return {"metadata": {"annotations": {"drawn.example/x": self.random.choice(WORDS)}}}
        if name == "operations":  # Of another value only the API knows that it does not fit.
            return [
                {"op": "add", "path": "/metadata/annotations", "value": {"drawn.example/x": self.random.choice(WORDS)}}
            ]
        if origin is dict:
            keys = [self.value(inner[0], f"{name}.key", rate) for _ in range(self.random.choice([0, 1, 1, 2]))]
            return {key: self.value(inner[1], f"{name}.value", rate) for key in keys}
        if origin is list:
            return [self.value(inner[0], name, rate) for _ in range(self.random.choice([0, 1, 1, 2]))]
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return self.section(hint, min(rate * 1.5, 0.5))
        plain: Mapping[Any, Any] = {
            str: lambda: self.random.choice(WORDS),
            int: lambda: self.random.choice([0, 1, 7, 1000]),
            float: lambda: self.random.choice([0.5, 60, 99.9]),
            bool: lambda: self.random.random() < 0.5,
        }
        if hint in plain:
            return plain[hint]()
        if hint in (Any, object):
            return {"a": 1}
        raise AssertionError(f"no values for {name}: {hint}")

    def annotated(self, hint: Any, name: str, rate: float) -> Any:
        """Return a value of a type with bounds."""
        inner, *marks = get_args(hint)
        marks = [one for mark in marks for one in (getattr(mark, "metadata", None) or [mark])]
        low = next((mark.ge for mark in marks if getattr(mark, "ge", None) is not None), None)
        high = next((getattr(mark, side) for mark in marks for side in ("le", "lt") if getattr(mark, side, None)), None)
        if low is not None or high is not None:
            low = 0 if low is None else low
            high = low + 1000 if high is None else high
            return min(self.random.choice([low, low + 1, (low + high) // 2, high]), high)
        if get_origin(inner) in (Union, types.UnionType) and set(get_args(inner)) == {int, str}:
            return self.random.choice([1, "25%"] if name.startswith("max_") else [8080, *PORTS])
        length = next((mark.min_length for mark in marks if getattr(mark, "min_length", None)), 0)
        value = self.value(inner, name, rate)
        if length and isinstance(value, str):
            return value if len(value) >= length and value.isprintable() else "a text"
        if length and isinstance(value, list) and not value:
            return [self.value(get_args(inner)[0], name, rate)]
        return value

    def pool(self, name: str) -> "tuple[str, ...] | None":
        """Return the names that a key chooses from, where they are names of other things."""
        if name in ("image", "toolbox", "certificate_tool", "stream_tool", "trace_collector", "exporter"):
            return self.images
        if name in ("bus", "backs_up", "component", "components"):
            return tuple(self.components)
        pools = {
            "size": self.sizes,
            "volumes.key": VOLUMES,
            "mounts.key": VOLUMES,
            "node_pool": ("general",),
            "port": PORTS,
            "routes.key": ("page", "y"),
            "externals.key": ("mail", "null"),
        }
        return pools.get(name)


ACCESS: Mapping[str, list[Json]] = {
    "aws": [{"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:eu-central-1:111111111111:drawn-*"]}],
    "gcp": [{"role": "roles/storage.objectUser", "resources": ["projects/_/buckets/drawn/objects/a/"]}],
    "azure": [
        {
            "role": "Owner",
            "resources": ["/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/drawn"],
            "reason": "drawn",
        }
    ],
}
"""Permissions in each cloud."""
PORTS = ("http", "raw", "y")
VOLUMES = ("data", "y", "scratch")
ADDONS = sorted(Addons.model_fields)
_NAMED = (rule_of(values.Name), rule_of(kubernetes.PortName), rule_of(kubernetes.DnsLabel))
"""The rules of what names other things."""


def _lay_over(base: Json, more: Json) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        else:
            base[key] = copy.deepcopy(value)
