"""Ask the provider itself which arguments force a new resource, and compare with the table that `qcdk diff` reads.

    tools/force_new.py BINARY           print what differs; exit 1 when something does
    tools/force_new.py BINARY --write   write the table

Every argument of every type in use is given one value and then another, and the provider plans the change, offline.
What only newer versions know is in the table under "documented", by hand; `*` is for every type. BINARY is that of
hashicorp/aws in the version of constructs/quantacirc_cdk/terraform/schemas/aws.5.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from provider_plugin import SINGLES, Block, Provider, running

PACKAGE = Path(__file__).resolve().parent.parent / "constructs" / "quantacirc_cdk"
SCHEMA = PACKAGE / "terraform" / "schemas" / "aws.5.json"
TABLE = PACKAGE / "diff" / "force_new" / "aws.json"

SETTINGS = {
    "region": "eu-central-1",
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": "true",
    "skip_region_validation": True,
}
"""With these the provider plans without a word to the cloud."""
BY_ITSELF = ("id", "tags_all")
"""Arguments in the schema that nobody sets."""

WHOLE = "#"
"""Stands for the block itself, which comes or goes; as Terraform counts blocks."""
Path_ = tuple[str, ...]

TEXTS = (
    ("one", "two"),
    ("10.0.0.0/16", "10.1.0.0/16"),
    ("arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/two"),
    ('{"Statement": [{"Effect": "Allow", "Action": "s3:*"}]}', '{"Statement": []}'),
    ("true", "false"),
    ("1", "2"),
    ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
)
"""Pairs of texts: some arguments are read, and what cannot be read is an error or no change."""
WORDS = {
    "storage_class": ("GLACIER", "DEEP_ARCHIVE"),
    "transition_default_minimum_object_size": ("varies_by_storage_class", "all_storage_classes_128K"),
}
"""Pairs of texts for arguments that know only some words."""
BESIDE: dict[str, dict[str, Any]] = {
    "aws_cloudwatch_metric_alarm": {"statistic": "Sum"},
    "aws_nat_gateway": {"connectivity_type": "private"},
    "aws_sns_topic": {"fifo_topic": True},
    "aws_sns_topic_subscription": {"filter_policy": '{"a": ["b"]}'},
}
"""Arguments without which the provider plans nothing for others."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    schema = json.loads(SCHEMA.read_text())
    if schema["version"] not in arguments.binary.name:
        sys.exit(f"error: {arguments.binary.name} is not version {schema['version']}")
    with running(arguments.binary) as provider:
        found = ask(provider, sorted(schema["resources"]))
    table = json.loads(TABLE.read_text())
    if arguments.write:
        table |= {"source": f"{schema['source']} {schema['version']}, asked by tools/force_new.py", "types": found}
        TABLE.write_text(json.dumps(table, indent=1) + "\n")
        return 0
    differences = list(compare(table["types"], found))
    print("".join(f"{line}\n" for line in differences), end="")
    return int(bool(differences))


def compare(table: Mapping[str, list[str]], found: Mapping[str, list[str]]) -> Iterator[str]:
    for kind in sorted({*table, *found}):
        for name in sorted({*table.get(kind, [])} ^ {*found.get(kind, [])}):
            yield f"{kind}.{name}: {'forces no new resource' if name in table.get(kind, []) else 'forces a new one'}"


def ask(provider: Provider, wanted: list[str]) -> dict[str, list[str]]:
    """Return the arguments that force a new resource, for each type."""
    own, types = provider.schema()
    provider.configure(own.empty() | SETTINGS)
    return {kind: sorted(".".join(path) for path in _forcing(provider, kind, types[kind])) for kind in wanted}


def _forcing(provider: Provider, type: str, block: Block) -> Iterator[Path_]:
    base = block.empty() | ({"id": "one"} if "id" in block.attributes else {})

    def forces(path: Path_) -> bool:
        for beside in ({}, BESIDE.get(type, {})):
            pairs = _pairs(block, base | beside, path)
            answers = [_is_replaced(provider, type, before, after, path) for before, after in pairs]
            if any(answer is not None for answer in answers):
                return any(answers)
        sys.exit(f"error: {type}.{'.'.join(path)}: the provider has no plan for any value tried")

    def walk(inner: Block, above: Path_) -> Iterator[Path_]:
        for name in sorted(inner.settable - set(BY_ITSELF if not above else ())):
            if forces((*above, name)):
                yield (*above, name)
        for name, (_, nested) in sorted(inner.blocks.items()):
            if (*above, name) == ("timeouts",):
                continue
            leaves, found = _leaves(nested), list(walk(nested, (*above, name)))
            if found and {(*above, name, *leaf) for leaf in leaves} == set(found):
                yield (*above, name)
            else:
                yield from found
                if forces((*above, name, WHOLE)):
                    yield (*above, name, WHOLE)

    yield from walk(block, ())


def _leaves(block: Block) -> list[Path_]:
    below = [(name, *leaf) for name, (_, inner) in block.blocks.items() for leaf in _leaves(inner)]
    return [*((name,) for name in block.settable), *below]


def _is_replaced(provider: Provider, type: str, before: Any, after: Any, path: Path_) -> bool | None:
    try:
        replaced = provider.replaced_for(type, before, after)
    except ValueError:
        return None
    return any(_same(found, tuple(step for step in path if step != WHOLE)) for found in replaced)


def _same(found: Path_, path: Path_) -> bool:
    return found[: len(path)] == path or (len(found) < len(path) and path[: len(found)] == found)


def _pairs(block: Block, base: dict[str, Any], path: Path_) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield two values of a type that differ at ``path`` alone."""
    name, *rest = path
    if not rest:
        for before, after in _values(block.attributes[name], name):
            yield base | {name: before}, base | {name: after}
        return
    nesting, inner = block.blocks[name]
    if rest == [WHOLE]:
        yield base, base | {name: _filled(inner) if nesting in SINGLES else [_filled(inner)]}
        return
    for before, after in _pairs(inner, _filled(inner), tuple(rest)):
        one, other = (value if nesting in SINGLES else [value] for value in (before, after))
        yield base | {name: one}, base | {name: other}


def _filled(block: Block) -> dict[str, Any]:
    """Return a block with what it must have."""
    values = block.empty()
    for name in sorted(block.required):
        if name in block.attributes:
            values[name] = next(_values(block.attributes[name], name))[0]
        else:
            nesting, inner = block.blocks[name]
            values[name] = _filled(inner) if nesting in SINGLES else [_filled(inner)]
    return values


def _values(type: Any, name: str = "") -> Iterator[tuple[Any, Any]]:
    if type == "string":
        yield from [WORDS[name]] if name in WORDS else TEXTS
    elif type == "number":
        yield 1, 2
    elif type == "bool":
        yield False, True
        yield True, False
    else:
        form, inner = type
        if form == "object":
            nothing = dict.fromkeys(inner)
            for name, kind in inner.items():
                for before, after in _values(kind):
                    yield nothing | {name: before}, nothing | {name: after}
        for before, after in _values(inner) if form != "object" else ():
            yield ({"a": before}, {"a": after}) if form == "map" else ([before], [after])


if __name__ == "__main__":
    sys.exit(main())
