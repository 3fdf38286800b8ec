"""Variables in Compose files (https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.model.document import decoded
from quantacirc_cdk.reading import read_file

UNSET = "Its value comes from the shell that starts Compose: set a value or a Secret."
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<sign>:?[-?+])(?P<word>(?:[^{}$]|\$\$)*))?\}"
    r"|(?P<plain>[A-Za-z_]\w*)|(?P<other>\{))"
)
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(.*?))\s*(?:(?<=\s)#.*)?")


@dataclass(frozen=True)
class UnsetError(Exception):
    """A variable without a value."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Values of variables."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def beside(cls, file: str) -> "Shell":
        """Return the values of the file ``.env`` beside a Compose file."""
        path = Path(file).parent / ".env"
        if not path.is_file():
            return cls()
        text = decoded(read_file(path, str(path), expected="variables"), str(path))
        found = (_LINE.fullmatch(line) for line in text.splitlines())
        return cls(values={one[1]: next(filter(None, one.groups()[1:]), "") for one in found if one})

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
            return match["word"].replace("$$", "$") if there else ""
        if there:
            return str(known)
        if sign.endswith("-"):
            return match["word"].replace("$$", "$")
        raise UnsetError(name)


def _typed(text: str) -> Any:
    """Return the number or boolean that a text with replaced variables is."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text
