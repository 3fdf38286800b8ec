"""Replace variables as Compose does (https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.model.document import decoded
from quantacirc_cdk.reading import read_file

UNSET = "Its value comes from the shell that starts Compose: set a value or a Secret."
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

    @classmethod
    def beside(cls, path: Path) -> "Shell":
        """Return the values of the file ``.env`` of a Compose project; none without the file."""
        return cls(values=VariableFile.read(path).values) if path.is_file() else cls()

    def filled(self, value: Any) -> Any:
        """Return a value with its variables replaced. Raises ``UnsetError`` for a variable without a value."""
        match value:
            case dict():
                return {key: self.filled(one) for key, one in value.items()}
            case list():
                return [self.filled(one) for one in value]
            case str() if "$" in value:
                return _typed(_VARIABLE.sub(self._replaced, value))
        return value

    def known(self, text: str) -> str:
        """Return a text with the variables replaced that have a value, and nothing for the others."""

        def replaced(match: "re.Match[str]") -> str:
            try:
                return self._replaced(match)
            except UnsetError:
                return ""

        return _VARIABLE.sub(replaced, text)

    def default(self, text: str) -> str:
        """Return a text with its variables replaced by their defaults in the text.

        Raises ``UnsetError`` for a variable without a default, and for one of ``.env``, which can be a password.
        """
        names = {one["braced"] or one["plain"] for one in _VARIABLE.finditer(text)} & self.values.keys()
        if names:
            raise UnsetError(min(names))
        return _VARIABLE.sub(Shell()._replaced, text)

    def _replaced(self, match: "re.Match[str]") -> str:
        if match["dollar"]:
            return "$"
        name = str(match["braced"] or match["plain"] or match["other"])
        known, sign = self.values.get(name), match["sign"] or ""
        there = bool(known) if sign.startswith(":") else known is not None
        if sign.endswith("+"):
            return self._word(match) if there else ""
        if there:
            return str(known)
        if sign.endswith("-"):
            return self._word(match)
        raise UnsetError(name)

    def _word(self, match: "re.Match[str]") -> str:
        return _VARIABLE.sub(self._replaced, match["word"] or "")


def referenced(text: str, values: Mapping[str, str]) -> tuple[str, bool] | None:
    """Return the text for a variable of a container with its variables as ``$(NAME)``, and whether it is only one.

    None if it contains more than the values of variables: a default of one without a value, or another operator.
    """
    found = list(_VARIABLE.finditer(text))
    for one in found:
        sign = one["sign"] or ""
        same = sign.endswith("?") or not sign or (sign.endswith("-") and values.get(one["braced"]))
        if one["other"] or not same:
            return None

    def written(match: "re.Match[str]") -> str:
        return "$" if match["dollar"] else f"$({match['braced'] or match['plain']})"

    return _VARIABLE.sub(written, text), len(found) == 1 and found[0][0] == text


def names_in(text: str) -> list[str]:
    """Return the names of the variables in a text, in order."""
    found = (one["braced"] or one["plain"] for one in _VARIABLE.finditer(text))
    return list(dict.fromkeys(filter(None, found)))


def _typed(text: str) -> Any:
    """Return the number or boolean that a text with replaced variables is."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text
