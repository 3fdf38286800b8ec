"""Read the output of ``terraform providers schema -json`` (https://developer.hashicorp.com/terraform/internals)."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from quantacirc_cdk.errors import Problem, SchemaError

Json = dict[str, Any]

_LOCKED = re.compile(r'provider\s+"[^"]*?/?([^"/]+/[^"/]+)"\s*\{[^}]*?version\s*=\s*"([^"]+)"')


def provider_documents(published: Any, lock: str = "") -> Iterator[tuple[str, Json]]:
    """Yield the name (``aws``) and the reduced schema of every provider, sorted by name.

    ``lock`` is the text of ``.terraform.lock.hcl``, which contains the versions. Raises ``SchemaError`` if
    ``published`` is not such a document.
    """
    schemas = published.get("provider_schemas") if isinstance(published, Mapping) else None
    if not isinstance(schemas, Mapping) or not schemas:
        what = "no provider in it"
        raise SchemaError(Problem(what=what, expected="the output of `terraform providers schema -json` after `init`"))
    versions = dict(_LOCKED.findall(lock))
    for address, provider in sorted(schemas.items(), key=lambda each: str(each[0]).rpartition("/")[2]):
        source = "/".join(str(address).split("/")[-2:])
        try:
            document = provider_document(provider, source, versions.get(source, "unknown"))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            what = f"the schema of {source} has an unknown form: {type(error).__name__}: {error}"
            raise SchemaError(
                Problem(what=what, expected="format version 1 of Terraform's provider schemas")
            ) from error
        yield source.rpartition("/")[2], document


def provider_document(
    provider: Mapping[str, Any], source: str, version: str, only: Container[str] | None = None
) -> Json:
    """Return the schema of one provider in the form of the files in this folder; only the types in ``only``, or all."""
    return {
        "source": source,
        "version": version,
        "provider": _block(provider.get("provider", {}).get("block", {})),
        "resources": _chosen(provider.get("resource_schemas", {}), only),
        "data": _chosen(provider.get("data_source_schemas", {}), only),
    }


def _chosen(schemas: Mapping[str, Any], only: Container[str] | None) -> Json:
    return {name: _block(schema["block"]) for name, schema in schemas.items() if only is None or name in only}


def _block(raw: Mapping[str, Any]) -> Json:
    arguments: Json = {}
    required, computed = [], []
    for name, attribute in raw.get("attributes", {}).items():
        if attribute.get("computed") and not attribute.get("optional"):
            computed.append(name)
            continue
        arguments[name] = _nested(attribute["nested_type"]) if "nested_type" in attribute else _kind(attribute["type"])
        if attribute.get("required"):
            required.append(name)
    for name, inner in raw.get("block_types", {}).items():
        one = inner["nesting_mode"] in ("single", "group") or inner.get("max_items") == 1
        arguments[name] = {"block" if one else "blocks": _block(inner["block"])}
        if inner.get("min_items", 0) > 0:
            required.append(name)
    trimmed = {"arguments": arguments, "required": sorted(required), "computed": sorted(computed)}
    return {key: value for key, value in trimmed.items() if value}


def _nested(raw: Mapping[str, Any]) -> Json:
    inner = _block(raw)
    mode = raw["nesting_mode"]
    return {"map": {"object": inner}} if mode == "map" else {"object" if mode == "single" else "objects": inner}


def _kind(raw: Any) -> Any:
    """Convert a type of Terraform: ``["set", "string"]`` and others."""
    if isinstance(raw, str):
        return "any" if raw == "dynamic" else raw
    form, inner = raw
    if form == "object":
        return {"object": {"arguments": {name: _kind(of) for name, of in inner.items()}}}
    if form == "map":
        return {"map": _kind(inner)}
    if form == "tuple":
        return {"list": "any"}
    if isinstance(inner, list) and inner[0] == "object":
        return {"objects": _kind(inner)["object"]}
    return {"list": _kind(inner)}
