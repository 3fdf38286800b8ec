"""Manifests have the bytes that cdk8s itself writes, for any data that all YAML parsers read the same way."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.manifest import MODULE
from quantacirc_cdk.text import cdk8s_yaml
from quantacirc_cdk.text.javascript import UnusualError, as_in_javascript
from quantacirc_cdk.text.yaml import ambiguous
from support.command import environment
from support.text import hostile

COUNT = 400
PLAIN_CDK8S = """
import json, sys
import cdk8s
for item in json.load(sys.stdin):
    print(json.dumps(cdk8s.Yaml.stringify(item)))
"""
PARTS = [
    "a",
    "b ",
    "\n",
    "\n\n",
    "  ",
    ": ",
    ":",
    " #",
    "#",
    "- ",
    "-",
    "'",
    '"',
    "1",
    "%",
    "---",
    "...",
    "{",
    "|",
    "é",
    "😀",
]
NUMBERS = [0, 1, -1, 2.5, 1e21, 1e-7, 2**53 + 2, 10**18, -0.0]


class Drawn:
    """Documents with texts of all kinds at all depths; empty and nested maps and lists."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.hostile = hostile.texts(seed, COUNT)

    def document(self) -> dict[str, Any]:
        return {"first": self.value(0), **self.map(0), "last": self.value(0)}

    def value(self, depth: int) -> Any:
        kind = self.random.random()
        if depth > 4 or kind < 0.5:
            return self.text()
        if kind < 0.6:
            return self.random.choice([True, False, None, *NUMBERS])
        if kind < 0.8:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return self.map(depth + 1)

    def map(self, depth: int) -> dict[str, Any]:
        return {self.text(): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def text(self) -> str:
        while True:
            parts = "".join(self.random.choices(PARTS, k=self.random.randrange(1, 9)))
            long = parts * self.random.choice([1, 1, 1, 40, 400])
            found = self.random.choice([parts, long, f"key{len(parts)}", self.random.choice(self.hostile)])
            if not ambiguous(found):
                return found


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    seed = hostile.seed()
    print(f"TEXT_SEED={seed}")
    drawn = Drawn(seed)
    return [drawn.document() for _ in range(COUNT)]


def of_cdk8s(documents: list[dict[str, Any]]) -> Iterator[str]:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_CDK8S],
        input=json.dumps(documents), env=environment(), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return map(json.loads, done.stdout.splitlines())


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Replace the writer of cdk8s in this process."""
    MODULE.load()


@pytest.mark.slow
def test_drawn_documents_have_the_bytes_of_cdk8s(documents: list[dict[str, Any]]) -> None:
    for document, expected in zip(documents, of_cdk8s(documents), strict=True):
        assert cdk8s.Yaml.stringify(document) == expected, document


@pytest.mark.slow
def test_the_writer_without_node_has_the_same_bytes(documents: list[dict[str, Any]]) -> None:
    """Also for texts that some reader takes for something else."""
    random = Drawn(hostile.seed()).random
    texts = [*hostile.texts(hostile.seed(), COUNT), "", ".", "e5", "yes", "1:30", "\t", "a \nb" * 20, "x\n\n \n"]
    seen = 0
    for drawn in documents:
        try:
            document = as_in_javascript({**without_null(drawn), "text": random.choice(texts)})
            found = cdk8s_yaml.document(document)
        except UnusualError:
            continue
        seen += 1
        assert found == cdk8s.Yaml.stringify(document), document
    assert seen > COUNT / 4


@pytest.mark.slow
def test_documents_that_the_library_lays_out_as_a_whole_are_left_to_it() -> None:
    folded = {"long": "b {\n\n  " * 30, "marked": "---\nkind: List"}
    assert cdk8s_yaml.document(folded) == cdk8s.Yaml.stringify(folded)
    with pytest.raises(UnusualError):
        cdk8s_yaml.document({**folded, "escaped": "on"})


def without_null(value: Any) -> Any:
    """Return data without what jsii drops on the way to the other writer."""
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value


@pytest.mark.integration
def test_several_documents_are_joined_as_by_cdk8s(tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    cdk8s.Yaml.save(str(tmp_path / "all.yaml"), documents[:3])
    assert (tmp_path / "all.yaml").read_text("utf-8") == "---\n".join(of_cdk8s(documents[:3]))
