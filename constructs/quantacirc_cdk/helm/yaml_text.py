"""YAML with template expressions, which Helm renders to exactly the same data."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from quantacirc_cdk.helm.expression import Expression, all_of, argument, negated, some_of
from quantacirc_cdk.helm.node import (
    ABSENT,
    Choice,
    Extended,
    Found,
    Insert,
    Lines,
    Spread,
    TemplateKey,
    Text,
    Variables,
    variable_name,
)
from quantacirc_cdk.helm.variables import given, others
from quantacirc_cdk.text.go_template import literal, quoted
from quantacirc_cdk.text.yaml import UNPRINTABLE, scalar

_BLOCK = re.compile(f"[^{UNPRINTABLE}]*")


def document(node: Any, conditions: Sequence[Expression]) -> str:
    """Return one object as a YAML document that is rendered if all conditions are true."""
    lines = [line for key, item in _ordered(node) for line in _entry(key, item, 0)]
    if conditions:
        joined = all_of(*conditions).helm
        return "\n".join([f"{{{{- if {joined} }}}}", "---", *lines, "{{- end }}"]) + "\n"
    return "\n".join(["---", *lines]) + "\n"


def _ordered(node: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the entries of an object in the conventional order."""
    first = [key for key in ("apiVersion", "kind", "metadata") if key in node]
    return [(key, node[key]) for key in [*first, *sorted(node.keys() - set(first))]]


def _entry(key: str, node: Any, depth: int) -> list[str]:
    """Return the lines of an entry of a mapping."""
    pad = "  " * depth
    name = _printed(Text(key.parts)) if isinstance(key, TemplateKey) else _plain(key)
    kind = type(node)
    if kind is str and "\n" not in node:
        return [f"{pad}{name}: {_plain(node)}"]
    if kind is dict and node:
        return _container(node, depth, [f"{pad}{name}:"], mapping(node, depth + 1))
    match node:
        case Choice():
            return _under_condition(node, depth, lambda part: _entry(key, part, depth))
        case Extended():
            return _extended(key, node, depth)
        case Found():
            found = [f"{pad}{{{{- with {node.expression.helm} }}}}", f"{pad}{name}: {{{{ int64 . }}}}"]
            return [*found, f"{pad}{{{{- end }}}}"]
        case Insert(style="json"):
            return [f"{pad}{name}: {{{{ toJson {argument(node.expression)} }}}}"]
        case Insert(style="yaml"):
            return [f"{pad}{name}: {{{{- toYaml {argument(node.expression)} | nindent {2 * depth + 2} }}}}"]
        case Insert(style="include"):
            return [f"{pad}{name}:", f"{pad}  {{{{- {node.expression.helm} | nindent {2 * depth + 2} }}}}"]
        case Lines():
            return [f"{pad}{name}: |", *_block(node, depth + 1)]
        case Text() if _is_block(node):
            return [f"{pad}{name}: |", *_block(Lines((node,)), depth + 1)]
        case str() if _is_block(node):
            return [f"{pad}{name}: |{_chomping(node)}", *_indented(node, depth + 1)]
        case list() if node:
            return _container(node, depth, [f"{pad}{name}:"], _items(node, depth + 1))
        case _:
            return [f"{pad}{name}: {inline(node)}"]


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Return a text on the line of its key."""
    return literal(scalar(text))


def _container(node: Any, depth: int, head: list[str], body: list[str]) -> list[str]:
    """Return a key and everything below it; the key is left out if everything below it is."""
    condition = _there_if(node)
    if condition is None:
        return [*head, *body]
    pad = "  " * depth
    return [f"{pad}{{{{- if {condition.helm} }}}}", *head, *body, f"{pad}{{{{- end }}}}"]


def _there_if(node: Any) -> Expression | None:
    """Return the condition under which a container is not empty; None if it never is."""
    parts = node.values() if isinstance(node, dict) else node
    conditions: list[Expression] = []
    for part in parts:
        match part:
            case Choice() if part.no is ABSENT:
                conditions.append(_all_of(part.condition, part.yes))
            case Choice() if part.yes is ABSENT:
                conditions.append(_all_of(negated(part.condition), part.no))
            case Spread():
                conditions.append(part.expression)
            case Extended() if (condition := _extended_if(part)) is not None:
                conditions.append(condition)
            case _:
                return None
    return some_of(conditions)


def _all_of(condition: Expression, node: Any) -> Expression:
    """Return the condition under which a node is there, which can be a choice itself."""
    inner = _there_if([node]) if isinstance(node, Choice) else None
    return condition if inner is None else all_of(condition, inner)


def mapping(node: dict[str, Any], depth: int) -> list[str]:
    """Return the lines of the entries of a mapping."""
    return [line for key, item in node.items() for line in _entry(key, item, depth)]


def _items(node: list[Any], depth: int) -> list[str]:
    variables = next((item for item in node if isinstance(item, Variables)), None)
    if variables:
        return list(_with_variables(node, variables, depth))
    return [line for item in node for line in _item(item, depth)]


def _with_variables(node: list[Any], variables: Variables, depth: int) -> Iterator[str]:
    """Yield the lines of a list in which the variables of users replace those with the same name."""
    pad, names = "  " * depth, [variable_name(item) for item in node]
    shown = f"{{{{- . | nindent {2 * depth} }}}}"
    for index, (name, item) in enumerate(zip(names, node, strict=True)):
        if isinstance(item, Variables):
            own = others(item, list(dict.fromkeys(filter(None, names))))
            yield from (f"{pad}{{{{- with {own} }}}}", f"{pad}{shown}", f"{pad}{{{{- end }}}}")
        elif not name:
            yield from _item(item, depth)
        elif name in names[:index]:
            yield from (
                f"{pad}{{{{- if not ({given(variables, name)}) }}}}",
                *_item(item, depth),
                f"{pad}{{{{- end }}}}",
            )
        else:
            yield from (f"{pad}{{{{- with {given(variables, name)} }}}}", f"{pad}{shown}", f"{pad}{{{{- else }}}}")
            yield from (*_item(item, depth), f"{pad}{{{{- end }}}}")


def _item(node: Any, depth: int) -> list[str]:
    """Return the lines of an item of a list."""
    pad = "  " * depth
    match node:
        case Spread():
            inner = f"{pad}{{{{- toYaml . | nindent {2 * depth} }}}}"
            return [f"{pad}{{{{- with {node.expression.helm} }}}}", inner, f"{pad}{{{{- end }}}}"]
        case Choice():
            return _under_condition(node, depth, lambda part: _item(part, depth))
        case dict() if node:
            return _dashed(node, depth)
        case list() if node:
            return [f"{pad}-", *_items(node, depth + 1)]
        case str() if _is_block(node):
            return [f"{pad}- |{_chomping(node)}", *_indented(node, depth + 1)]
        case Lines():
            return [f"{pad}- |", *_block(node, depth + 1)]
        case Insert(style="json"):
            return [f"{pad}- {{{{ toJson {argument(node.expression)} }}}}"]
        case Insert(style="yaml"):
            return [f"{pad}- {{{{- toYaml {argument(node.expression)} | nindent {2 * depth + 2} }}}}"]
        case _:
            return [f"{pad}- {inline(node)}"]


def _dashed(node: dict[str, Any], depth: int) -> list[str]:
    """Return a mapping as a list item, with its first entry on the line of the dash."""
    pad = "  " * depth
    first = next((key for key, item in node.items() if not isinstance(item, Choice | Extended)), None)
    if first is None:
        return [f"{pad}-", *mapping(node, depth + 1)]
    entry = _entry(first, node[first], depth + 1)
    if entry[0].lstrip().startswith("{{-"):
        return [f"{pad}-", *mapping(node, depth + 1)]
    rest = mapping({key: item for key, item in node.items() if key != first}, depth + 1)
    return [f"{pad}- {entry[0].lstrip()}", *entry[1:], *rest]


def _under_condition(node: Choice, depth: int, lines: Any) -> list[str]:
    pad = "  " * depth
    condition, yes, no = node.condition, node.yes, node.no
    if yes is ABSENT:
        condition, yes, no = negated(condition), no, ABSENT
    found = [f"{pad}{{{{- if {condition.helm} }}}}", *lines(yes)]
    if no is not ABSENT:
        found += [f"{pad}{{{{- else }}}}", *lines(no)]
    return [*found, f"{pad}{{{{- end }}}}"]


def _extended(key: str, node: Extended, depth: int) -> list[str]:
    pad = "  " * depth
    more = f"{{{{- toYaml . | nindent {2 * depth + 2} }}}}"
    if not node.base:
        head = [f"{pad}{{{{- with {node.expression.helm} }}}}", f"{pad}{_plain(key)}:"]
        return [*head, f"{pad}  {more}", f"{pad}{{{{- end }}}}"]
    added = [f"{pad}  {{{{- with {node.expression.helm} }}}}", f"{pad}  {more}", f"{pad}  {{{{- end }}}}"]
    lines = [f"{pad}{_plain(key)}:", *mapping(node.base, depth + 1), *added]
    condition = _extended_if(node)
    return lines if condition is None else [f"{pad}{{{{- if {condition.helm} }}}}", *lines, f"{pad}{{{{- end }}}}"]


def _extended_if(node: Extended) -> Expression | None:
    """Return the condition under which a mapping with additional entries is not empty; None if it never is."""
    if not node.base:
        return node.expression
    condition = _there_if(node.base)
    return condition and some_of([condition, node.expression])


def inline(node: Any) -> str:
    """Return a value that fits on the line of its key."""
    match node:
        case Insert(style="text"):
            return f"{{{{ {node.expression.helm} | quote }}}}"
        case Insert(style="number"):
            return f"{{{{ int64 {argument(node.expression)} }}}}"
        case Insert():
            return f"{{{{ {node.expression.helm} }}}}"
        case Text():
            return _printed(node)
        case str():
            return _plain(node)
        case bool():
            return "true" if node else "false"
        case None:
            return "null"
        case _:
            return json.dumps(node)


def _printed(node: Text) -> str:
    if len(node.parts) == 1 and isinstance(node.parts[0], Expression):
        return f"{{{{ {node.parts[0].helm} | quote }}}}"
    form = "".join("%s" if isinstance(part, Expression) else part.replace("%", "%%") for part in node.parts)
    arguments = " ".join(argument(part) for part in node.parts if isinstance(part, Expression))
    return f"{{{{ printf {quoted(form)} {arguments} | quote }}}}"


def _is_block(node: str | Text) -> bool:
    """Return whether a text is best written as a block, and can be: no spaces at its ends may depend on how lines are
    joined.
    """
    if isinstance(node, Text):
        last = node.parts[-1]
        inner = "".join(part if isinstance(part, str) else "x" for part in node.parts)
        return isinstance(last, str) and _is_block(inner) and _chomping(inner) == ""
    if "\n" not in node or "\r" in node or not _BLOCK.fullmatch(node):
        return False
    lines = node.split("\n")
    return (
        lines[0].strip(" \t") != ""
        and not lines[0].startswith((" ", "\t"))
        and node.rstrip("\n").rstrip(" \t") == node.rstrip("\n")
        and not node.endswith("\n\n")
    )


def _chomping(text: str) -> str:
    return "" if text.endswith("\n") else "-"


def _indented(text: str, depth: int) -> list[str]:
    pad = "  " * depth
    return [f"{pad}{_kept(line)}" if line else "" for line in text.removesuffix("\n").split("\n")]


def _kept(line: str) -> str:
    """Return a line for Helm to render, with its trailing spaces protected from editors and from trimming actions."""
    bare = line.rstrip(" \t")
    blanks = line[len(bare) :]
    return literal(bare, before_action=True) + f"{{{{ {quoted(blanks)} }}}}" if blanks else literal(bare)


def _block(node: Lines, depth: int) -> list[str]:
    return [line for part in node.lines for line in _block_part(part, depth)]


def _block_part(part: str | Text | Choice, depth: int) -> Iterator[str]:
    match part:
        case Choice():
            yield from _under_condition(part, depth, lambda inner: list(_block_part(inner, depth)))
        case Text():
            yield from _text_lines(part, depth)
        case str():
            yield from _indented(part, depth)


def _text_lines(text: Text, depth: int) -> Iterator[str]:
    lines: list[list[str | Expression]] = [[]]
    for part in text.parts:
        first, *others = [part] if isinstance(part, Expression) else part.split("\n")
        lines[-1].append(first)
        lines += [[line] for line in others]
    if lines[-1] == [""]:
        lines.pop()
    for line in lines:
        *before, last = line
        shown = [_piece(piece) for piece in before]
        shown.append(_kept(last) if isinstance(last, str) else _piece(last))
        yield "  " * depth + "".join(shown) if any(shown) else ""


def _piece(piece: str | Expression) -> str:
    """Return a part that another part follows on its line."""
    return literal(piece, before_action=True) if isinstance(piece, str) else f"{{{{ {piece.helm} }}}}"
