"""The addresses of a chart's Services and pods in texts, with the prefix of the release.

A text is a URL, a list of addresses, a configuration file or a query. A word of it is the name of a Service only in the
syntax of an address: as the host of a URL, before the Service's own port, before the namespace, or after a pod of its
StatefulSet. In a query, it is a name in the matcher of a label that contains names (``deployment="web"``).

The names are searched for because most texts with addresses come from outside of the model: literal variables
(``CART_ADDR: cart:7070``), mounted configuration files, the values of patches, and objects that were added in Python.
The model knows the offers of a component, and where it inserts them itself, but not which of your texts contain them.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import Expression, Numbered, argument
from quantacirc_cdk.helm.node import Text
from quantacirc_cdk.helm.substitution import NAMESPACE

_HOST_VARIABLE = re.compile(r"(?i)(.*[_.-])?(host|hostname|server|address|addr|endpoint)")
_MATCHER = re.compile(
    r"(?:\b(?:cronjob|daemonset|deployment|horizontalpodautoscaler|job_name|persistentvolumeclaim|pod|service|statefulset)"
    r"|\bcertmanager_\w+\{[^{}]*\bname)"
    r'(?:=~|!~|!=|=)\\?"([^"]*)"'
)
"""A matcher of a query, with the compared text in its group."""
_GROUP = re.compile(r"(?<=\()[^()]+(?=\))")
"""The names of a matcher in parentheses."""
_IN_NAMESPACE, _EXPRESSION, _NUMBER = "\0", "\1", "\2"
"""Characters that replace an expression, or a number, in a text."""
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_BEFORE = r"(?<![\w./@-])"
_USER = r"//[^\s/\"'@]*@"
_SPACE = rf"\.{_IN_NAMESPACE}|\.svc\b"
_HOSTS = [
    re.compile(each, re.MULTILINE)
    for each in (
        rf"{_BEFORE}({_LABEL})(?={_SPACE})",
        rf"(?:(?<=//)|{_USER})({_LABEL})(?=[/:?,\s\"']|{_SPACE}|\Z)",
        rf"(?<=\bhost=)({_LABEL})(?![\w.-])",
    )
]
"""Texts with the name of a Service as their group."""
_WITH_PORT = re.compile(rf"{_BEFORE}({_LABEL}):([0-9]{{1,5}})(?![\w.])")
_BEFORE_PORT = re.compile(
    rf"(?:(?<=//)|{_USER}|{_BEFORE})({_LABEL})(?:\.{_IN_NAMESPACE})?(?:\.svc(?:\.[\w.-]+)?)?:([0-9]{{1,5}})(?![\w.])"
)
_POD = re.compile(rf"(?<![\w.-])({_LABEL})-(?:[0-9]+|{_NUMBER})\.({_LABEL})(?![\w-])")
"""A pod of a StatefulSet, with the names of the StatefulSet and its Service."""
_WORD = re.compile(rf"(?<![\w.-])((?>{_LABEL}))([\w.])?")
_SIGNS = re.compile(r"[.:/=]")
"""Characters one of which every address and query has."""
_LISTED = re.compile(r"^(\S+)(?= \S)", re.MULTILINE)
_IN_PATH = re.compile(r"(?<=/certificates/)([^/\s]+)(?=/)")
_LISTED_HOST = re.compile(rf"(?<=\S )({_LABEL})(?= ({_LABEL})\.)")
"""Names in the input of ``create-secrets.sh`` and ``create-certificates.sh``."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Puts the prefix before the names of objects in texts."""

    prefix: Expression
    ports: Mapping[str, Mapping[int, Expression | None]]
    """The ports of each Service, with the value that sets the port."""
    sets: Set[str]
    """The StatefulSets."""
    queried: Set[str]
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
        if isinstance(text, str) and not listed and not _SIGNS.search(text):
            return text
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

    def _places(self, text: str, *, listed: bool) -> set[int]:
        """Return where names begin in a text."""
        found: set[int] = set()
        if listed:
            for pattern, names in ((_LISTED, self.secrets), (_IN_PATH, self.secrets), (_LISTED_HOST, self.ports)):
                found |= {one.start(1) for one in pattern.finditer(text) if all(each in names for each in one.groups())}
        if _SIGNS.search(text):
            for pattern in _HOSTS:
                found |= {match.start(1) for match in pattern.finditer(text) if match[1] in self.ports}
            found |= {match.start(1) for match in _WITH_PORT.finditer(text) if self._has_port(match[1], match[2])}
            for match in _POD.finditer(text):
                if match[1] in self.sets and match[2] in self.ports:
                    found |= {match.start(1), match.start(2)}
            found |= set(self._in_queries(text))
        return found

    def _has_port(self, service: str, port: str) -> bool:
        return int(port) in self.ports.get(service, ())

    def _ports(self, text: str) -> dict[tuple[int, int], Expression]:
        """Return the ports in the addresses of Services that a value sets."""
        found = {}
        for match in _BEFORE_PORT.finditer(text):
            port = self.ports.get(match[1], {}).get(int(match[2]))
            if port is not None:
                found[match.span(2)] = _as_text(port)
        return found

    def _in_queries(self, text: str) -> Iterator[int]:
        for matcher in _MATCHER.finditer(text):
            start, names = matcher.start(1), matcher[1]
            if (group := _GROUP.search(names)) and set(group[0].split("|")) <= self.queried:
                yield start + group.start() - 1
                names = _GROUP.sub(lambda found: " " * len(found[0]), names, count=1)
            for word in _WORD.finditer(names):
                name = self._named(word[1], alone=word[2] is None)
                if name is not None:
                    yield start + word.start(1) + name

    def _named(self, word: str, *, alone: bool) -> int | None:
        """Return where a name begins in one word of a query; None without one.

        A name can follow that of a claim template, and precede a number. It can end the word if the word is ``alone``.
        """
        dashes = [index for index, sign in enumerate(word) if sign == "-"]
        ends = [index for index in dashes if not word[index + 1].isalpha()] + [len(word)] * alone
        for begin in (*(index + 1 for index in dashes if word[:index] in self.claims), 0):
            if any(word[begin:end] in self.queried for end in ends):
                return begin
        return None


def _as_text(number: Expression) -> Expression:
    return Expression(f"int64 {argument(number)} | toString", lambda scope: str(number.compute(scope)))


def _marked(part: str | Expression) -> str:
    if isinstance(part, str):
        return part
    return _IN_NAMESPACE if part == NAMESPACE else _EXPRESSION


def _unmarked(text: str, expressions: Iterator[Expression]) -> Iterator[str | Expression]:
    """Yield the parts of a text, with the next expression for each mark."""
    for part in re.split(f"([{_IN_NAMESPACE}{_EXPRESSION}])", text):
        if part:
            yield next(expressions) if part in (_IN_NAMESPACE, _EXPRESSION) else part
