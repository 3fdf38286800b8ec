"""Read the documents: what code they show, and which of it is run how."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path

from support.tools import ROOT

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)

ELLIPSIS = "…"
"""What a document leaves out of an output: times, the rest of a long one."""


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    document: str
    line: int
    info: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """Return every document written by hand."""
    outside = {".venv", ".tools", "dist", "build", "node_modules"}
    found = [path for path in ROOT.rglob("*.md") if not outside & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if not path.relative_to(ROOT).parts[0].startswith(".venv"))


def blocks(path: Path) -> Iterator[Block]:
    """Return the fenced blocks of a document, in order."""
    text = path.read_text()
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(path.relative_to(ROOT).as_posix(), line, match["info"].strip(), match["text"])


def expected_outputs(path: Path) -> dict[str, str]:
    """Return what shell blocks print, by their place: the `text` block that follows one, with nothing between."""
    text, found = path.read_text(), {}
    matches = list(_FENCE.finditer(text))
    for (first, second), block in zip(pairwise(matches), blocks(path), strict=False):
        if block.info == "sh" and second["info"].strip() == "text" and not text[first.end() : second.start()].strip():
            found[block.place] = second["text"]
    return found


def unlike(expected: str, printed: str) -> str:
    """Return the difference between what a document shows and what was printed; empty where they agree.

    A line `…` stands for any number of lines, `…` in a line for any text. Blanks at the end of a line do not count.
    """
    wanted, lines = ([line.rstrip() for line in text.rstrip().splitlines()] for text in (expected, printed))
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == ELLIPSIS else "[^\n]*".join(map(re.escape, line.split(ELLIPSIS))) + r"\n"
        for line in wanted
    )
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)):
        return ""
    return "\n".join(unified_diff(wanted, lines, "document", "printed", lineterm=""))


def commands(block: Block, program: str) -> list[list[str]]:
    """Return the arguments of every plain call of ``program`` in a shell block."""
    joined = re.sub(r"\\\n\s*", " ", block.text)
    found = []
    for line in joined.splitlines():
        for part in re.split(r"\|\||&&|[|;]", line):
            words = shlex.split(part.strip(), comments=True) if part.strip().startswith(program) else []
            if words and words[0] == program:
                found.append([word for word in words[1:] if not word.startswith((">", "<"))])
    return found
