"""Read the documents: what code they show, and which of it is run how."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.tools import ROOT

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)


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
