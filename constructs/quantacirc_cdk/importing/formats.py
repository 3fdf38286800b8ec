"""Detect the format of files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing import compose, kubernetes, score
from quantacirc_cdk.importing.documents import read_sources
from quantacirc_cdk.importing.source import Source
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.text.english import with_article

READERS: dict[str, Callable[[list[Node]], Source]] = {
    "compose": compose.read,
    "kubernetes": kubernetes.read,
    "score": score.read,
}


def read_format(paths: list[Path], form: str | None = None, profiles: Sequence[str] = ()) -> Source:
    """Return the content of files in the format ``form``, by default detected from the content.

    ``profiles`` are active profiles of Compose. Raises ``ModelError`` for files of several formats or an unknown one,
    and for profiles with another format.
    """
    if form in (None, "compose"):
        paths = [one for path in paths for one in (compose.default_files(path) if path.is_dir() else ()) or [path]]
    documents = read_sources(paths)
    problems: list[Problem] = []
    found: dict[str, Node] = {}
    for node in documents:
        kind = form or _form(node)
        if kind is None:
            expected = "`apiVersion` and `kind` of Kubernetes, `apiVersion: score.dev/…`, or `services` of Compose"
            problems.append(
                Problem(file=node.file, line=node.line, what="a document in an unknown format", expected=expected)
            )
        else:
            found.setdefault(kind, node)
    if len(found) > 1:
        first, other = list(found.items())[:2]
        what = f"{with_article(other[0])} document after {with_article(first[0])} document"
        problems.append(Problem(file=other[1].file, line=other[1].line, what=what, expected="a single format"))
    if problems:
        raise ModelError(problems)
    kind, node = next(iter(found.items()))
    if kind == "compose":
        return compose.read(documents, profiles)
    if profiles:
        expected = "no profiles, which only Compose has"
        raise ModelError(
            Problem(file=node.file, line=node.line, what=f"{with_article(kind)} document", expected=expected)
        )
    return READERS[kind](documents)


def _form(node: Node) -> str | None:
    keys = node.value if isinstance(node.value, dict) else {}
    version = keys["apiVersion"].value if "apiVersion" in keys else None
    if isinstance(version, str) and version.startswith("score.dev/"):
        return "score"
    if "kind" in keys and isinstance(version, str):
        return "kubernetes"
    return "compose" if {"services", "include"} & keys.keys() else None
