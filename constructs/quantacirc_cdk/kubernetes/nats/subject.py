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
    """Yield the values of all subjects that go on from these places."""
    waiting = [below for node in nodes for below in node._below.values()]
    while waiting:
        node = waiting.pop()
        yield from node._here
        waiting += node._below.values()


def literal_prefix(subject: str, length: int) -> tuple[str, ...]:
    """Return the first tokens of a subject, at most ``length``, up to a wildcard."""
    prefix: list[str] = []
    for token in tokens(subject)[:length]:
        if token in ("*", ">"):
            break
        prefix.append(token)
    return tuple(prefix)
