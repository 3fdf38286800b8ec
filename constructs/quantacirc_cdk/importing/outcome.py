"""Compare the objects of a source with those of the synthesis, property by property."""

from collections.abc import Iterable, Iterator

from quantacirc_cdk.importing.comparison import Key, Leaf, Names, is_default, leaves, same
from quantacirc_cdk.importing.declared import ABSENT, CLUSTER, NAMESPACE, NO_WORD, SECRET, declared
from quantacirc_cdk.importing.patching import operations
from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.report import Added, Left, Report
from quantacirc_cdk.importing.source import Data, Item, Source, selects
from quantacirc_cdk.kubernetes.ingress import closed_service

Objects = dict[tuple[str, str], Data]
"""Objects by kind and name."""
Pair = tuple[Item, Data | None, Names, Names]
"""An object of the source, its counterpart in the output, and the names that each uses for references."""
_OWN_ANNOTATIONS = ("argocd.argoproj.io/", "quantacirc-cdk/")
"""Annotations that do not change what an object does in the cluster."""
OUTSIDE = (CLUSTER, NAMESPACE, SECRET)
"""Reasons for which an object is not in the output."""
Refused = dict[str, list[str]]
"""Problems that the model refuses, by component or object."""


def patches(source: Source, plan: Translation, objects: Objects) -> dict[tuple[str, str], list[Data]]:
    """Return the patch operations that turn synthesized objects into those of the source, by kind and name."""
    found = {}
    for pair in _pairs(source, plan, objects):
        item, output = pair[:2]
        if output is not None:
            missing, known, *_ = _missing(plan, pair)
            found[plan.counterparts.get(item.key, item.key)] = operations(plan, item, missing, output, known)
    return {key: steps for key, steps in found.items() if steps}


def report(source: Source, plan: Translation, objects: Objects, refused: Refused) -> Report:
    """Return the outcome for each property of the source."""
    found = Report(left=list(source.left), added=[*source.notes, *plan.notes], connections=plan.connections)
    more: dict[tuple[str, str], list[str]] = {}
    by_item = {item.key: name for items in (plan.services, plan.components) for name, item in items.items()}
    for pair in _pairs(source, plan, objects):
        item, output = pair[:2]
        missing, known, carried, left = _missing(plan, pair)
        for key in known.keys() - leaves(item.data, pair[2]).keys():
            in_spec = key[0] == "spec" and not {"metadata", "selector"} & set(key)
            if (in_spec or _is_setting(key)) and not is_default(known[key], key):
                path = "".join(map(_step, known[key].place)).lstrip(".")
                more.setdefault((item.kind, path), []).append(str(known[key].value))
        found.carried += carried
        found.left += left
        said = refused.get(by_item.get(item.key, f"{item.kind}/{item.name}"))
        absent = f"The model refuses it: {said[0]}." if said else ABSENT
        reason = absent if output is None else NO_WORD
        found.left += [item.left(leaf.place, reason) for leaf in missing.values()]
        found.added += _closed(item, output or {})
    found.set = [
        Added(kind=kind, path=path, value=values[0] if len(set(values)) == 1 else "", count=len(values))
        for (kind, path), values in sorted(more.items())
        if path
    ]
    for name, said in sorted(refused.items()):
        found.added += [f"{name}: the model refuses it; a patch sets it if possible: {one}." for one in said]
    return found


def _is_setting(key: Key) -> bool:
    """Return whether a property is an annotation that a controller reads, such as a limit of an Ingress."""
    return key[:2] == ("metadata", "annotations") and not key[-1].startswith(_OWN_ANNOTATIONS)


def _step(step: str | int) -> str:
    """Return a step of a path in dotted form, with ``[]`` for any item of a list."""
    if isinstance(step, int):
        return "[]"
    return f'["{step}"]' if "." in step else f".{step}"


def _pairs(source: Source, plan: Translation, objects: Objects) -> list[Pair]:
    """Return each object of the source with its counterpart in the output and the names used for references."""
    found = []
    config_maps = {old[1]: new[1] for old, new in plan.counterparts.items() if old[0] == "ConfigMap"}
    by_item = {item.key: name for name, item in plan.components.items()}
    services = _service_ports([item.data for item in source.items]), _service_ports(objects.values())
    for item in source.items:
        kind, name = plan.counterparts.get(item.key, item.key)
        output = objects.get((kind, name))
        theirs, ours = Names(config_maps=config_maps, services=services[0]), Names(services=services[1])
        component = by_item.get(item.key)
        if component is not None:
            theirs.main, ours.main = plan.mains[component], component
            if any(one.get("configMapRef", {}).get("name") == component for one in _own_sources(output, component)):
                ours.data = (objects.get(("ConfigMap", component)) or {}).get("data") or {}
        if item.kind == "Service":
            theirs.ports = _port_numbers([one.template for one in source.items], item.data)
            ours.ports = _port_numbers([Item(one, item.node).template for one in objects.values()], output or {})
        found.append((item, output, theirs, ours))
    return found


def _own_sources(output: Data | None, component: str) -> list[Data]:
    spec = (Item(output, None).template if output else {}).get("spec") or {}  # type: ignore[arg-type]
    return [one for each in spec.get("containers", []) if each["name"] == component for one in each.get("envFrom", [])]


def _closed(item: Item, output: Data) -> Iterator[str]:
    """Yield the paths of an Ingress that the library closes."""
    rules = (output.get("spec") or {}).get("rules") or [] if item.kind == "Ingress" else []
    paths = [path for rule in rules for path in rule["http"]["paths"]]
    closed = {
        path["path"]
        for path in paths
        if path["backend"]["service"]["name"] == closed_service(output["metadata"]["name"])
    }
    if closed:
        yield f"Ingress {item.name} no longer leads to {', '.join(sorted(closed))}: health checks are not public."


def _service_ports(objects: Iterable[Data]) -> dict[str, dict[str, int]]:
    """Return the numbers of the named ports of each Service."""
    return {
        one["metadata"]["name"]: {
            port["name"]: port["port"] for port in (one.get("spec") or {}).get("ports") or [] if "name" in port
        }
        for one in objects
        if one["kind"] == "Service"
    }


def _port_numbers(templates: list[Data], service: Data) -> dict[str, int]:
    selector = (service.get("spec") or {}).get("selector")
    return {
        port["name"]: port["containerPort"]
        for template in templates
        if selects(selector, (template.get("metadata") or {}).get("labels") or {})
        for container in (template.get("spec") or {}).get("containers") or []
        for port in container.get("ports") or []
        if "name" in port
    }


def _missing(plan: Translation, pair: Pair) -> tuple[dict[Key, Leaf], dict[Key, Leaf], int, list[Left]]:
    """Return missing properties, all properties of the output, the number of carried ones, and those left to the
    library.
    """
    item, output, theirs, ours = pair
    known = leaves(output, ours) if output is not None else {}
    missing: dict[Key, Leaf] = {}
    left: list[Left] = []
    carried = 0
    for key, leaf in leaves(item.data, theirs).items():
        if item.origin(leaf.place) is None:
            continue
        if key in known and same(leaf.value, known[key].value, key):
            carried += 1
        elif (reason := declared(item, key, leaf, plan)) is not None and (output is not None or reason in OUTSIDE):
            left.append(item.left(leaf.place, reason))
        elif output is not None and key not in known and is_default(leaf, key):
            carried += 1  # The API adds the same value.
        else:
            missing[key] = leaf
    return missing, known, carried, left
