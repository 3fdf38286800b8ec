"""Custom resources against the definitions that their projects publish, as an API server reads them.

An API server prunes or refuses fields that a structural schema does not name, so here an unknown field is an error
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning).
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from support.kubernetes.manifests import Object
from support.recorded import names_of, recorded

FOLDER = "crds"


@cache
def validators() -> dict[tuple[str, str], Draft202012Validator]:
    """Return a validator for each API version and kind; skips where the definitions are not there."""
    found = {}
    for name in names_of(FOLDER):
        spec = recorded(f"{FOLDER}/{name}")["spec"]
        for version in spec["versions"]:
            schema = _closed(version["schema"]["openAPIV3Schema"])
            schema["properties"].pop("metadata", None)
            schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}, "status": {}}
            key = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
            found[key] = Draft202012Validator(schema)
    return found


def _closed(schema: Any) -> Any:
    """Return a schema that refuses what it does not name."""
    if not isinstance(schema, dict):
        return schema
    found = {key: item for key, item in schema.items() if not key.startswith("x-") and key != "nullable"}
    for key in ("items", "additionalProperties"):
        if key in found:
            found[key] = _closed(found[key])
    # allOf, anyOf, oneOf and not add to the structure, and name only what they are about: they stay open.
    if "properties" in found:
        found["properties"] = {name: _closed(item) for name, item in found["properties"].items()}
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
        found["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("nullable") and "type" in found:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource")
    if "properties" in found and "additionalProperties" not in found and not open_ended:
        found["additionalProperties"] = False
    return found


def errors(objects: Iterable[Object]) -> Iterator[str]:
    """Yield what is wrong with each object that a definition is there for."""
    for item in objects:
        validator = validators().get((item["apiVersion"], item["kind"]))
        for error in validator.iter_errors(item) if validator else ():
            place = ".".join(map(str, error.absolute_path))
            yield f"{item['kind']} {item['metadata'].get('name')}: {place}: {error.message[:200]}"
