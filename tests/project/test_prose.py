"""Docstrings, comments, messages and documents are plain technical English: none of these phrases is in them."""

import re
from collections.abc import Iterator, Mapping

import pytest

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

SOURCES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "constructs/**/*.py", "apps/**/*.py")


def found(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, phrase and advice for each phrase; it can be wrapped, also in comments and strings."""
    for phrase, instead in PHRASES.items():
        pattern = rf"(?<![\w`-])(?:{phrase})(?![\w`@-])".replace(" ", r'(?:\s|"\s*f?"|#)+')
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead


@pytest.mark.slow
def test_documents_docstrings_comments_and_messages_are_plain_english() -> None:
    paths = {path.relative_to(ROOT).as_posix(): path for pattern in SOURCES for path in ROOT.glob(pattern)}
    problems = [
        f'{name}:{line}: "{phrase}": write {instead}'
        for name, path in sorted(paths.items())
        for line, phrase, instead in found(path.read_text(encoding="utf-8"))
    ]
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
    assert len(list(found(text))) == 1


def test_similar_words_are_not_found() -> None:
    assert not list(found("its own bucket, the renewal, somebody@shop.example, `anew`, state at restart"))
