"""Documents, docstrings, comments and messages are plain technical English, says proselint with a word list.

Its checks read documents and docstrings without their code; the word list reads the files whole.
"""

import ast
import re
from collections.abc import Iterator, Mapping

import pytest
from proselint import checks as proselint_checks
from proselint.config import DEFAULT, Config
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, CheckFlags, Padding
from proselint.registry.checks.engine import Fancy
from proselint.registry.checks.types import PreferredForms
from proselint.tools import LintFile

from support.tools import ROOT

PHRASES: Mapping[str, str] = {
    "whoever": "`you`, or the role: the operator, the client, the caller",
    "somebody": "`you`, or the role: a user, the cloud, a third party",
    "of (its|their|his|one's|everybody's) own": "`its own X`, `a separate X`, or nothing",
    "anew": "`again`",
    "for ever": "`forever`",
    "what leads to": "the reference: a route, a Service, a path",
    "(is|are|was) there already": "`an existing X`, or `X exists`",
    "(that|what) there (is|are)": "`existing`, or nothing",
    "knows? (no|nothing|not)": "`has no X`, `contains no X`, `does not support X`",
    "would not take": "`would refuse`",
    "takes? away": "`removes`",
    "brings? (back|it back|one back)": "`restores`, `scales up`",
    "at rest": "`minimum`",
    "as people (write|say|read|have)": "the format: `in dotted form`, `in Markdown`",
    "speaks? (https|http|tls)": "`uses HTTPS`",
    "has no use for it": "`has no effect`",
    "worked out": "`computed`",
    "(old|new) one goes": "`is deleted`, `is destroyed`",
    "(is|are) told": "the effect: `receives X`, `reads X`",
    "told apart": "`distinguished`",
    "and the like": "`such as X`",
    "unasked": "`without X`",
    "nobody else's": "`only X's`, `no other X's`",
}
"""Phrase, as a regular expression in which a space matches any white space, and what to write instead."""

WORDS = Check(
    path="words",
    message="'{1}': write {0}",
    check_type=PreferredForms(
        {
            rf"(?<![\w`-])(?:{phrase})(?![\w`@-])".replace(" ", r'(?:\s|"\s*f?"|#)+'): instead
            for phrase, instead in PHRASES.items()
        },
        padding=Padding.RAW,
    ),
    engine=Fancy(),
    flags=CheckFlags(allow_quotes=True),
)
"""The word list as a check; a phrase can be wrapped, also in comments and strings."""

OFF = {
    "needless_variants": "`oversized`",
    "spelling.consistency": "`NO_COLOR` and `--color` are names; the text writes `colour`",
    "typography": "curly quotes and ellipses, which code and terminals do not have",
}
"""Checks of proselint that do not fit, and why."""

TERMS = re.compile("point in time", re.IGNORECASE)
"""Words of the field that proselint takes for a fault."""

CODE = re.compile(r"^ *(```|~~~).*?^ *\1|`[^`\n]+`|<[^>\n]*>|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
"""Code and addresses in Markdown."""

DOCUMENTS = ("*.md", "docs/**/*.md", "examples/**/*.md")
SOURCES = ("constructs/**/*.py", "apps/**/*.py")

CheckRegistry().register_many((*proselint_checks.__register__, WORDS))


def enabled(*, words: bool) -> Config:
    """Return the configuration with the word list alone, or with proselint's own checks alone."""
    # A check follows the first entry that fits it, so the narrow ones come first.
    checks = (
        {"words": True}
        if words
        else dict.fromkeys(OFF, False) | {key: on and key not in OFF for key, on in DEFAULT["checks"].items()}
    )
    return Config(max_errors=1000, checks=checks)


def prose(markdown: str) -> str:
    """Return the text without code, terms and addresses, with its lines; a heading ends as a sentence does."""
    for pattern in (CODE, TERMS):
        markdown = pattern.sub(lambda match: re.sub(r"\S", "§", match[0]), markdown)
    return re.sub(r"^(#.*)$", r"\1.", markdown, flags=re.MULTILINE)


def docstrings(source: str) -> str:
    """Return the docstrings of a module, each at its lines; a full stop stands for each line of code."""
    lines = ["."] * (source.count("\n") + 1)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text), lineno=first)):
                for number, line in enumerate(text.splitlines(), first - 1):
                    lines[number] = line
    return "\n".join(lines)


def found(name: str, text: str, config: Config) -> Iterator[str]:
    """Yield file, line, check and advice for each fault."""
    for result in LintFile(name, text).lint(config):
        yield f"{name}:{result.pos[0]}: {result.check_result.check_path}: {result.check_result.message}"


def files(*patterns: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the files of the project that match."""
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_documents_and_docstrings_pass_the_linter() -> None:
    own = enabled(words=False)
    texts = [(name, prose(text)) for name, text in files(*DOCUMENTS)]
    texts += [(name, prose(docstrings(text))) for name, text in files(*SOURCES)]
    assert len(texts) > 500
    problems = [problem for name, text in texts for problem in found(name, text, own)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.slow
def test_documents_docstrings_comments_and_messages_have_no_word_of_the_list() -> None:
    words = enabled(words=True)
    problems = [problem for name, text in files(*DOCUMENTS, *SOURCES) for problem in found(name, text, words)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize(
    "text",
    [
        "Whoever deploys",
        '"""A volume of its\n    own."""',
        "# a store of their\n    # own",
        '"it is there "\n    "already"',
    ],
)
def test_a_phrase_is_found_where_it_is_wrapped(text: str) -> None:
    assert len(list(found("a.md", text, enabled(words=True)))) == 1


def test_similar_words_are_not_found() -> None:
    text = "its own bucket, the renewal, somebody@shop.example, `anew`, state at restart"
    assert not list(found("a.md", text, enabled(words=True)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Costs\n\nIt is very very large.\n", 3),
        (docstrings('"""A module."""\n\n\ndef f():\n    """Return\n    the very end."""\n'), 6),
    ],
)
def test_a_fault_is_found_at_its_line(text: str, line: int) -> None:
    assert any(problem.startswith(f"a.md:{line}: ") for problem in found("a.md", prose(text), enabled(words=False)))


@pytest.mark.parametrize(
    "text", ["```shell\nvery very\n```", "`very very`", "## DNS\n\nDNS answers.", "to a Point in time"]
)
def test_code_terms_and_headings_are_not_faults(text: str) -> None:
    assert not list(found("a.md", prose(text), enabled(words=False)))
