"""NATS subjects (https://docs.nats.io/nats-concepts/subjects)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


def tokens(subject: str) -> list[str]:
    """Return the tokens of a subject."""
    return subject.split(".")


def covers(pattern: str, subject: str) -> bool:
    """Return whether each message that matches ``subject``, which may have wildcards, also matches ``pattern``."""
    wide, narrow = tokens(pattern), tokens(subject)
    for index, word in enumerate(wide):
        if word == ">":
            return len(narrow) > index
        if index >= len(narrow) or narrow[index] == ">" or word not in ("*", narrow[index]):
            return False
    return len(narrow) == len(wide)


@dataclass
class Subjects(Generic[T]):
    """A mapping from subjects to values that finds overlapping subjects: a trie, so that a lookup does not visit all
    subjects.
    """

    _below: "dict[str, Subjects[T]]" = field(default_factory=dict)
    _here: list[T] = field(default_factory=list)

    def add(self, subject: str, value: T) -> None:
        """Add a value for a subject."""
        node = self
        for token in tokens(subject):
            node = node._below.setdefault(token, Subjects())
        node._here.append(value)

    def overlapping(self, subject: str) -> Iterator[T]:
        """Yield the values of each subject that overlaps this one: some message matches both."""
        nodes = [self]
        for word in tokens(subject):
            if word == ">":
                yield from _all_below(nodes)
                return
            following: list[Subjects[T]] = []
            for node in nodes:
                if ">" in node._below:
                    yield from node._below[">"]._here
                steps = node._below if word == "*" else dict.fromkeys(("*", word))
                following += [node._below[step] for step in steps if step in node._below and step != ">"]
            nodes = following
        for node in nodes:
            yield from node._here


def _all_below(nodes: "list[Subjects[T]]") -> Iterator[T]:
    """Yield all values in the subtries of these nodes."""
    waiting = [below for node in nodes for below in node._below.values()]
    while waiting:
        node = waiting.pop()
        yield from node._here
        waiting += node._below.values()


def literal_prefix(subject: str, length: int) -> tuple[str, ...]:
    """Return the leading tokens of a subject before any wildcard, at most ``length``."""
    prefix: list[str] = []
    for token in tokens(subject)[:length]:
        if token in ("*", ">"):
            break
        prefix.append(token)
    return tuple(prefix)
