"""Keys of Secrets and ConfigMaps that pods use, and that the objects of the output do not have."""

from collections.abc import Iterable, Iterator, Mapping

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.given import generated, uses
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.problems import problem_at

_OF_CERTIFICATES = frozenset({"ca.crt", "tls.crt", "tls.key"})
_NAMED_BY = {"Secret": "secret", "ConfigMap": "config_map"}
"""Key of the model that names such an object."""


def missing_keys(context: Context, objects: Mapping[str, Data]) -> Iterator[Problem]:
    """Yield the keys without which pods do not start, of Secrets and ConfigMaps whose keys are known.

    ``objects`` are those of the whole environment, by path.
    """
    inside = {
        path: item for path, item in objects.items() if item["metadata"].get("namespace") in (None, context.namespace)
    }
    known = known_keys(inside.values())
    found: list[Problem] = []
    for path, item in inside.items():
        for use in uses(item):
            keys = known.get((use.kind, use.name))
            for key in use.keys if keys is not None and not use.optional else ():
                if keys is not None and key not in keys:
                    what = f'no key "{key}" in the {use.kind} {use.name}'
                    found += _problems(context, path, item, (use.kind, use.name, key), what, nearest(key, keys))
    yield from dict.fromkeys(found)


def known_keys(objects: Iterable[Data]) -> dict[tuple[str, str], frozenset[str]]:
    """Return the keys of each Secret and ConfigMap that these objects are or create, by kind and name; without those
    to which something else can add keys.
    """
    found: dict[tuple[str, str], frozenset[str] | None] = {}
    for item in objects:
        for kind, name, keys in _made(item):
            before = found.get((kind, name), frozenset())
            found[kind, name] = None if keys is None or before is None else before | keys
    return {one: keys for one, keys in found.items() if keys is not None}


def _made(item: Data) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Yield each Secret and ConfigMap that an object is or creates, with its keys; None for unknown ones."""
    kind, name, spec = item["kind"], str(item["metadata"]["name"]), item.get("spec") or {}
    if kind in _NAMED_BY:
        fields = ("data", "stringData") if kind == "Secret" else ("data", "binaryData")
        keys = frozenset(key for field in fields for key in item.get(field) or ())
        yield kind, name, keys or None  # A controller fills an empty one.
    if kind == "ExternalSecret":
        target = spec.get("target") or {}
        owned = target.get("creationPolicy", "Owner") == "Owner"
        plain = owned and not (spec.get("dataFrom") or target.get("template"))
        keys = frozenset(str(one.get("secretKey")) for one in spec.get("data") or ())
        yield "Secret", str(target.get("name") or name), keys if plain else None
    elif kind == "SealedSecret":
        template = spec.get("template") or {}
        keys = frozenset({**(spec.get("encryptedData") or {}), **(template.get("data") or {})})
        yield "Secret", str((template.get("metadata") or {}).get("name") or name), keys
    elif kind == "Certificate":
        plain = not (spec.get("keystores") or spec.get("additionalOutputFormats"))
        yield "Secret", str(spec.get("secretName")), _OF_CERTIFICATES if plain else None
    for secret, *own in generated(item):
        yield "Secret", secret, frozenset(own)


def _problems(
    context: Context, path: str, item: Data, reference: tuple[str, str, str], what: str, expected: str
) -> Iterator[Problem]:
    """Yield a problem wherever a document has the reference, or else one with the object that has it."""
    component = str((item["metadata"].get("labels") or {}).get("app.kubernetes.io/name"))
    for root in (context.source, context.system_source):
        places = list(_places(root, ("components", component), *reference)) if root is not None else []
        if root is not None and places:
            yield from (problem_at(root, place, what, expected) for place in places)
            return
    yield Problem(key=path, what=f"{item['kind']} {item['metadata']['name']}: {what}", expected=expected)


def _places(root: Node, own: Place, kind: str, name: str, key: str) -> Iterator[Place]:
    """Yield the places of a key of a Secret or ConfigMap in a component's section."""
    for place, node in root.find(own).leaves(own) if root.depth(own) == len(own) else ():
        says = (place[-1] == "key" and node.value == key) or place[-2:] == ("items", key)
        if says and any(_names(root.find(place[:length]), kind, name) for length in range(len(own), len(place))):
            yield place


def _names(node: Node, kind: str, name: str) -> bool:
    """Return whether a section of the model is a reference to this object."""
    found = node.value.get(_NAMED_BY[kind]) if isinstance(node.value, dict) else None
    inner = found.value.get("name") if found and isinstance(found.value, dict) else found
    return inner is not None and inner.value == name
