"""Write a stack in Terraform's native syntax, for tools that read its JSON badly or not at all."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.terraform.schemas import Kind, provider_schemas, schemas_covering
from quantacirc_cdk.terraform.schemas.block import Block
from support.terraform.stacks import Json

_REFERENCES = {"depends_on", "ignore_changes", "provider", "replace_triggered_by"}
"""Arguments whose text is an address; ``ignore_changes`` and its likes stand in blocks called ``lifecycle``."""


def native(stack: Json) -> str:
    """Return all of ``stack`` but the engine's metadata.

    The providers' schemas tell blocks from arguments, which look alike in JSON.
    """
    lines = list(_block("terraform", [], stack["terraform"], _TERRAFORM))
    for provider, bodies in stack["provider"].items():
        versions = provider_schemas(provider.partition("-")[0])  # google-beta is configured as google
        for body in bodies:
            lines += _block("provider", [provider], body, versions[0].block("provider") if versions else None)
    kinds: dict[str, Kind] = {"resource": "resources", "data": "data"}
    for block, types in stack.items():
        if block in ("//", "terraform", "provider"):
            continue
        if isinstance(types, list):  # such as `moved`
            lines += [line for body in types for line in _block(block, [], body, None)]
            continue
        for kind, named in types.items():
            if block in ("variable", "output"):
                lines += _block(block, [kind], named, _VALIDATED)
                continue
            covering = schemas_covering(kinds[block], kind) if block in kinds else ()
            for name, body in named.items():
                lines += _block(block, [kind, name], body, covering[-1][1] if covering else None)
    return "\n".join(lines) + "\n"


def _nested(**blocks: Block) -> Block:
    return Block({name: {"blocks": block} for name, block in blocks.items()}, frozenset(), frozenset())


_VALIDATED = _nested(validation=_nested())
_TERRAFORM = _nested(required_providers=_nested())
_LIFECYCLE = _nested(precondition=_nested(), postcondition=_nested())


def _block(name: str, labels: list[str], body: Json, schema: Block | None, indent: str = "") -> Iterator[str]:
    yield indent + " ".join([name, *map(json.dumps, labels), "{"])
    for key, value in body.items():
        if key == "//" or value is None:
            continue
        if name == "terraform" and key == "backend":
            for kind, arguments in value.items():
                yield from _block(key, [kind], arguments, None, indent + "  ")
        elif (inner := _inner(key, schema)) and not isinstance(value, str):
            for one in value if isinstance(value, list) else [value]:
                yield from _block(key, [], one, inner, indent + "  ")
        else:
            bare = key in _REFERENCES or (name == "variable" and key == "type")
            yield f"{indent}  {key} = {_value(value, bare=bare)}"
    yield indent + "}"


def _inner(key: str, schema: Block | None) -> Block | None:
    if key == "lifecycle":
        return _LIFECYCLE
    kind = schema.arguments.get(key) if schema else None
    # Attributes with the content of blocks (`objects`) may be written as blocks, too.
    found = [kind[f] for f in ("block", "blocks", "objects") if f in kind] if isinstance(kind, Mapping) else []
    return found[0] if found else None


def _value(value: Any, *, bare: bool = False) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_text(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item, bare=bare) for item in value) + "]"
    if isinstance(value, str):
        return value if bare else _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    """Return text as a quoted template; expressions in it are not quoted once more."""
    parts = list(_parts(text))
    if len(parts) == 1 and parts[0].startswith("${"):
        return parts[0][2:-1]
    return '"' + "".join(part if part.startswith("${") else json.dumps(part)[1:-1] for part in parts) + '"'


def _parts(text: str) -> Iterator[str]:
    """Yield literal text and whole ``${…}`` expressions in turn."""
    start = 0
    while (begin := text.find("${", start)) >= 0:
        if begin > start:
            yield text[start:begin]
        depth, end, quoted = 1, begin + 2, False
        while depth:
            character = text[end]
            if character == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"{": 1, "}": -1}.get(character, 0)
            end += 1
        yield text[begin:end]
        start = end
    if start < len(text):
        yield text[start:]
