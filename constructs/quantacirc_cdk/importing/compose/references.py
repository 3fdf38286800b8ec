"""Write texts with references to variables of a container: for Kubernetes, and for a shell."""

import re
import shlex
from collections.abc import Collection

from quantacirc_cdk.importing.compose.shell import Parts, Reference


def for_kubernetes(parts: Parts, known: Collection[str]) -> str:
    """Return a word of a command or the value of a variable, in which Kubernetes replaces ``$(NAME)``.

    ``known`` are the variables of the container: a text that looks like a reference to one of them is escaped.
    """

    def escaped(text: str) -> str:
        found = re.sub(r"\$(?=\$)", "$$", text)
        return re.sub(r"\$(?=\(([^)]*)\))", lambda match: "$$" if match[1] in known else "$", found)

    return "".join(f"$({one.name})" if isinstance(one, Reference) else escaped(one) for one in parts)


def for_process(parts: Parts) -> str:
    """Return a word of a command that a shell starts."""
    return "".join(_quoted(one) if isinstance(one, Reference) else shlex.quote(one) for one in parts) or "''"


def for_shell(parts: Parts) -> str | None:
    """Return a script with references; None if it cannot be seen whether the shell replaces them where they are."""
    whole = "".join(one for one in parts if isinstance(one, str))
    nested = "$(" in whole or "`" in whole or "<<" in whole
    if nested and "'" in whole:
        return None
    found, quote = "", ""
    for one in parts:
        if isinstance(one, Reference):
            if found.endswith("\\"):
                return None
            found += f"'{_quoted(one)}'" if quote == "'" else f"${{{one.name}}}"
            continue
        skip = False
        for character in one:
            if skip:
                skip = False
            elif character == "\\" and quote != "'":
                skip = True
            elif character in "'\"" and quote in ("", character):
                quote = "" if quote else character
        found += one
    return found


def _quoted(one: Reference) -> str:
    return f'"${{{one.name}}}"'
