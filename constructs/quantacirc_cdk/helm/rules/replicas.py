"""The number of a workload's pods in configuration: as a number, or as one item for each pod."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Numbered, numbered
from quantacirc_cdk.helm.insertions import Insertion, Spot, replaced
from quantacirc_cdk.helm.node import Spread
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.places import EACH, Path, places
from quantacirc_cdk.helm.rules.configuration import ShareOf
from quantacirc_cdk.helm.rules.subject import Subject


@dataclass(frozen=True, kw_only=True)
class NamesIn:
    """The names of a workload's pods, each with a suffix, in a list or between the words of a text.

    The suffix can have a port.
    """

    on: Match
    path: Path
    pod: str
    """Prefix of the pods' names, before the number."""
    template: str
    """Name of the template that joins the items."""

    def insert(self, spot: Spot) -> list[Any]:
        """Replace the names by a loop, and return their number."""
        found: list[Any] = []
        count = spot.parameter.expression
        for container, key in places(spot.tree, self.path):
            node = container.get(key) if isinstance(container, dict) else container[key]
            if isinstance(node, list):
                names = [item for item in node if isinstance(item, str) and self._form([item])]
                form = _form(names) if names else None
                if form is not None:
                    found.append(len(names))
                    joined = _numbered(count, form, " ", self.template, split=True)
                    first = node.index(names[0])
                    rest = [item for item in node if item not in names]
                    container[key] = [*rest[:first], Spread(joined), *rest[first:]]
            elif node is not None:
                runs: list[Any] = []
                container[key] = replaced(node, self._pattern, lambda run: self._joined(count, run), runs)
                found += [len(run.split(" ")) for run in runs]
        return found

    @property
    def _pattern(self) -> str:
        name = rf"{re.escape(self.pod)}[0-9]+\.[\w.-]+(?::[0-9]+)?"
        return rf"(?<![\w.-])({name}(?: {name})*)"

    def _form(self, names: list[str]) -> bool:
        return all(re.fullmatch(self._pattern, name) for name in names)

    def _joined(self, count: Expression, run: str) -> Expression | None:
        form = _form(run.split(" "))
        return _numbered(count, form, " ", self.template) if form else None


def _numbered(
    count: Expression, form: tuple[str, str], between: str, template: str, *, split: bool = False
) -> Numbered:
    return numbered(count, (form[0],), (form[1],), between, template, split=split)


def for_each_template(name: str) -> str:
    """Return the named template that joins numbered items."""
    return f"""\
{{{{/* Numbered items: count, prefix, suffix, separator. */}}}}
{{{{- define "{name}" -}}}}
{{{{- $items := list -}}}}
{{{{- range $index := until (index . 0) -}}}}
{{{{- $items = append $items (printf "%s%d%s" (index $ 1) $index (index $ 2)) -}}}}
{{{{- end -}}}}
{{{{- join (index . 3) $items -}}}}
{{{{- end -}}}}
"""


def _form(items: list[str]) -> tuple[str, str] | None:
    """Return the prefix and suffix of items that differ only in their number; None for others."""
    for match in re.finditer("0", items[0]):
        before, after = items[0][: match.start()], items[0][match.end() :]
        if all(item == f"{before}{index}{after}" for index, item in enumerate(items)):
            return before, after
    return None


@dataclass(frozen=True, kw_only=True)
class NumberIn:
    """A whole number in a text."""

    on: Match
    path: Path
    pattern: str

    def insert(self, spot: Spot) -> list[Any]:
        """Return the numbers found."""
        found: list[Any] = []
        number = Expression(f"int64 {spot.parameter.expression.helm}", spot.parameter.expression.compute)
        for container, key in places(spot.tree, self.path):
            if isinstance(container, dict) and key not in container:
                continue
            container[key] = replaced(container[key], self.pattern, lambda _: number, found)
        return [int(text) for text in found]


def bus_landings(subject: Subject, sizes: Mapping[str, str], prefix: str) -> dict[str, list[Insertion]]:
    """Return the places of the size and number of a bus's servers in its configuration, by path of the value."""
    maps = Match(kinds=("ConfigMap",), components=(subject.name, f"{subject.name}-streams"))
    data = ("data", EACH)
    variables = ("spec", "template", "spec", "containers", 0, "env", EACH, "value")
    limits = r'(?:max_file_store: |"max_bytes": )([0-9]+)'
    return {
        f"{subject.values}.persistence.size": [
            ShareOf(on=maps, path=data, pattern=limits, sizes=sizes, template=f"{prefix}.bytes")
        ],
        f"{subject.values}.replicas": [
            NumberIn(on=maps, path=data, pattern=r'"num_replicas": ([0-9]+)'),
            *(
                NamesIn(on=on, path=path, pod=f"{subject.name}-", template=f"{prefix}.forEach")
                for on, path in (
                    (Match(kinds=("Certificate",), components=(subject.name,)), ("spec", "dnsNames")),
                    (Match(kinds=("ConfigMap",)), ("data", "certificates")),
                    (Match(kinds=("StatefulSet",), components=(subject.name,)), variables),
                )
            ),
        ],
    }
