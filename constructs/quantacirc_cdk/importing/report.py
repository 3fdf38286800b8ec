"""Outcome of an import for each property."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.model.document import Place
from quantacirc_cdk.text import markdown

_CONNECTIONS = """\
A name in a text is not always a connection: remove those that are not from `reaches`, and add those that only images or
Secrets name."""


@dataclass(frozen=True, kw_only=True, order=True)
class Left:
    """A property of a source that the project does not have, or has in another form."""

    file: str
    line: int
    object: str
    """Kind and name, ``Deployment/web``; empty for a property of a whole file."""
    path: str
    """Path in the object or file."""
    reason: str
    """Reason, in a sentence."""


@dataclass(frozen=True, kw_only=True, order=True)
class Added:
    """A property that objects of the output have, and those of the source do not."""

    kind: str
    """Kind of the objects."""
    path: str
    """Path in each object, with ``[]`` for any item of a list."""
    value: str
    """Its value; empty if there are several."""
    count: int
    """Number of times that it is set."""


@dataclass(frozen=True, kw_only=True, order=True)
class Connection:
    """A connection that became `reaches`."""

    component: str
    target: str
    origin: str
    """Part of the source that has it, in words."""


@dataclass
class Report:
    """Outcome for each property."""

    carried: int = 0
    """Number of properties that the synthesized output has unchanged."""
    left: list[Left] = field(default_factory=list)
    """The other properties."""
    added: list[str] = field(default_factory=list)
    """Additions in the project, in sentences."""
    set: list[Added] = field(default_factory=list)
    """Properties that the library sets in objects of the source."""
    connections: list[Connection] = field(default_factory=list)
    """Connections that became `reaches`, each with the part of the source that has it."""

    @property
    def total(self) -> int:
        """Number of properties in the source."""
        return self.carried + len(self.left)

    def data(self) -> dict[str, Any]:
        """Return the report as data."""
        return {
            "properties": self.total,
            "carried": self.carried,
            "left": [vars(one) for one in sorted(self.left)],
            "notes": self.added,
            "set": [vars(one) for one in self.set],
            "connections": [vars(one) for one in self.connections],
        }

    def markdown(self) -> str:
        """Return the report as Markdown."""
        parts = ["# Import", f"{self.carried} of {self.total} properties are in the synthesized output."]
        if self.added:
            parts += ["## To check", "\n".join(f"- {markdown.message(one)}" for one in self.added)]
        if self.connections:
            known = [(one.component, one.target, markdown.message(one.origin)) for one in self.connections]
            parts += ["## Connections", _CONNECTIONS, markdown.table(("component", "reaches", "found in"), known)]
        if self.left:
            parts.append("## Not carried over")
        for reason, count in Counter(one.reason for one in self.left).most_common():
            rows = [
                (markdown.code(f"{one.file}:{one.line}"), markdown.text(one.object), markdown.code(one.path))
                for one in sorted(self.left)
                if one.reason == reason
            ]
            parts += [
                f"### {markdown.message(reason)} ({count})",
                markdown.table(("source", "object", "property"), rows),
            ]
        if self.set:
            told = [(one.kind, markdown.code(one.path), markdown.text(one.value), str(one.count)) for one in self.set]
            parts += ["## Set by the library", "The source does not set these properties of its objects."]
            parts.append(markdown.table(("kind", "property", "value", "times"), told))
        return "\n\n".join(part.rstrip() for part in parts) + "\n"


def shown(data: Any, place: Place) -> str:
    """Return a place in an object in dotted form; list items with a name by their names."""
    found = ""
    for step in place:
        if isinstance(step, int):
            item = data[step] if isinstance(data, list) and step < len(data) else None
            name = item.get("name") if isinstance(item, dict) else None
            found += f"[{name if isinstance(name, str) else step}]"
            data = item
        else:
            found += f"{'.' if found else ''}{step}" if all(c.isalnum() or c in "-_" for c in step) else f'["{step}"]'
            data = data.get(step) if isinstance(data, dict) else None
    return found
