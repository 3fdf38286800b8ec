"""The manifest of CDKTF can be put together from the entries of some runs."""

import json

from quantacirc_cdk.terraform.stack_manifest import MANIFEST, stacks_in, with_stacks
from support.tools import ROOT

TEXT = (ROOT / "dist" / "terraform" / MANIFEST).read_text()
EMPTY = '{\n  "stacks": {\n  },\n  "version": "0.21.0"\n}'


def test_the_entries_are_those_of_the_manifest() -> None:
    found = {name: json.loads("{" + text + "}")[name] for name, text in stacks_in(TEXT).items()}
    assert found == json.loads(TEXT)["stacks"]


def test_a_manifest_of_some_stacks_and_the_entries_of_others_are_the_manifest_of_all() -> None:
    stacks = stacks_in(TEXT)
    first, *others = stacks
    some = with_stacks(TEXT, {first: stacks[first]})
    assert json.loads(some)["stacks"].keys() == {first}
    assert with_stacks(some, {name: stacks[name] for name in reversed((first, *others))}) == TEXT


def test_a_manifest_without_stacks_is_as_cdktf_writes_it() -> None:
    version = json.loads(TEXT)["version"]
    empty = EMPTY.replace("0.21.0", version)
    assert stacks_in(empty) == {}
    assert with_stacks(empty, {}) == with_stacks(TEXT, {}) == empty
    assert with_stacks(empty, stacks_in(TEXT)) == TEXT
