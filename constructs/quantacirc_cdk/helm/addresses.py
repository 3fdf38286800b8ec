"""The addresses of a chart's Services and pods in texts, with the prefix of the release.

A text is a URL, a list of addresses, a configuration file or a query. A word of it is the name of a Service only in the
syntax of an address: as the host of a URL, before the Service's own port, before the namespace, or after a pod of its
StatefulSet. In a query, it is a name in the matcher of a label that contains names (``deployment="web"``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from quantacirc_cdk.helm.expression import Expression, Numbered, argument
from quantacirc_cdk.helm.node import Text
from quantacirc_cdk.helm.substitution import NAMESPACE

_HOST_VARIABLE = re.compile(r"(?i)(.*[_.-])?(host|hostname|server|address|addr|endpoint)")
_MATCHER = re.compile(
    r"\b(?:cronjob|daemonset|deployment|horizontalpodautoscaler|job_name|persistentvolumeclaim|pod|service|statefulset)"
    r'(?:=~|!~|!=|=)\\?"([^"]*)"'
)
"""A matcher of a query, with the compared text in its group."""
_IN_NAMESPACE, _EXPRESSION, _NUMBER = "\0", "\1", "\2"
"""Characters that replace an expression, or a number, in a text."""
_BEFORE = r"(?<![\w./@-])"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Puts the prefix before the names of objects in texts."""

    prefix: Expression
    ports: Mapping[str, Mapping[int, Expression | None]]
    """The ports of each Service, with the value that sets the port."""
    sets: Set[str]
    """The StatefulSets."""
    workloads: Set[str]
    """Names that queries contain."""
    secrets: Set[str]
    claims: Set[str]
    """Names of claim templates."""

    @staticmethod
    def is_host(name: str) -> bool:
        """Return whether a variable or key of this name contains a host."""
        return _HOST_VARIABLE.fullmatch(name) is not None

    def text(self, text: str | Text, *, listed: bool = False) -> str | Text:
        """Return a text with the prefix before each name; ``listed`` if its lines begin with the names of Secrets."""
        parts = text.parts if isinstance(text, Text) else (text,)
        parts = tuple(self.numbered(part) if isinstance(part, Numbered) else part for part in parts)
        marked = "".join(map(_marked, parts))
        changes = {(start, start): self.prefix for start in self._places(marked, listed=listed)} | self._ports(marked)
        if not changes:
            return Text(parts) if isinstance(text, Text) else text
        expressions = iter([part for part in parts if isinstance(part, Expression)])
        found: list[str | Expression] = []
        done = 0
        for start, end in sorted(changes):
            found += [*_unmarked(marked[done:start], expressions), changes[start, end]]
            done = end
        return Text((*found, *_unmarked(marked[done:], expressions)))

    def numbered(self, items: Numbered) -> Numbered:
        """Return numbered items with the prefix in the names of the pods and of their Service."""
        before, after = "".join(map(_marked, items.before)), "".join(map(_marked, items.after))
        whole = f"{before}{_NUMBER}{after}"
        found = self.text(Text((*items.before, _NUMBER, *items.after)))
        if not isinstance(found, Text) or len(whole) == 1:
            return items
        first: list[str | Expression] = []
        last: list[str | Expression] = []
        side = first
        for part in found.parts:
            if isinstance(part, str) and _NUMBER in part:
                one, _, other = part.partition(_NUMBER)
                first += [one] if one else []
                last += [other] if other else []
                side = last
            else:
                side.append(part)
        return items.between_these(tuple(first), tuple(last))

    def _places(self, text: str, *, listed: bool) -> list[int]:
        """Return where names begin in a text."""
        patterns = [*self._patterns, *(self._lists if listed else ())]
        found = {match.start(1) for pattern in patterns for match in pattern.finditer(text)}
        found |= {match.start(1) for match in self._with_port.finditer(text) if int(match[2]) in self.ports[match[1]]}
        return sorted(found | set(self._in_queries(text)))

    def _ports(self, text: str) -> dict[tuple[int, int], Expression]:
        """Return the ports in the addresses of Services that a value sets."""
        found = {}
        for match in self._before_port.finditer(text):
            port = self.ports[match[1]].get(int(match[2]))
            if port is not None:
                found[match.span(2)] = _as_text(port)
        return found

    @cached_property
    def _before_port(self) -> re.Pattern[str]:
        space = rf"(?:\.{_IN_NAMESPACE})?(?:\.svc(?:\.[\w.-]+)?)?"
        begin = rf"(?:(?<=//)|(?://[^\s/\"'@]*@)|{_BEFORE})"
        return re.compile(rf"{begin}({_words(self.ports)}){space}:([0-9]{{1,5}})(?![\w.])")

    @cached_property
    def _patterns(self) -> Sequence[re.Pattern[str]]:
        services, sets = _words(self.ports), _words(self.sets)
        space = rf"\.{_IN_NAMESPACE}|\.svc\b"
        end = rf"(?=[/:?,\s\"']|{space}|\Z)"
        number = rf"(?:[0-9]+|{_NUMBER})"
        found = [
            rf"{_BEFORE}({services})(?={space})",
            rf"(?<=//)({services}){end}",
            rf"//[^\s/\"'@]*@({services}){end}",
            rf"(?<=\bhost=)({services})(?![\w.-])",
            rf"(?<![\w.-])(?:{sets})-{number}\.({services})(?![\w-])",
            rf"(?<![\w.-])({sets})(?=-{number}\.(?:{services})(?![\w-]))",
        ]
        return [re.compile(each, re.MULTILINE) for each in found]

    @cached_property
    def _with_port(self) -> re.Pattern[str]:
        return re.compile(rf"{_BEFORE}({_words(self.ports)}):([0-9]{{1,5}})(?![\w.])")

    @cached_property
    def _lists(self) -> Sequence[re.Pattern[str]]:
        """Names in the input of ``create-secrets.sh`` and ``create-certificates.sh``."""
        services, secrets = _words(self.ports), _words(self.secrets)
        found = [
            rf"^({secrets})(?= \S)",
            rf"(?<=/certificates/)({secrets})(?=/)",
            rf"(?<=\S )({services})(?= (?:{services})\.)",
        ]
        return [re.compile(each, re.MULTILINE) for each in found]

    @cached_property
    def _in_query(self) -> re.Pattern[str]:
        claim = rf"(?:(?:{_words(self.claims)})-)?"
        return re.compile(rf"(?<![\w.-]){claim}({_words(self.workloads)})(?![\w.]|-[a-z])")

    def _in_queries(self, text: str) -> Iterator[int]:
        for matcher in _MATCHER.finditer(text):
            for name in self._in_query.finditer(matcher[1]):
                yield matcher.start(1) + name.start(1)


def _as_text(number: Expression) -> Expression:
    return Expression(f"int64 {argument(number)} | toString", lambda scope: str(number.compute(scope)))


def _marked(part: str | Expression) -> str:
    if isinstance(part, str):
        return part
    return _IN_NAMESPACE if part == NAMESPACE else _EXPRESSION


def _words(names: Mapping[str, object] | Set[str]) -> str:
    """Return a pattern of these words, longer ones first; without any, one that matches nothing."""
    return "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))) or "(?!)"


def _unmarked(text: str, expressions: Iterator[Expression]) -> Iterator[str | Expression]:
    """Yield the parts of a text, with the next expression for each mark."""
    for part in re.split(f"([{_IN_NAMESPACE}{_EXPRESSION}])", text):
        if part:
            yield next(expressions) if part in (_IN_NAMESPACE, _EXPRESSION) else part
