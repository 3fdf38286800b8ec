"""Replace variables as Compose does (https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.model.document import decoded
from quantacirc_cdk.reading import read_file

UNSET = "Its value comes from the shell that starts Compose: set a value or a Secret."
HIDDEN = "It contains a variable of `.env` that can be a password, which Kubernetes cannot read from a Secret here."
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<sign>:?[-?+])(?P<word>(?:[^{}$]|\$\$|\$\{[^{}]*\})*))?\}"
    r"|(?P<plain>[A-Za-z_]\w*)|(?P<other>\{))"
)
_LINE = re.compile(
    r"^[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?:[=:][ \t]*"
    r"(?:'(?P<single>[^']*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"|(?P<bare>[^\n]*?)))?[ \t]*(?:(?<=[ \t])#[^\n]*)?\r?$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class UnsetError(Exception):
    """A variable without a value."""

    name: str

    @property
    def reason(self) -> str:
        """Reason for the report."""
        return UNSET


@dataclass(frozen=True)
class HiddenError(UnsetError):
    """A variable whose value the project must not contain."""

    @property
    def reason(self) -> str:
        """Reason for the report."""
        return HIDDEN


@dataclass(frozen=True)
class Reference:
    """A variable in a text that a container reads from a Secret."""

    name: str


Parts = Sequence[str | Reference]
"""A text with its references."""


@dataclass(frozen=True, kw_only=True)
class VariableFile:
    """Variables of a file such as ``.env``."""

    values: Mapping[str, str] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    """Names without a value, which come from the shell."""
    plain: bool = True
    """Whether `kubectl create secret --from-env-file` reads the same values: it keeps quotes and replaces nothing."""

    @classmethod
    def read(cls, path: Path) -> "VariableFile":
        """Return the variables of a file. Raises ``ModelError`` if it is not text."""
        text = decoded(read_file(path, str(path), expected="variables"), str(path))
        values, inherited, plain = {}, set(), True
        for one in _LINE.finditer(text):
            found = (one["single"], one["double"], one["bare"])
            if found == (None, None, None):
                inherited.add(one["name"])
                continue
            value = next(part for part in found if part is not None)
            values[one["name"]] = value
            written = one[0].strip()
            plain &= written == f"{one['name']}={value}" and "$" not in value
        return cls(values=values, inherited=frozenset(inherited), plain=plain)


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Values of variables."""

    values: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """Names of the variables whose values the project must not contain."""

    @classmethod
    def beside(cls, path: Path) -> "Shell":
        """Return the values of the file ``.env`` of a Compose project; none without the file."""
        return cls(values=VariableFile.read(path).values) if path.is_file() else cls()

    def filled(self, value: Any) -> Any:
        """Return a value with its variables replaced.

        Raises ``UnsetError`` for a variable without a value, and ``HiddenError`` for one that the project must not
        contain.
        """
        match value:
            case dict():
                return {key: self.filled(one) for key, one in value.items()}
            case list():
                return [self.filled(one) for one in value]
            case str() if "$" in value:
                return _typed(self.text(value))
        return value

    def text(self, text: str) -> str:
        """Return a text with its variables replaced, as in ``filled``."""
        return _VARIABLE.sub(self._replaced, text)

    def known(self, text: str) -> str:
        """Return a text that the project does not contain: with all known values, and nothing for the others."""
        known = Shell(values=self.values)

        def replaced(match: "re.Match[str]") -> str:
            try:
                return known._replaced(match)
            except UnsetError:
                return ""

        return _VARIABLE.sub(replaced, text)

    def parts(self, text: str, *, unset: bool = False) -> Parts:
        """Return a text with the variables replaced that the project may contain, and the others as references.

        Raises ``UnsetError`` for a variable without a value, which with ``unset`` is a reference.
        """
        found: list[str | Reference] = []
        for one in self._parts(text, unset=unset):
            if found and isinstance(one, str) and isinstance(found[-1], str):
                found[-1] += one
            elif one != "":
                found.append(one)
        return found

    def _parts(self, text: str, *, unset: bool) -> Iterator[str | Reference]:
        end = 0
        for match in _VARIABLE.finditer(text):
            yield text[end : match.start()]
            end = match.end()
            try:
                yield self._replaced(match)
            except UnsetError as error:
                if match["other"] or not (unset or isinstance(error, HiddenError)):
                    raise
                if error.name == _name(match) and not (match["sign"] or "").endswith("+"):
                    yield Reference(error.name)
                else:  # A variable in the word of this one.
                    yield from self._parts(match["word"], unset=unset)
        yield text[end:]

    def _replaced(self, match: "re.Match[str]") -> str:
        if match["dollar"]:
            return "$"
        name = _name(match)
        known, sign = self.values.get(name), match["sign"] or ""
        there = bool(known) if sign.startswith(":") else known is not None
        if sign.endswith("+"):
            return self._word(match) if there else ""
        if there and name in self.hidden:
            raise HiddenError(name)
        if there:
            return str(known)
        if sign.endswith("-"):
            return self._word(match)
        raise UnsetError(name)

    def _word(self, match: "re.Match[str]") -> str:
        return _VARIABLE.sub(self._replaced, match["word"] or "")


def names_in(text: str) -> list[str]:
    """Return the names of the variables in a text, also in the words of others, in order."""
    found: list[str] = []
    for one in _VARIABLE.finditer(text):
        found += [] if one["dollar"] else [_name(one), *names_in(one["word"] or "")]
    return list(dict.fromkeys(found))


def _name(match: "re.Match[str]") -> str:
    return str(match["braced"] or match["plain"] or match["other"])


def _typed(text: str) -> Any:
    """Return the number or boolean that a text with replaced variables is."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text
