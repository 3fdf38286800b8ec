"""Read Terraform's templates: their expressions, and what is wrong with their form.

https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates
"""

import re
from dataclasses import dataclass, field

_OPENED_BY = {"else": "if", "endif": "if", "endfor": "for"}


@dataclass
class Template:
    """A text that Terraform evaluates."""

    expressions: list[str] = field(default_factory=list)
    """Expressions in it, also those in the texts of other expressions, each with empty texts."""
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What is wrong, and what was expected."""


def read_template(text: str) -> Template:
    """Return the expressions of a text, and the parts that are not closed.

    >>> read_template('a ${format("${var.x}", 1)} $${b}').expressions
    ['var.x', 'format("", 1)']
    """
    found = Template()
    if "${" in text or "%{" in text:
        _literal(text, 0, found, quoted=False)
    return found


def _literal(text: str, at: int, found: Template, *, quoted: bool) -> int:
    """Read a template until its end, or its closing quote; return the place after it."""
    opened: list[str] = []
    while at < len(text):
        if quoted and text[at] == '"':
            break
        if quoted and text[at] == "\\":
            at += 2
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            sign, end = text[at], _expression(text, at + 2, found)
            if end is None:
                shown = text[at : at + 20].partition("\n")[0]
                found.faults.append((f"{shown} is not closed", f"}}; {sign}{sign}{{ is a literal {sign}{{"))
                return len(text)
            if sign == "%":
                _directive(found.expressions.pop(), opened, found)
            at = end
        else:
            at += 1
    found.faults += [(f"%{{ {one} }} is not closed", f"%{{ end{one} }}") for one in opened]
    return at + 1


def _expression(text: str, at: int, found: Template) -> int | None:
    """Read an expression; return the place after its closing brace, None without one."""
    parts: list[str] = []
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == '"':
            at = _literal(text, at + 1, found, quoted=True)
            parts.append('""')
            continue
        if sign == "}":
            if not depth:
                found.expressions.append("".join(parts).strip("~ \t\n"))
                return at + 1
            depth -= 1
        elif sign == "{":
            depth += 1
        parts.append(sign)
        at += 1
    return None


def _directive(content: str, opened: list[str], found: Template) -> None:
    """Read ``if x``, ``else``, ``endif``, ``for x in y`` or ``endfor``."""
    word, _, rest = content.partition(" ")
    if word in ("if", "for"):
        opened.append(word)
        found.expressions.append(content if word == "for" else rest)
    elif word not in _OPENED_BY:
        found.faults.append((f"%{{ {content} }}", "if, else, endif, for or endfor; %%{ is a literal %{"))
    elif opened[-1:] != [_OPENED_BY[word]]:
        found.faults.append((f"%{{ {word} }} without %{{ {_OPENED_BY[word]} }}", "the one that it ends"))
    elif word != "else":
        opened.pop()


_BOUND = re.compile(r"\bfor\s+([^\W0-9][\w-]*)(?:\s*,\s*([^\W0-9][\w-]*))?\s+in\b")
_ROOT = re.compile(r"(?<![\w.:-])([^\W0-9][\w-]*)((?:\s*\.\s*[^\W0-9][\w-]*){0,2})")
_NO_ROOT = re.compile(r"\s*(?:[(:]|=(?![=>]))")
_WORDS = frozenset({"TOKEN", "TfToken", "else", "endfor", "endif", "false", "for", "if", "in", "null", "true"})


def bound_names(expressions: list[str]) -> set[str]:
    """Return the names that ``for`` defines in expressions."""
    return {name for one in expressions for pair in _BOUND.findall(one) for name in pair if name}


def roots(expression: str) -> list[tuple[str, ...]]:
    """Return the names that an expression refers to, each with up to two attributes.

    Names of functions are none. A name before a colon may be a key of an object, so it is left out.

    >>> roots("max(var.a, aws_vpc.main.id) > 1 ? HOME : 2")
    [('var', 'a'), ('aws_vpc', 'main', 'id')]
    """
    found = []
    for match in _ROOT.finditer(expression):
        name, attributes = match[1], match[2]
        if name not in _WORDS and not _NO_ROOT.match(expression, match.end()):
            found.append((name, *(one.strip() for one in attributes.split(".")[1:])))
    return found
