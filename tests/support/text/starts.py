"""Projects to put texts in: with everything, with many components of one environment, with few of many environments."""

import json
import re
from typing import Any

from support.rich import SYSTEM, scenarios
from support.text.project import Documents, every_place

THREE = ("aws-with-mac", "gateway", "azure")
"""Environments that use nine of ten fields."""
CLONES = 8
"""How many places a field of a component has in a wide project."""
MANY = ("edge", "web", "calls", "agent", "plugin")
"""Components with the only places of many fields."""
FEW = ("worker", "web", "plugin", "queue", "books", "cache", "objects")
"""Components for which an environment has settings in text."""

TOGETHER = {
    "a-network-a": ("gcp", {"cluster": {"node_pools": {"gpu": ()}}, "components": {"worker": ()}}),
    "a-network-th": ("azure", {"cluster": {"system_pool": ()}, "components": {"worker": (), "books": ()}}),
    "a-cluster-th": ("stores-that", {"components": {"books": (), "objects": ()}}),
}
"""Environments that have what another one has, too: fewer of them take less time."""


def base(*only: str) -> Documents:
    """Return a system and its environments, which together use every field for text; some of these when named."""
    documents: Documents = {"system": json.loads(json.dumps(SYSTEM).replace('"north"', '"aws"'))}
    documents["system"].pop("patches", None)  # they name what is in objects that others make
    made = {
        re.sub("[^a-z0-9]+", "-", title)[:12].strip("-"): found
        for title, (system, found) in scenarios().items()
        if system == SYSTEM
    }
    names = only or tuple(made)
    trailed: set[str] = set()
    for number, name in enumerate(names):
        environment = made[name]
        own = json.loads(json.dumps(environment).replace("plant-north", f"plant-{name}"))
        for cloud in own.get("clouds", {}).values():
            cloud["state"]["bucket"] = f"plant{number}state"
        own |= {"namespace": f"plant-{name}", "domain": f"{name}.plant.example"}
        own["clouds"] = {cloud: item for cloud, item in own.get("clouds", {}).items() if cloud == own["target"]}
        own["shares"] = [other for other in names if other != name]
        own.pop("patches", None)
        account = json.dumps(own["clouds"].get(own["target"], {}).get("account"))
        if own.get("audit_trail") and account in trailed:  # An account has one.
            own.pop("audit_trail")
        trailed |= {account} if own.get("audit_trail") else set()
        if "network" in own:
            own["network"]["cidr"] = f"10.{77 + number}.0.0/16"
        documents[name] = own
    return documents


def environments(documents: Documents) -> list[str]:
    return [name for name in documents if name != "system"]


def covering(documents: Documents) -> list[str]:
    """Return a few environments that together have every place for text that any has."""
    here = {name: {place.name for place in every_place({"system": documents["system"], name: documents[name]})}
            for name in environments(documents)}  # fmt: skip
    missing, found = set().union(*here.values()), []
    while missing:
        found.append(max(here, key=lambda name: len(here[name] & missing)))
        missing -= here[found[-1]]
    return found


def tall() -> Documents:
    """Return few components and environments that have every field: texts of the system and of environments."""
    documents = base(*covering(base()))
    components = documents["system"]["components"]
    documents["system"]["components"] = {name: components[name] for name in FEW}
    components["books"].pop("roles")  # they name components that are not here
    for name, (other, keys) in TOGETHER.items():
        _copy(documents.pop(other), documents[name], keys)
    for name in environments(documents):
        documents[name]["shares"] = [other for other in environments(documents) if other != name]
        settings = documents[name]["components"]
        documents[name]["components"] = {part: item for part, item in settings.items() if part in FEW}
    documents["a-cluster-th"]["wired"].pop("hosts")  # of a database that Terraform makes
    return documents


def _copy(source: Any, target: Any, keys: Any) -> None:
    """Copy what some keys have; a mapping names keys further below."""
    for key in keys:
        if isinstance(keys, dict) and keys[key]:
            _copy(source[key], target[key], keys[key])
        else:
            target[key] = source[key]


def wide(environment: str, clones: int = CLONES) -> Documents:
    """Return an environment and all components, several times those that have the only places of a field."""
    documents = base(environment)
    settings = documents[environment]["components"]
    for items, name in [(documents["system"]["components"], one) for one in MANY] + [
        (documents["system"]["externals"], "mill"),
        *((settings, one) for one in MANY if one in settings),
    ]:
        items |= {f"{name}-{number}": _clone(items[name], number) for number in range(1, clones)}
    return documents


def _clone(item: Any, number: int) -> Any:
    """Return a component or external with hosts and ports of its own."""
    text = json.dumps(item)
    text = re.sub(r'"([a-z*.]+)\.plant\.example"', rf'"\1.n{number}.plant.example"', text)
    text = re.sub(r'"subdomains": \["([a-z]+)"\]', rf'"subdomains": ["\g<1>{number}"]', text)
    text = re.sub(
        r'("external_port": |"host_port": \{"port": )(\d+)', lambda found: f"{found[1]}{int(found[2]) + number}", text
    )
    return json.loads(text)
