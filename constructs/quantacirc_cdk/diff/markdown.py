"""A report as Markdown for a pull request: the verdict, what widens access, the changes, and harmless ones folded."""

import re
from collections.abc import Iterator, Sequence

from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.blocks import Block, Field, Members, blocks
from quantacirc_cdk.diff.impact import Impact
from quantacirc_cdk.diff.report import Report
from quantacirc_cdk.diff.text import sign, summary, verdict
from quantacirc_cdk.diff.values import changed
from quantacirc_cdk.text.english import counted
from quantacirc_cdk.text.markdown import code, table, text
from quantacirc_cdk.text.terminal import printable

MOST_NAMES = 8
"""Maximum number of names in a cell of a table."""
MOST_LINES = 12
"""Maximum number of lines of a change in the section about access."""
LONGEST = 300
"""Maximum length of such a line."""


def as_markdown(report: Report) -> str:
    """Return the report for a pull request."""
    title = f"### Blast radius: {report.impact.title if report.objects else 'no difference'}"
    if not report.objects:
        return f"{title}\n\n`{report.before}` and `{report.after}` generate the same.\n"
    said = verdict(report)
    lines = [title, "", f"**{said[0].upper()}{said[1:]}.**", ""]
    lines += [f"{code(report.before)} → {code(report.after)}: {summary(report)}.", ""]
    lines += _access(widened(report))
    found = blocks(report)
    loud = [block for block in found if block.impact > Impact.IN_PLACE]
    if loud:
        columns = ("", "object", "impact", "where", "reason")
        lines += ["#### What is affected", "", table(columns, [_row(block) for block in loud])]
    lines += _folded([block for block in found if block not in loud])
    return "\n".join(lines).rstrip() + "\n"


def _access(report: Report) -> Iterator[str]:
    if not report.objects:
        return
    yield from (f"#### Access is widened in {counted(len(report.objects), 'object')}", "")
    for block in blocks(report):
        objects = "; ".join(f"{_named(members)} in {_places(members)}" for members in block.members)
        yield f"- {block.action} {objects}: [{text(block.rule.says)}]({block.rule.source})"
        lines = [line for field in block.fields for line in _lines(field)]
        if lines:
            yield from _fenced(lines)
    yield ""


def _lines(field: Field) -> Iterator[str]:
    """Yield what a field gains and loses, as lines of a diff."""
    found = changed(field.before, field.after, longest=LONGEST)
    if len(found) == 1:
        yield f"{field.name}: {found[0]}" if found[0][0] not in "+-" else found[0]
    else:
        yield from (line.strip() for line in found if not line.endswith(" unchanged"))


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    more = [f"… {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    fence = "`" * max([3, *(len(run) + 1 for line in lines for run in re.findall("`+", line))])
    yield f"  {fence}diff"
    yield from (f"  {printable(line)}" for line in [*lines[:MOST_LINES], *more])
    yield f"  {fence}"


def _row(block: Block) -> list[str]:
    objects = "<br>".join(map(_named, block.members))
    places = "<br>".join(map(_places, block.members))
    shown = [code(_brief(field)) for field in block.fields[:3]]
    if len(block.fields) > 3:
        shown.append(f"… {counted(len(block.fields) - 3, 'more field')}")
    note = f" ({text(block.note)})" if block.note else ""
    reason = f"[{text(block.rule.says)}]({block.rule.source}){note}"
    return [block.action, objects, f"**{block.impact.title}**", places, "<br>".join((reason, *shown))]


def _brief(field: Field) -> str:
    shown = changed(field.before, field.after)
    return f"{field.name}: {shown[0]}" if len(shown) == 1 else field.name


def _named(members: Members) -> str:
    if len(members.names) == 1:
        return code(str(members))
    shown = [code(name) for name in members.names[:MOST_NAMES]]
    more = len(members.names) - MOST_NAMES
    return f"{text(str(members))}: {', '.join([*shown, f'… {more} more'] if more > 0 else shown)}"


def _places(members: Members) -> str:
    return ", ".join(map(code, members.places))


def _folded(harmless: Sequence[Block]) -> Iterator[str]:
    if not harmless:
        return
    names = {(one.side, one.kind, name, place) for block in harmless for one in block.members
             for name in one.names for place in one.places}  # fmt: skip
    yield from (f"<details><summary>{len(names)} without interruption</summary>", "")
    for block in harmless:
        objects = "; ".join(f"{_named(members)} in {_places(members)}" for members in block.members)
        fields = ", ".join(code(field.name) for field in block.fields[:3])
        more = f" and {len(block.fields) - 3} more" if len(block.fields) > 3 else ""
        yield f"- {sign(block.action)} {objects}: {text(block.rule.says)}{f' ({fields}{more})' if fields else ''}"
    yield from ("", "</details>", "")
