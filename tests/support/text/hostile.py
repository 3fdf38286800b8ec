"""Texts that mean something to one of the languages they pass through; drawn anew in each run."""

import os
import random
import re
import unicodedata

FRAGMENTS = [
    # Go's templates, Helm, Argo CD, Prometheus
    "{{",
    "}}",
    "{{ .Values }}",
    "{{- x -}}",
    "{{/* c */}}",
    "{",
    "{{{",
    '{{ "a" }}',
    "{{`",
    "{{ $labels.pod }}",
    '{{ define "x" }}',
    # Terraform
    "${",
    "%{",
    "$${",
    "%%{",
    '${file("/etc/hostname")}',
    "%{ if true }",
    "$",
    "$$",
    "%",
    "~}",
    "${TfToken[TOKEN.3]}",
    "TfToken[",
    "#{TfToken[TOKEN.1]}",
    # GitHub, GitLab, Jenkins, bash, Compose
    "${{ github.token }}",
    "${{",
    "$[[ inputs.x ]]",
    "$CI_JOB_TOKEN",
    "${HOME}",
    "$(id)",
    "`id`",
    "$HOME",
    "${X:-y}",
    "${X:?z}",
    "'''",
    '"""',
    "\\u0027",
    "\\",
    "\\n",
    "!",
    "env.X",
    # YAML
    "0o022",
    "0B1",
    "0X1F",
    "-0o17",
    "1e3",
    "08",
    "+.5",
    "0o17",
    "=",
    "<<",
    "~",
    "y",
    "n",
    "no",
    "on",
    "null",
    "True",
    ".nan",
    ".inf",
    "1:30",
    "2024-01-31",
    "0x1p-2",
    "1_000",
    ": ",
    " #",
    "- ",
    "? ",
    "&a",
    "*a",
    "!t",
    "|",
    ">",
    "@",
    "---",
    "...",
    "[",
    "]",
    ",",
    "{a: b}",
    "\t",
    "  ",
    " ",
    "\n",
    "\n\n",
    " \n\n",
    "a text of more than forty characters, and then\n \nTrue\n ",
    "\x9ba text of more than forty characters, and then\n \nTrue",
    "\n \n",
    "\tx\ny",
    "\n \tx\ny",
    "\r\n",
    "\x85",
    "\u2028",
    "\u2029",
    "\x7f",
    "\ufeff",
    # Markdown, HTML, Mermaid
    "<b>",
    "</td>",
    "<!--",
    "&lt;",
    "&#x26;",
    "&amp;",
    "*a*",
    "_b_",
    "__",
    "**",
    "`",
    "``",
    "~~",
    "[x](y)",
    "![x](y)",
    "http://x.example",
    "# ",
    "1. ",
    "+ ",
    "> ",
    "===",
    "```",
    "end",
    "graph",
    "#quot;",
    ";",
    "$x$",
    ":tada:",
    "||",
    # terminals
    "\x1b[31m",
    "\x1b]0;t\x07",
    "\x9b2J",
    "\b",
    "\x07",
    "\u202e",
    "\u200b",
    "\u2066",
    # anything
    "'",
    '"',
    "é",
    "٢",
    "中文",
    "🧪",
    "\U0001f9d1\u200d\U0001f52c",
    "a",
    "x",
    "Z",
    "0",
    "9",
    ".",
    "-",
    "/",
    "-- ",
    "\ue000",
    "\xa0",
    "\xad",
    "\ufdd0",
    "\U000e0001",
]
WORDS = [one for one in FRAGMENTS if re.fullmatch(r"[-+.A-Za-z0-9_:]+", one)] + [
    "off",
    "NO",
    "No",
    "7e10",
    "1234e56",
    "none",
]
"""Fragments that names are made of."""
UNUSABLE = ["\x00", "\ufffe", "\uffff", "\r"]
"""What the model refuses."""


def seed() -> int:
    """Return the seed of this run: another one each time, or that of ``TEXT_SEED``."""
    return int(os.environ.get("TEXT_SEED") or random.SystemRandom().randrange(1 << 32))


def text(draw: random.Random) -> str:
    """Return a text: one fragment alone, some of them in a row, or characters of any kind."""
    kind = draw.random()
    if kind < 0.3:
        return draw.choice(FRAGMENTS)
    if kind < 0.85:
        return "".join(draw.choice(FRAGMENTS) for _ in range(draw.randint(2, 9)))
    return "".join(_character(draw) for _ in range(draw.randint(1, 30)))


def _character(draw: random.Random) -> str:
    low, high = draw.choice(
        [
            (1, 0x20),
            (0x20, 0x7F),
            (0x7F, 0x100),
            (0x100, 0x3000),
            (0x3000, 0xD800),
            (0xE000, 0xFFFE),
            (0x10000, 0x1FFFE),
        ]
    )
    return chr(draw.randrange(low, high))


def texts(seed: int, count: int) -> list[str]:
    """Return different texts, every fragment among them where there is room."""
    draw = random.Random(seed)
    found = dict.fromkeys(draw.sample(FRAGMENTS, min(len(FRAGMENTS), count // 2)))
    while len(found) < count:
        found[usable(text(draw))] = None
    return [one for one in found if one]


def in_a_model(text: str) -> str:
    """Return a text without the characters that Helm does not take in values; manifests carry them."""
    known = re.sub("[\x7f-\x9f\u2028\u2029]", "", text)
    return known if known.isascii() else known.rstrip()  # Helm trims blanks of Unicode


def usable(text: str) -> str:
    """Return a text as the model takes it: in normal form C, by the characters that every reader's tables have."""
    known = "".join(one for one in text if unicodedata.category(one) != "Cn")
    return unicodedata.normalize("NFC", re.sub("\r(?!\n)", "", known))
