"""Which format files have, and the reader of each."""

from pathlib import Path

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing import compose, kubernetes, score
from quantacirc_cdk.importing.documents import read_sources
from quantacirc_cdk.importing.source import Source
from quantacirc_cdk.model.document import Node

READERS = {"compose": compose.read, "kubernetes": kubernetes.read, "score": score.read}


def read_format(paths: list[Path], form: str | None = None) -> Source:
    """Return what files describe; ``form`` is their format, which their content tells when absent.

    Raises ``ModelError`` for files of several formats, or of none.
    """
    documents = read_sources(paths)
    problems: list[Problem] = []
    found: dict[str, Node] = {}
    for node in documents:
        kind = form or _form(node)
        if kind is None:
            expected = "`apiVersion` and `kind` of Kubernetes, `apiVersion: score.dev/…`, or `services` of Compose"
            problems.append(
                Problem(file=node.file, line=node.line, what="a document of no known format", expected=expected)
            )
        else:
            found.setdefault(kind, node)
    if len(found) > 1:
        first, other = list(found.items())[:2]
        what = f"a document of {other[0]}, after one of {first[0]}"
        problems.append(Problem(file=other[1].file, line=other[1].line, what=what, expected="one format in an import"))
    if problems:
        raise ModelError(problems)
    return READERS[next(iter(found))](documents)


def _form(node: Node) -> str | None:
    keys = node.value if isinstance(node.value, dict) else {}
    version = keys["apiVersion"].value if "apiVersion" in keys else None
    if isinstance(version, str) and version.startswith("score.dev/"):
        return "score"
    if "kind" in keys and isinstance(version, str):
        return "kubernetes"
    return "compose" if "services" in keys else None
