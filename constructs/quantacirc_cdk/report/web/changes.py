"""The section about what changed since a revision. Only ``qcdk report`` writes it: ``dist/`` depends on no revision."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.blocks import Block, Field, Members, blocks
from quantacirc_cdk.diff.report import Report, environment_of
from quantacirc_cdk.diff.text import summary, verdict
from quantacirc_cdk.diff.values import changed
from quantacirc_cdk.report.web.parts import code, folded, heading, row, searched, section, table
from quantacirc_cdk.text.html import Child, element

MOST_NAMES = 3
"""Names of objects and fields that are shown without a click."""


def changes_section(report: Report) -> Element:
    """Return the verdict, what widens access, and each change with its effect, the worst first."""
    title = f"Changes since {report.before}"
    if not report.objects:
        return section("changes", title, "The output is the same.")
    said = verdict(report)
    intro = f"{said[0].upper()}{said[1:]}. {summary(report)}."
    found = table("changes-table", title, ["effect", "objects", "in", "change", "reason"], map(_row, blocks(report)))
    return section(
        "changes", title, intro, *_access(widened(report)), searched("changes-table", "Find a change", found)
    )


def _access(report: Report) -> Iterator[Child]:
    if not report.objects:
        return
    yield element("h3", {}, "Widened access")
    rows = (
        row([heading(*_objects(block)), _places(block), _fields(block.fields), _reason(block)], _environments(block))
        for block in blocks(report)
    )
    yield table("access-table", "Widened access", ["objects", "in", "allows", "reason"], rows)


def _row(block: Block) -> Element:
    cells = [heading(block.impact.title), element("td", {}, *_objects(block)), _places(block)]
    return row([*cells, _fields(block.fields), _reason(block)], _environments(block))


def _objects(block: Block) -> Iterator[Child]:
    for members in block.members:
        named = f"{'' if block.action == 'changed' else f'{block.action} '}{members}"
        line = code(named) if len(members.names) == 1 else folded(named, ", ".join(members.names))
        yield element("div", {}, line)


def _places(block: Block) -> Element:
    return element("td", {}, *(element("div", {}, ", ".join(members.places)) for members in block.members))


def _environments(block: Block) -> Sequence[str]:
    def of(members: Members) -> set[str]:
        return {environment_of(members.side, place) for place in members.places}

    return sorted(set().union(*map(of, block.members)))


def _fields(fields: Sequence[Field]) -> Element:
    lines = [element("div", {}, *_field(field)) for field in fields]
    if len(lines) > MOST_NAMES:
        rest = folded(f"{len(lines) - MOST_NAMES} more", *lines[MOST_NAMES:])
        lines = [*lines[:MOST_NAMES], rest]
    return element("td", {}, *lines)


def _field(field: Field) -> Iterator[Child]:
    yield code(field.name)
    for line in changed(field.before, field.after):
        yield element("div", {}, line)


def _reason(block: Block) -> Element:
    note = f" ({block.note})" if block.note else ""
    return element("td", {}, f"{block.rule.says}{note}")
