"""NATS subjects (https://docs.nats.io/nats-concepts/subjects)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


def tokens(subject: str) -> list[str]:
    """Return the tokens of a subject."""
    return subject.split(".")


@dataclass
class Subjects(Generic[T]):
    """Values by subject, found by what their subjects overlap with: a trie, so that many cost no more than one."""

    _below: "dict[str, Subjects[T]]" = field(default_factory=dict)
    _here: list[T] = field(default_factory=list)

    def add(self, subject: str, value: T) -> None:
        """Keep a value by a subject."""
        node = self
        for token in tokens(subject):
            node = node._below.setdefault(token, Subjects())
        node._here.append(value)

    def overlapping(self, subject: str) -> Iterator[T]:
        """Yield the values of each subject that some message has in common with this one."""
        yield from self._overlapping(tokens(subject))

    def _overlapping(self, left: list[str]) -> Iterator[T]:
        if not left:
            yield from self._here
            return
        first, rest = left[0], left[1:]
        if first == ">":
            for node in self._below.values():
                yield from node._all()
            return
        if ">" in self._below:
            yield from self._below[">"]._here
        steps = self._below if first == "*" else dict.fromkeys(["*", first])
        for step in steps:
            if step in self._below and step != ">":
                yield from self._below[step]._overlapping(rest)

    def _all(self) -> Iterator[T]:
        yield from self._here
        for node in self._below.values():
            yield from node._all()


def literal_prefix(subject: str, length: int) -> tuple[str, ...]:
    """Return the first tokens of a subject, at most ``length``, up to a wildcard."""
    prefix: list[str] = []
    for token in tokens(subject)[:length]:
        if token in ("*", ">"):
            break
        prefix.append(token)
    return tuple(prefix)
